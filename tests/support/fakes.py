#!/usr/bin/env python3
"""Strict stand-ins for the services that receivers talk to. Standard library only.

As a module:

    with DingTalk(secret="SEC1", access_token="t") as fake:
        fake.url                 # http://127.0.0.1:PORT
        fake.script(Reply(500))  # the next request is answered like this, before any check
        fake.wait(1)             # the requests seen so far, once there is at least one

As a command, one fake per process; requests go to standard output (or --record) as JSON lines, after one line that
says where the fake listens; with --phone a robot prints what a phone would show instead:

    python3 fakes.py --port 8001 dingtalk --secret SEC1 --access-token t

Every record has: time (Unix seconds), method, path, query (an object), headers (lower-case names), body (text),
json (the body parsed, or null), status and reply (what was answered). SMTP records have mail_from, rcpt_to, message,
auth, tls and helo instead.
"""

import argparse
import os
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from support import phone  # noqa: E402
from support.fake_http import ForgetfulRecorder, HttpFake, Recorder, Reply, SlidingWindow, Webhook  # noqa: E402
from support.fake_robots import DingTalk, Feishu, WeChatApp, WeCom, dingtalk_sign, feishu_sign  # noqa: E402
from support.fake_smtp import Smtp  # noqa: E402

__all__ = ["DingTalk", "Feishu", "ForgetfulRecorder", "HttpFake", "Recorder", "Reply", "SlidingWindow", "Smtp", "WeChatApp",
           "WeCom", "Webhook", "dingtalk_sign", "feishu_sign"]


def _arguments():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--port", type=int, default=0)
    p.add_argument("--record", type=argparse.FileType("a"), default=sys.stdout, help="JSON lines go here")
    p.add_argument("--certfile")
    p.add_argument("--keyfile")
    sub = p.add_subparsers(dest="kind", required=True)
    webhook = sub.add_parser("webhook")
    webhook.add_argument("--status", type=int, default=200)
    webhook.add_argument("--body", default="")
    webhook.add_argument("--delay", type=float, default=0.0)
    dingtalk = sub.add_parser("dingtalk")
    dingtalk.add_argument("--secret")
    dingtalk.add_argument("--access-token")
    dingtalk.add_argument("--keywords", nargs="*", default=[])
    wecom = sub.add_parser("wecom")
    wecom.add_argument("--key")
    for robot, penalty in ((dingtalk, 600.0), (wecom, 0.0)):
        robot.add_argument("--per-minute", type=int, default=20)
        robot.add_argument("--penalty", type=float, default=penalty)
    wechat = sub.add_parser("wechat")
    wechat.add_argument("--corp-id", default="CORP")
    wechat.add_argument("--secret", default="SEC")
    feishu = sub.add_parser("feishu")
    feishu.add_argument("--token", default="t")
    feishu.add_argument("--secret")
    feishu.add_argument("--keywords", nargs="*", default=[])
    feishu.add_argument("--per-minute", type=int, default=100)
    for robot in (dingtalk, wecom, feishu):
        robot.add_argument("--phone", action="store_true", help="print what a phone would show, instead of JSON")
    smtp = sub.add_parser("smtp")
    smtp.add_argument("--implicit-tls", action="store_true")
    smtp.add_argument("--mechanisms", nargs="*", default=[])
    smtp.add_argument("--username")
    smtp.add_argument("--password")
    return vars(p.parse_args())


KINDS = {"webhook": Webhook, "dingtalk": DingTalk, "wecom": WeCom, "feishu": Feishu, "wechat": WeChatApp, "smtp": Smtp}


def main():
    options = _arguments()
    kind, out = options.pop("kind"), options.pop("record")
    if options.pop("phone", False):
        options["show"] = phone.show
    fake = KINDS[kind](out=out, **options)
    print(f"listening on {fake.url}", file=out, flush=True)
    with fake:
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            pass


if __name__ == "__main__":
    main()
