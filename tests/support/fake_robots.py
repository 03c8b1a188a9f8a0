"""The group robots of DingTalk, WeCom and Feishu and WeCom's applications, as strict as the real ones: signature, size,
rate, codes, and what a message has to look like."""

import base64
import hashlib
import hmac
import json
import time

from support.fake_http import HttpFake, Reply, SlidingWindow


def missing_keys(value, *keys):
    """Those that are absent or empty."""
    return [k for k in keys if not isinstance(value, dict) or not value.get(k)]


class Robot(HttpFake):
    """What the group robots of DingTalk and WeCom have in common: JSON with errcode under HTTP 200, and a rate."""

    path = "/"

    def __init__(self, per_minute=20, penalty=0.0, **kw):
        super().__init__(**kw)
        self.window, self.penalty, self.blocked_until = SlidingWindow(per_minute), penalty, 0.0

    @staticmethod
    def code(code, text):
        return Reply(200, {"errcode": code, "errmsg": text})

    def throttled(self, now):
        if now < self.blocked_until:
            return True
        if self.window.take(now):
            return False
        self.blocked_until = now + self.penalty
        return True

    def problem(self, request):
        """(errcode, errmsg) or None."""
        raise NotImplementedError

    def answer(self, request):
        problem = self.problem(request)
        return self.code(*problem) if problem else self.code(0, "ok")


def dingtalk_sign(secret, timestamp):
    digest = hmac.new(secret.encode(), f"{timestamp}\n{secret}".encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


class DingTalk(Robot):
    """A DingTalk group robot: token, signature, keyword, 20000 bytes, 20 per minute and then a penalty."""

    path = "/robot/send"
    max_bytes = 20000

    def __init__(self, secret=None, access_token=None, keywords=(), penalty=600.0, **kw):
        super().__init__(penalty=penalty, **kw)
        self.secret, self.access_token, self.keywords = secret, access_token, list(keywords)

    def problem(self, request):
        if request["path"] != self.path or request["method"] != "POST":
            return 43002, "require http post"
        if not request["headers"].get("content-type", "").startswith("application/json"):
            return 43004, "invalid Content-Type"
        token = request["query"].get("access_token", "")
        if not token or (self.access_token is not None and token != self.access_token):
            return 300005, "token is not exist"
        return self._security(request["query"]) or self._size_and_rate(request) or self._message(request["json"])

    def _security(self, query):
        if self.secret is None:
            return None
        timestamp = query.get("timestamp", "")
        if not timestamp.isdigit() or abs(int(timestamp) / 1000 - time.time()) > 3600:
            return 310000, "invalid timestamp"
        if query.get("sign") != dingtalk_sign(self.secret, timestamp):
            return 310000, "sign not match"
        return None

    def _size_and_rate(self, request):
        if self.throttled(request["time"]):
            return 410100, "send too fast, exceed 20 times per minute"
        if request["bytes"] > self.max_bytes:
            return 460101, "message too long, exceed 20000 bytes"
        return None

    def _message(self, doc):
        if not isinstance(doc, dict) or "msgtype" not in doc:
            return 40035, "param error: json is missing"
        kind = doc["msgtype"]
        checks = {"text": self._text, "markdown": self._text, "link": self._link, "actionCard": self._card,
                  "feedCard": self._feed}
        if kind not in checks:
            return 400105, "unsupported msgtype"
        known = {"msgtype", kind} | ({"at"} if kind in ("text", "markdown", "actionCard") else set())
        if set(doc) - known:
            return 40035, f"unknown members {sorted(set(doc) - known)}"
        bad = checks[kind](kind, doc.get(kind))
        if bad:
            return 40035, f"missing parameter {kind}: {bad}"
        if self.keywords and not any(k in json.dumps(doc[kind], ensure_ascii=False) for k in self.keywords):
            return 310000, "keywords not in content"
        return self._mentions(doc, doc[kind])

    @staticmethod
    def _text(kind, content):
        return missing_keys(content, *(["content"] if kind == "text" else ["title", "text"]))

    @staticmethod
    def _link(_, content):
        return missing_keys(content, "title", "text", "messageUrl")

    @staticmethod
    def _card(_, content):
        bad = missing_keys(content, "title", "text")
        if bad or "singleTitle" in content:
            return bad or missing_keys(content, "singleTitle", "singleURL")
        return missing_keys(content, "btns") or [m for b in content["btns"] for m in missing_keys(b, "title", "actionURL")]

    @staticmethod
    def _feed(_, content):
        return missing_keys(content, "links") or [m for x in content["links"] for m in missing_keys(x, "title", "messageURL")]

    def _mentions(self, doc, content):
        at = doc.get("at", {})
        shapes = {"atMobiles": list, "atUserIds": list, "isAtAll": bool}
        if any(k not in shapes or not isinstance(v, shapes[k]) for k, v in at.items()):
            return 40035, "bad at object"
        text = content.get("content") or content.get("text") or ""
        missing = [m for m in at.get("atMobiles", []) + at.get("atUserIds", []) if f"@{m}" not in text]
        return (40035, f"mentioned but not in the text: {missing}") if missing else None


class WeCom(Robot):
    """A WeCom group robot: key, 2048/4096 bytes of content, 20 per minute."""

    path = "/cgi-bin/webhook/send"
    limits = {"text": 2048, "markdown": 4096, "markdown_v2": 4096}

    def __init__(self, key=None, **kw):
        super().__init__(**kw)
        self.key = key

    @staticmethod
    def code(code, text):
        hint = "" if code == 0 else ", hint: [1700000000001], from ip: 127.0.0.1, more info at https://example.invalid"
        return Reply(200, {"errcode": code, "errmsg": text + hint})

    def problem(self, request):
        key = request["query"].get("key", "")
        if request["path"] != self.path or not key or (self.key is not None and key != self.key):
            return 93000, "invalid webhook url"
        if self.throttled(request["time"]):
            return 45009, "api freq out of limit"
        doc = request["json"]
        if not isinstance(doc, dict):
            return 44001, "empty media data"
        kind = doc.get("msgtype")
        checks = {"news": self._news, "image": self._image, "template_card": self._card}
        if kind not in self.limits and kind not in checks:
            return 40008, "invalid message type"
        if set(doc) != {"msgtype", kind} or not isinstance(doc[kind], dict):
            return 40058, f"invalid Request Parameter: members {sorted(doc)}"
        return checks[kind](doc[kind]) if kind in checks else self._content(kind, doc[kind])

    def _content(self, kind, content):
        text = content.get("content")
        if not isinstance(text, str) or not text:
            return 44004, "empty content"
        if len(text.encode()) > self.limits[kind]:
            return 40058, f"{kind}.content exceed max length {self.limits[kind]}"
        allowed = {"content", "mentioned_list", "mentioned_mobile_list"} if kind == "text" else {"content"}
        if set(content) - allowed:
            return 40058, f"invalid Request Parameter: {sorted(set(content) - allowed)}"
        return None

    @staticmethod
    def _news(content):
        articles = content.get("articles")
        if not isinstance(articles, list) or not 1 <= len(articles) <= 8:
            return 40058, "news.articles: 1 to 8 are due"
        for a in articles:
            if missing_keys(a, "title", "url"):
                return 40058, f"news.articles: no {missing_keys(a, 'title', 'url')}"
            if len(a["title"].encode()) > 128 or len(a.get("description", "").encode()) > 512:
                return 45002, "content size out of limit"
        return None

    @staticmethod
    def _image(content):
        try:
            raw = base64.b64decode(content.get("base64", ""), validate=True)
        except ValueError:
            return 40058, "image.base64 is not Base64"
        if not raw or len(raw) > 2 << 20:
            return 40009, "invalid image size"
        if hashlib.md5(raw).hexdigest() != content.get("md5"):
            return 301019, "image md5 mismatch"
        return None

    @staticmethod
    def _card(card):
        title = card.get("main_title", {}).get("title") or card.get("sub_title_text")
        kind = card.get("card_type")
        if kind not in ("text_notice", "news_notice") or not title or missing_keys(card.get("card_action"), "url"):
            return 40058, "template_card: card_type, title or card_action is missing"
        if kind == "news_notice" and missing_keys(card.get("card_image"), "url"):
            return 40058, "template_card.card_image is missing"
        facts, jumps = card.get("horizontal_content_list", []), card.get("jump_list", [])
        if len(facts) > 6 or len(jumps) > 3:
            return 40058, "template_card: too many items"
        if any(missing_keys(f, "keyname", "value") for f in facts) or any(missing_keys(j, "title", "url") for j in jumps):
            return 40058, "template_card: an empty item"
        return None


def feishu_sign(secret, timestamp):
    return base64.b64encode(hmac.new(f"{timestamp}\n{secret}".encode(), b"", hashlib.sha256).digest()).decode()


class Feishu(HttpFake):
    """A Feishu custom robot: token, signature in the body, keyword, 20000 bytes, 100 per minute and 5 per second."""

    path = "/open-apis/bot/v2/hook/"
    max_bytes = 20000

    def __init__(self, token="t", secret=None, keywords=(), per_minute=100, per_second=5, **kw):
        super().__init__(**kw)
        self.token, self.secret, self.keywords = token, secret, list(keywords)
        self.windows = SlidingWindow(per_minute), SlidingWindow(per_second, 1.0)
        self.hook = self.url + self.path + token

    def answer(self, request):
        problem = self.problem(request)
        if problem is None:
            return Reply(200, {"StatusCode": 0, "StatusMessage": "success", "code": 0, "data": {}, "msg": "success"})
        code, text = problem
        return Reply(400 if code == 9499 else 200, {"code": code, "data": {}, "msg": text})

    def problem(self, request):
        if request["method"] != "POST" or request["path"] != self.path + self.token:
            return 19001, "param invalid: incoming webhook access token invalid"
        if not all(w.take(request["time"]) for w in self.windows):
            return 11232, "frequency limited psm[lark.oapi.app_platform_runtime]appID[1500]"
        doc = request["json"]
        if request["bytes"] > self.max_bytes or not isinstance(doc, dict):
            return 9499, "Bad Request"
        return self._security(doc) or self._message(doc)

    def _security(self, doc):
        timestamp = doc.get("timestamp", "")
        if self.secret is not None:
            fresh = isinstance(timestamp, str) and timestamp.isdigit() and abs(int(timestamp) - time.time()) <= 3600
            if not fresh or doc.get("sign") != feishu_sign(self.secret, timestamp):
                return 19021, "sign match fail or timestamp is not within one hour from current time"
        if self.keywords and not any(k in json.dumps(doc, ensure_ascii=False) for k in self.keywords):
            return 19024, "Key Words Not Found"
        return None

    def _message(self, doc):
        kind, content = doc.get("msg_type"), doc.get("content")
        checks = {"text": lambda: missing_keys(content, "text"), "image": lambda: missing_keys(content, "image_key"),
                  "share_chat": lambda: missing_keys(content, "share_chat_id"), "post": lambda: self._post(content),
                  "interactive": lambda: self._card(doc.get("card"))}
        if kind not in checks:
            return 19002, "params error, msg_type need"
        known = {"msg_type", "timestamp", "sign", "card" if kind == "interactive" else "content"}
        bad = checks[kind]() or sorted(set(doc) - known)
        return (19002, f"params error, {kind}: {bad}") if bad else None

    @staticmethod
    def _post(content):
        if missing_keys(content, "post"):
            return ["post"]
        for language in content["post"].values():
            lines = language.get("content")
            if not isinstance(lines, list) or not all(isinstance(line, list) for line in lines):
                return ["lines"]
            needed = {"text": ["text"], "a": ["text", "href"], "at": ["user_id"]}
            bad = [t for line in lines for t in line if t.get("tag") not in needed or set(needed[t["tag"]]) - set(t)]
            if bad:
                return bad
        return None

    @staticmethod
    def _card(card):
        if not isinstance(card, dict) or not isinstance(card.get("elements"), list) or not card["elements"]:
            return ["card.elements"]
        colours = ["blue", "wathet", "turquoise", "green", "yellow", "orange", "red", "carmine", "violet", "purple", "indigo",
                   "grey"]
        if card.get("header", {}).get("template", "blue") not in colours:
            return ["card.header.template"]
        for element in card["elements"]:
            needed = {"markdown": ["content"], "div": ["text"], "hr": [], "action": ["actions"], "note": ["elements"],
                      "img": ["img_key"]}
            if element.get("tag") not in needed or missing_keys(element, *needed[element["tag"]]):
                return [element]
            if any(missing_keys(b, "text", "url") for b in element.get("actions", [])):
                return ["a button of a custom robot needs a url"]
        return None


class WeChatApp(HttpFake):
    """WeCom application messages: gettoken and message/send under /cgi-bin/. A token lives for `expires_in` seconds."""

    def __init__(self, corp_id="CORP", secret="SEC", expires_in=7200, users=None, **kw):
        super().__init__(**kw)
        self.corp_id, self.secret, self.expires_in, self.users = corp_id, secret, expires_in, users
        self.token_no, self.issued = 0, None
        self.url += "/cgi-bin/"

    @property
    def token(self):
        return f"TOKEN{self.token_no}"

    def expire_token(self):
        self.token_no += 1
        self.issued = None

    def answer(self, request):
        calls = {"/cgi-bin/gettoken": self._get_token, "/cgi-bin/message/send": self._send}
        call = calls.get(request["path"])
        return Reply(200, call(request)) if call else Reply(404, "no such call")

    def _get_token(self, request):
        query = request["query"]
        if query.get("corpid") != self.corp_id:
            return {"errcode": 40013, "errmsg": "invalid corpid"}
        if query.get("corpsecret") != self.secret:
            return {"errcode": 40001, "errmsg": "invalid credential"}
        if self.issued is not None and request["time"] - self.issued > self.expires_in:
            self.expire_token()
        self.issued = self.issued or request["time"]
        left = int(self.issued + self.expires_in - request["time"])
        return {"errcode": 0, "errmsg": "ok", "access_token": self.token, "expires_in": left}

    def _send(self, request):
        token = request["query"].get("access_token", "")
        if token != self.token or self.issued is None or request["time"] - self.issued > self.expires_in:
            known = token in (f"TOKEN{n}" for n in range(self.token_no + 1))
            return {"errcode": 42001 if known else 40014, "errmsg": "access_token expired" if known else "invalid access_token"}
        doc = request["json"]
        if not isinstance(doc, dict) or doc.get("msgtype") not in ("text", "markdown"):
            return {"errcode": 40008, "errmsg": "invalid message type"}
        if not doc.get(doc["msgtype"], {}).get("content"):
            return {"errcode": 44004, "errmsg": "empty content"}
        if not any(doc.get(k) for k in ("touser", "toparty", "totag")):
            return {"errcode": 81013, "errmsg": "user & party & tag all invalid"}
        answer = {"errcode": 0, "errmsg": "ok", "msgid": "1"}
        unknown = [u for u in doc.get("touser", "").split("|") if u and u != "@all" and u not in (self.users or [u])]
        return dict(answer, invaliduser="|".join(unknown)) if unknown else answer
