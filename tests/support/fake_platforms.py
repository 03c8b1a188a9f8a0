"""The services of Alertmanager's own receivers, as strict as their documentation: credentials, shape and sizes."""

import hashlib
import hmac
import urllib.parse

from support.fake_http import HttpFake, Reply
from support.fake_robots import missing_keys


class Platform(HttpFake):
    """POST of JSON to `path`. refusal() says what is wrong; `accepted` is the answer to the rest."""

    path = "/"
    accepted = Reply(200, {"ok": True})

    def answer(self, request):
        if request["method"] != "POST" or not self.is_path(request["path"]):
            return Reply(404, "not found")
        return self.refusal(request) or self.accepted

    def is_path(self, path):
        return path == self.path

    def refusal(self, request):
        raise NotImplementedError


def bearer(request):
    scheme, _, value = request["headers"].get("authorization", "").partition(" ")
    return value if scheme == "Bearer" else None


class SlackHook(Platform):
    """An incoming webhook: plain text answers."""

    path = "/services/T0/B0/secret"
    accepted = Reply(200, "ok", {"Content-Type": "text/html"})

    def refusal(self, request):
        doc = request["json"]
        if not isinstance(doc, dict):
            return Reply(400, "invalid_payload")
        if not doc.get("text") and not doc.get("attachments"):
            return Reply(400, "no_text")
        return None if len(doc.get("attachments", [])) <= 100 else Reply(400, "too_many_attachments")


class SlackApp(Platform):
    """chat.postMessage: errors come with status 200."""

    path = "/api/chat.postMessage"
    accepted = Reply(200, {"ok": True, "channel": "C1", "ts": "1700000000.000100"})

    def refusal(self, request):
        if bearer(request) != "xoxb-1":
            return Reply(200, {"ok": False, "error": "invalid_auth"})
        if missing_keys(request["json"], "channel"):
            return Reply(200, {"ok": False, "error": "channel_not_found"})
        return None


class PagerDuty(Platform):
    """Events API v2."""

    path = "/v2/enqueue"
    accepted = Reply(202, {"status": "success", "message": "Event processed", "dedup_key": "k"})

    def refusal(self, request):
        doc = request["json"]
        if request["bytes"] > 512 * 1024:
            return Reply(413, "")
        problems = missing_keys(doc, "routing_key", "event_action", "dedup_key")
        if not problems and doc["routing_key"] != "routing-1":
            problems = ["'routing_key' is invalid"]
        if not problems and doc["event_action"] == "trigger":
            payload = doc.get("payload")
            problems = missing_keys(payload, "summary", "source", "severity")
            if not problems and (len(payload["summary"]) > 1024
                                 or payload["severity"] not in ("critical", "error", "warning", "info")):
                problems = ["payload"]
        if not problems:
            return None
        return Reply(400, {"status": "invalid event", "message": "Event object is invalid", "errors": problems})


class OpsGenie(Platform):
    """Alert API v2: create, and close by alias."""

    accepted = Reply(202, {"result": "Request will be processed", "took": 0.1, "requestId": "r"})

    def is_path(self, path):
        return path == "/v2/alerts" or (path.startswith("/v2/alerts/") and path.endswith("/close"))

    def refusal(self, request):
        if request["headers"].get("authorization") != "GenieKey genie-1":
            return Reply(401, {"message": "Could not authenticate"})
        doc = request["json"]
        if request["path"].endswith("/close"):
            return None if request["query"].get("identifierType") == "alias" else Reply(422, "identifierType")
        if missing_keys(doc, "message", "alias") or len(doc["message"]) > 130 or len(doc["alias"]) > 512:
            return Reply(422, {"message": "Request body is not processable"})
        return None


class VictorOps(Platform):
    """The REST endpoint."""

    path = "/alert/victor-1/team"
    accepted = Reply(200, {"result": "success", "entity_id": "e"})

    def refusal(self, request):
        doc = request["json"]
        kinds = ("CRITICAL", "WARNING", "ACKNOWLEDGEMENT", "INFO", "RECOVERY")
        bad = missing_keys(doc, "message_type", "entity_id") or doc["message_type"] not in kinds
        return Reply(400, "bad alert") if bad or len(doc.get("state_message", "")) > 20480 else None


class Telegram(Platform):
    """sendMessage: 4096 characters."""

    path = "/bot1:bot/sendMessage"
    accepted = Reply(200, {"ok": True, "result": {"message_id": 1}})

    def answer(self, request):
        if request["path"].startswith("/bot") and request["path"] != self.path:
            return Reply(401, {"ok": False, "error_code": 401, "description": "Unauthorized"})
        return super().answer(request)

    def refusal(self, request):
        doc = request["json"]
        problem = None
        if missing_keys(doc, "chat_id"):
            problem = "chat_id is empty"
        elif not doc.get("text"):
            problem = "message text is empty"
        elif len(doc["text"]) > 4096:
            problem = "message is too long"
        return problem and Reply(400, {"ok": False, "error_code": 400, "description": "Bad Request: " + problem})


class Discord(Platform):
    """A channel's webhook."""

    path = "/api/webhooks/1/secret"
    accepted = Reply(204, "")

    def refusal(self, request):
        doc = request["json"] or {}
        embeds = doc.get("embeds", [])
        fits = len(doc.get("content") or "") <= 2000 and len(embeds) <= 10 and all(
            len(e.get("title", "")) <= 256 and len(e.get("description", "")) <= 4096 for e in embeds)
        return None if fits and (doc.get("content") or embeds) else Reply(400, {"message": "Cannot send", "code": 50006})


class Teams(Platform):
    """An office 365 connector."""

    path = "/webhookb2/secret"
    accepted = Reply(200, "1")

    def refusal(self, request):
        doc = request["json"]
        if request["bytes"] > 28 * 1024:
            return Reply(413, "Message size too large")
        return Reply(400, "Summary or Text is required.") if missing_keys(doc, "summary") and missing_keys(doc, "text") else None


class TeamsFlow(Platform):
    """A workflow that posts adaptive cards."""

    path = "/workflows/secret"
    accepted = Reply(202, "")

    def refusal(self, request):
        doc = request["json"]
        cards = [] if missing_keys(doc, "attachments") else doc["attachments"]
        kinds = [c.get("content", {}).get("type") for c in cards]
        return None if doc and doc.get("type") == "message" and kinds == ["AdaptiveCard"] else Reply(400, "no card")


class Webex(Platform):
    """Messages of a bot: 7439 bytes."""

    path = "/v1/messages"

    def refusal(self, request):
        if bearer(request) != "webex-1":
            return Reply(401, {"message": "The request requires a valid access token set in the Authorization request header."})
        doc = request["json"]
        bad = missing_keys(doc, "roomId", "markdown") or len(doc["markdown"].encode()) > 7439
        return Reply(400, {"message": "bad message"}) if bad else None


class RocketChat(Platform):
    """chat.postMessage: errors also come with status 200."""

    path = "/api/v1/chat.postMessage"
    accepted = Reply(200, {"success": True})

    def refusal(self, request):
        headers = request["headers"]
        if (headers.get("x-user-id"), headers.get("x-auth-token")) != ("rocket-id", "rocket-1"):
            return Reply(401, {"status": "error", "message": "You must be logged in to do this."})
        return Reply(400, {"success": False, "error": "[invalid-channel]"}) if missing_keys(request["json"], "channel") else None


class Mattermost(Platform):
    """An incoming webhook: 16383 characters."""

    path = "/hooks/secret"
    accepted = Reply(200, "ok")

    def refusal(self, request):
        doc = request["json"] or {}
        if not doc.get("text") and not doc.get("attachments"):
            return Reply(400, {"id": "web.incoming_webhook.text.app_error"})
        return None if len(doc.get("text") or "") <= 16383 else Reply(400, {"id": "text.too_long"})


class IncidentIo(Platform):
    """An alert source: 512 KiB."""

    path = "/v2/alert_events/alertmanager/1"
    accepted = Reply(202, {"status": "success"})

    def refusal(self, request):
        if bearer(request) != "incident-1":
            return Reply(401, {"type": "authentication_error", "errors": [{"message": "bad token"}]})
        bad = missing_keys(request["json"], "version", "alerts") or request["bytes"] > 512 * 1024
        return Reply(422, {"type": "validation_error", "errors": [{"message": "bad event"}]}) if bad else None


class Jira(Platform):
    """Issues, found by the label that stands for their group; version 2 of the API."""

    def __init__(self, **kw):
        super().__init__(**kw)
        self.issues = []

    def answer(self, request):
        path, doc = request["path"], request["json"]
        if request["headers"].get("authorization") != "Basic dXNlcjpqaXJhLTE=":  # user:jira-1
            return Reply(401, {"errorMessages": ["Client must be authenticated to access this resource."]})
        if path == "/rest/api/2/search":
            found = [i for i in self.issues if any(label in doc["jql"] for label in i["fields"]["labels"])]
            return Reply(200, {"total": len(found), "issues": found})
        if path == "/rest/api/2/issue":
            return self._create(doc)
        if path.endswith("/transitions") and request["method"] == "GET":
            return Reply(200, {"transitions": [{"id": "31", "name": "Done"}]})
        if path.endswith("/transitions"):
            return Reply(204, "") if doc == {"transition": {"id": "31"}} else Reply(400, "no such transition")
        return Reply(204, "") if path.startswith("/rest/api/2/issue/") and request["method"] == "PUT" else Reply(404, "")

    def _create(self, doc):
        fields = doc.get("fields", {})
        if missing_keys(fields, "project", "issuetype", "summary", "labels") or len(fields["summary"]) > 255:
            return Reply(400, {"errors": {"summary": "You must specify a summary of the issue."}})
        issue = {"key": "OPS-%d" % (len(self.issues) + 1), "fields": dict(fields, status={"statusCategory": {"key": "new"}})}
        self.issues.append(issue)
        return Reply(201, {"key": issue["key"]})


def sigv4(request, secret, scope, signed):
    """The signature that AWS computes: https://docs.aws.amazon.com/general/latest/gr/sigv4_signing.html"""
    headers = "".join("%s:%s\n" % (h, " ".join(request["headers"].get(h, "").split())) for h in signed.split(";"))
    payload = hashlib.sha256(request["body"].encode()).hexdigest()
    canonical = "\n".join([request["method"], request["path"] or "/", "", headers, signed, payload])
    text = "\n".join(["AWS4-HMAC-SHA256", request["headers"]["x-amz-date"], scope,
                      hashlib.sha256(canonical.encode()).hexdigest()])
    key = ("AWS4" + secret).encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


class Sns(Platform):
    """Publish: a form, signed; 256 KiB."""

    accepted = Reply(200, "<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>",
                     {"Content-Type": "text/xml"})

    def refusal(self, request):
        given = dict(part.strip().split("=", 1) for part in
                     request["headers"].get("authorization", "").removeprefix("AWS4-HMAC-SHA256 ").split(",") if "=" in part)
        key, _, scope = given.get("Credential", "").partition("/")
        if key != "AKIA1" or given["Signature"] != sigv4(request, "aws-1", scope, given["SignedHeaders"]):
            return self.error(403, "SignatureDoesNotMatch")
        form = dict(urllib.parse.parse_qsl(request["body"], keep_blank_values=True))
        if form.get("Action") != "Publish" or not form.get("TopicArn") or not form.get("Message"):
            return self.error(400, "InvalidParameter")
        return None if len(form["Message"].encode()) <= 262144 else self.error(400, "InvalidParameter")

    @staticmethod
    def error(status, code):
        return Reply(status, "<ErrorResponse><Error><Code>%s</Code><Message>%s</Message></Error></ErrorResponse>" % (code, code),
                     {"Content-Type": "text/xml"})
