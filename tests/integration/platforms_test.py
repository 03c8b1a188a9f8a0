"""Each receiver against a strict stand-in for its service: what it sends is taken, and a wrong credential is told."""
import json

from support import fake_platforms as platforms
from support.fakes import DingTalk, Feishu, WeChatApp, WeCom
from support.proc import Case, wait_for

BASIC = {"basic_auth": {"username": "user", "password": "jira-1"}}


def bearer(token):
    return {"authorization": {"credentials": token}}


class Platforms(Case):
    def told(self, fake, integration, wrong, reason, messages=2):
        """`integration` tells of an alert and of its end; with the fields of `wrong` it fails for that reason.

        integration: (key, function of the fake's URL that gives the settings)
        """
        key, settings = integration
        with fake:
            good = dict(settings(fake.url), send_resolved=True)
            bad = json.loads(json.dumps(dict(good, **wrong)).replace("{url}", fake.url))
            am = self.router(json.dumps({
                "route": {"receiver": "good", "group_wait": "0s", "group_interval": "1s", "group_by": ["alertname"],
                          "routes": [{"receiver": "bad", "matchers": ['to="bad"']}]},
                "receivers": [{"name": "good", key: [good]}, {"name": "bad", key: [bad]}]}))
            name = key.removesuffix("_configs")
            failed = 'alertmanager_notifications_failed_total{integration="%s",reason="%s"}' % (name, reason)
            alert = {"labels": {"alertname": "磁盘满", "instance": "web-1:9100", "severity": "critical"},
                     "annotations": {"summary": "CPU <96%> & rising"}}
            am.post_alerts(alert)
            fake.wait(1)
            am.post_alerts(dict(alert, endsAt="2020-01-01T00:00:00Z"))
            fake.wait(messages)
            delivered = lambda: [i.get("lastSuccess") for r in am.get("/api/tocsin/v1/receivers") if r["name"] == "good"
                                 for i in r["integrations"]]
            wait_for("a success", lambda: all(delivered()))
            self.assertEqual([r["reply"] for r in fake.requests if r["status"] >= 300], [])
            self.assertNotIn("lastError", json.dumps(am.get("/api/tocsin/v1/receivers")))
            am.post_alerts(dict(alert, labels=dict(alert["labels"], to="bad")))
            wait_for("the failure", lambda: am.metric(failed), 15)

    def test_slack(self):
        self.told(platforms.SlackHook(), ("slack_configs", lambda url: {"api_url": url + platforms.SlackHook.path}),
                  {"api_url": "{url}/services/T0/B0/other"}, "clientError")

    def test_slack_app(self):
        settings = lambda url: {"app_token": "xoxb-1", "app_url": url + platforms.SlackApp.path, "channel": "c"}
        self.told(platforms.SlackApp(), ("slack_configs", settings), {"app_token": "xoxb-2"}, "clientError")

    def test_pagerduty(self):
        settings = lambda url: {"routing_key": "routing-1", "url": url + "/v2/enqueue"}
        self.told(platforms.PagerDuty(), ("pagerduty_configs", settings), {"routing_key": "other"}, "clientError")

    def test_opsgenie(self):
        self.told(platforms.OpsGenie(), ("opsgenie_configs", lambda url: {"api_url": url, "api_key": "genie-1"}),
                  {"api_key": "other"}, "authError")

    def test_victorops(self):
        settings = lambda url: {"api_url": url + "/alert/", "api_key": "victor-1", "routing_key": "team"}
        self.told(platforms.VictorOps(), ("victorops_configs", settings), {"api_key": "other"}, "clientError")

    def test_telegram(self):
        settings = lambda url: {"api_url": url, "bot_token": "1:bot", "chat_id": 1}
        self.told(platforms.Telegram(), ("telegram_configs", settings), {"bot_token": "1:other"}, "authError")

    def test_discord(self):
        self.told(platforms.Discord(), ("discord_configs", lambda url: {"webhook_url": url + platforms.Discord.path}),
                  {"webhook_url": "{url}/api/webhooks/1/other"}, "clientError")

    def test_msteams(self):
        self.told(platforms.Teams(), ("msteams_configs", lambda url: {"webhook_url": url + platforms.Teams.path}),
                  {"webhook_url": "{url}/webhookb2/other"}, "clientError")

    def test_msteamsv2(self):
        self.told(platforms.TeamsFlow(), ("msteamsv2_configs", lambda url: {"webhook_url": url + platforms.TeamsFlow.path}),
                  {"webhook_url": "{url}/workflows/other"}, "clientError")

    def test_webex(self):
        settings = lambda url: {"api_url": url + "/v1/messages", "room_id": "r", "http_config": bearer("webex-1")}
        self.told(platforms.Webex(), ("webex_configs", settings), {"http_config": bearer("other")}, "authError")

    def test_rocketchat(self):
        settings = lambda url: {"api_url": url + "/", "channel": "c", "token_id": "rocket-id", "token": "rocket-1"}
        self.told(platforms.RocketChat(), ("rocketchat_configs", settings), {"token": "other"}, "authError")

    def test_mattermost(self):
        self.told(platforms.Mattermost(), ("mattermost_configs", lambda url: {"webhook_url": url + platforms.Mattermost.path}),
                  {"webhook_url": "{url}/hooks/other"}, "clientError")

    def test_incidentio(self):
        settings = lambda url: {"url": url + platforms.IncidentIo.path, "alert_source_token": "incident-1"}
        self.told(platforms.IncidentIo(), ("incidentio_configs", settings), {"alert_source_token": "other"}, "authError")

    def test_jira(self):
        settings = lambda url: {"api_url": url + "/rest/api/2", "project": "OPS", "issue_type": "Bug", "http_config": BASIC,
                                "resolve_transition": "Done"}
        self.told(platforms.Jira(), ("jira_configs", settings), {"http_config": bearer("other")}, "authError", messages=5)

    def test_sns(self):
        keys = {"region": "us-east-2", "access_key": "AKIA1", "secret_key": "aws-1"}
        settings = lambda url: {"api_url": url + "/", "topic_arn": "arn:aws:sns:us-east-2:1:t", "sigv4": keys}
        self.told(platforms.Sns(), ("sns_configs", settings), {"sigv4": dict(keys, secret_key="other")}, "authError")

    # The robots' limits are tested by storm_test.py and below; these are about signature and codes.

    def test_dingtalk(self):
        settings = lambda url: {"webhook_url": url + "/robot/send?access_token=t", "secret": "SEC1"}
        self.told(DingTalk(secret="SEC1", access_token="t"), ("dingtalk_configs", settings), {"secret": "SEC2"}, "authError")

    def test_wecom(self):
        settings = lambda url: {"webhook_url": url + "/cgi-bin/webhook/send?key=k"}
        self.told(WeCom(key="k"), ("wecom_configs", settings), {"webhook_url": "{url}/cgi-bin/webhook/send?key=x"}, "authError")

    def test_feishu(self):
        settings = lambda url: {"webhook_url": url + "/open-apis/bot/v2/hook/t", "secret": "S1"}
        self.told(Feishu(secret="S1"), ("feishu_configs", settings), {"secret": "S2"}, "clientError")

    def test_wechat(self):
        settings = lambda url: {"api_url": url, "corp_id": "CORP", "api_secret": "SEC", "to_user": "@all"}
        self.told(WeChatApp(), ("wechat_configs", settings), {"api_secret": "other"}, "authError", messages=3)


class Kinds(Case):
    """Every kind of message that the robots know is taken by a robot that looks at it closely (R-067, R-068, R-069)."""

    def taken(self, fake, key, settings, kinds):
        with fake:
            receivers = [{"name": kind["message_type"], key: [dict(settings(fake.url), rate_limit={"merge": "never"}, **kind)]}
                         for kind in kinds]
            am = self.router(json.dumps({
                "route": {"receiver": receivers[0]["name"], "group_wait": "0s", "group_by": ["..."],
                          "routes": [{"receiver": r["name"], "continue": True} for r in receivers]},
                "receivers": receivers}))
            am.post_alerts({"alertname": "磁盘满", "instance": "web-1:9100", "severity": "critical"})
            seen = [r["json"] for r in fake.wait(len(kinds), 30)]
            self.assertEqual([r["reply"] for r in fake.requests if '"errcode": 0' not in r["reply"] and '"code": 0' not in r["reply"]],
                             [])
            self.assertEqual(len({d.get("msgtype") or d.get("msg_type") for d in seen}), len(kinds))

    def test_dingtalk(self):
        kinds = [{"message_type": t} for t in ("text", "markdown", "link", "feed_card")]
        kinds.append({"message_type": "action_card", "action_card": {"buttons": [{"title": "看", "url": "http://x/"}]}})
        self.taken(DingTalk(), "dingtalk_configs", lambda url: {"webhook_url": url + "/robot/send?access_token=t"}, kinds)

    def test_wecom(self):
        picture = self.home + "/picture.png"
        with open(picture, "wb") as f:
            f.write(b"\x89PNG\r\n\x1a\n" + bytes(1000))
        kinds = [{"message_type": t} for t in ("text", "markdown", "markdown_v2", "news", "template_card")]
        kinds.append({"message_type": "image", "image_file": picture})
        self.taken(WeCom(), "wecom_configs", lambda url: {"webhook_url": url + "/cgi-bin/webhook/send?key=k"}, kinds)

    def test_feishu(self):
        kinds = [{"message_type": t} for t in ("text", "post", "card")]
        kinds += [{"message_type": "image", "image_key": "k"}, {"message_type": "share_chat", "share_chat_id": "c"}]
        self.taken(Feishu(), "feishu_configs", lambda url: {"webhook_url": url + "/open-apis/bot/v2/hook/t"}, kinds)


class Shared(Case):
    def test_one_robot_has_one_limit_whoever_uses_it(self):
        """R-090: of three receivers with one robot the second may send when the first one's token is back."""
        with WeCom() as fake:
            rate = {"requests": 31, "burst": 1, "merge": "never"}  # a token every two seconds
            settings = {"webhook_url": fake.url + "/cgi-bin/webhook/send?key=k", "rate_limit": rate}
            am = self.router(json.dumps({
                "route": {"receiver": "r0", "group_wait": "0s",
                          "routes": [{"receiver": "r%d" % i, "continue": True} for i in range(3)]},
                "receivers": [{"name": "r%d" % i, "wecom_configs": [settings]} for i in range(3)]}))
            am.post_alerts({"alertname": "A"})
            times = [r["time"] for r in fake.wait(3, 30)]
            self.assertGreater(min(b - a for a, b in zip(times, times[1:])), 1.8)


class Tokens(Case):
    def test_a_token_that_expired_is_fetched_again(self):
        """R-040, R-111: nobody notices. R-112: whom a message does not reach is told in the log."""
        with WeChatApp(users=["tom"]) as fake:
            settings = {"api_url": fake.url, "corp_id": "CORP", "api_secret": "SEC", "to_user": "tom|nobody"}
            am = self.router(json.dumps({
                "route": {"receiver": "r", "group_wait": "0s", "group_by": ["..."]},
                "receivers": [{"name": "r", "wechat_configs": [settings]}]}))
            am.post_alerts({"alertname": "A"})
            fake.wait(2)
            fake.expire_token()
            am.post_alerts({"alertname": "B"})
            fake.wait(5)
            sent = [(r["path"].rsplit("/", 1)[1], json.loads(r["reply"])["errcode"]) for r in fake.requests]
            self.assertEqual(sent, [("gettoken", 0), ("send", 0), ("send", 42001), ("gettoken", 0), ("send", 0)])
            self.assertEqual(am.metric('alertmanager_notifications_failed_total{integration="wechat",reason="authError"}'), 0)
            self.assertIn("unreached=nobody", am.log())


class LongGroups(Case):
    """A group of 200 alerts, to each robot: every part is taken, and what is not in them is counted (R-084, R-086)."""

    def parts(self, fake, key, settings):
        with fake:
            am = self.router(json.dumps({
                "route": {"receiver": "r", "group_wait": "1s", "group_by": ["alertname"]},
                "receivers": [{"name": "r", key: [dict(settings(fake.url), max_parts=10, rate_limit={"burst": 12, "min_gap": "250ms"})]}]}))
            am.post_alerts(*[{"labels": {"alertname": "A", "instance": "web-%03d;" % i},
                              "annotations": {"summary": "处理器负载过高" * 10}} for i in range(200)])
            wait_for("a success", lambda: am.get("/api/tocsin/v1/receivers")[0]["integrations"][0].get("lastSuccess"), 60)
            self.assertEqual([r["status"] for r in fake.requests if r["status"] != 200], [])
            bodies = [r["body"] for r in fake.requests]
            self.assertNotIn("\ufffd", "".join(bodies))
            return "".join(bodies)

    def test_dingtalk(self):
        text = self.parts(DingTalk(), "dingtalk_configs", lambda url: {"webhook_url": url + "/robot/send?access_token=t"})
        self.assertEqual([i for i in range(200) if "web-%03d;" % i not in text], [])

    def test_wecom(self):
        text = self.parts(WeCom(), "wecom_configs", lambda url: {"webhook_url": url + "/cgi-bin/webhook/send?key=k"})
        shown = sum("web-%03d;" % i in text for i in range(200))
        self.assertIn("其余 %d 条见" % (200 - shown), text)

    def test_feishu(self):
        text = self.parts(Feishu(), "feishu_configs", lambda url: {"webhook_url": url + "/open-apis/bot/v2/hook/t"})
        self.assertEqual([i for i in range(200) if "web&#45;%03d;" % i not in text and "web-%03d;" % i not in text], [])
