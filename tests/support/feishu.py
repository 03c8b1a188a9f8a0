"""A strict stand-in for Feishu's custom robots. Standard library only."""
import base64
import hashlib
import hmac
import json
import time

from support.fakes import HttpFake, Reply, SlidingWindow


def feishu_sign(secret, timestamp):
    """The key is timestamp and secret, the message is empty."""
    return base64.b64encode(hmac.new(f"{timestamp}\n{secret}".encode(), b"", hashlib.sha256).digest()).decode()


class Feishu(HttpFake):
    """Token, signature, keywords, 20000 bytes, 100 messages a minute and 5 a second, cards with known elements."""

    path = "/open-apis/bot/v2/hook/"
    max_bytes = 20000
    contents = {"text": {"text"}, "post": {"post"}, "image": {"image_key"}, "share_chat": {"share_chat_id"}}
    elements = {"markdown": "content", "hr": None, "action": "actions", "div": "text"}

    def __init__(self, token="T", secret=None, keywords=(), per_minute=100, per_second=5, **kw):
        super().__init__(**kw)
        self.token, self.secret, self.keywords = token, secret, list(keywords)
        self.windows = [SlidingWindow(per_minute), SlidingWindow(per_second, 1.0)]
        self.hook = self.url + self.path + token

    def answer(self, request):
        problem = self._problem(request)
        if problem is None:
            return Reply(200, {"code": 0, "msg": "success", "data": {}})
        code, text = problem
        return Reply(400 if code == 9499 else 200, {"code": code, "msg": text, "data": {}})

    def _problem(self, request):
        if request["path"] != self.path + self.token:
            return 19001, "param invalid: incoming webhook access token invalid"
        if not all([window.take(request["time"]) for window in self.windows]):
            return 11232, "frequency limited psm[lark.oapi.app_platform_runtime]appID[1500]"
        doc = request["json"]
        if request["bytes"] > self.max_bytes or not isinstance(doc, dict):
            return 9499, "Bad Request"
        return self._security(doc) or self._message(doc)

    def _security(self, doc):
        stamp = doc.get("timestamp", "")
        if self.secret is not None and (not isinstance(stamp, str) or not stamp.isdigit()
                                        or abs(int(stamp) - time.time()) > 3600
                                        or doc.get("sign") != feishu_sign(self.secret, stamp)):
            return 19021, "sign match fail or timestamp is not within one hour from current time"
        if self.keywords and not any(k in json.dumps(doc, ensure_ascii=False) for k in self.keywords):
            return 19024, "Key Words Not Found"
        return None

    def _message(self, doc):
        kind = doc.get("msg_type")
        body = "card" if kind == "interactive" else "content"
        if set(doc) - {"timestamp", "sign", "msg_type", body}:
            return 19002, f"params error, members {sorted(doc)}"
        if kind == "interactive":
            return self._card(doc.get("card"))
        if kind not in self.contents or set(doc.get("content") or {}) != self.contents[kind]:
            return 19002, "params error, msg_type need"
        return None

    def _card(self, card):
        if not isinstance(card, dict) or not isinstance(card.get("elements"), list) or not card["elements"]:
            return 230099, "Failed to create card content, ext=ErrCode: 200621; ErrMsg: parse card json err"
        for element in card["elements"]:
            tag = element.get("tag")
            needed = self.elements.get(tag, "?")
            if needed is not None and not element.get(needed):
                return 230099, f"Failed to create card content, ext=ErrCode: 200861; ErrMsg: bad element {tag}"
        return None
