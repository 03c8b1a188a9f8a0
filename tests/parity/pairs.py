"""Requests that are put to a real Alertmanager and to Tocsin, one after the other, in this order. A row is (name, method,
target, headers, body); the name starts with the rows of the behaviour list that it proves.
"""
import json

JSON = {"Content-Type": "application/json"}
FAR = "2099-01-01T00:00:00Z"
V2 = "/api/v2"


def get(name, target, **headers):
    return name, "GET", target, {k.replace("_", "-"): v for k, v in headers.items()}, None


def post(name, target, body, headers=None):
    text = body if isinstance(body, str) else json.dumps(body)
    return name, "POST", target, JSON if headers is None else headers, text


def alerts(name, *rows):
    return post(name, V2 + "/alerts", list(rows))


def alert(labels, **more):
    return dict({"labels": labels, "endsAt": FAR}, **more)


def matcher(name="a", value="b", **more):
    return dict({"name": name, "value": value, "isRegex": False, "isEqual": True}, **more)


def silence(**more):
    return dict({"matchers": [matcher()], "startsAt": "2026-01-01T00:00:00Z", "endsAt": FAR, "createdBy": "me",
                 "comment": "c"}, **more)


def without(d, *names):
    return {k: v for k, v in d.items() if k not in names}


# What later rows look at.
SEED = [
    alerts("seed", alert({"alertname": "Up", "job": "api", "instance": "a:1", "severity": "page"},
                         annotations={"summary": "<b>&\u2028", "empty": ""}, generatorURL="http://p/g?x=1&y=2",
                         startsAt="2026-01-02T03:04:05.678912+02:00")),
    alerts("seed", alert({"alertname": "Up", "job": "api", "instance": "b:1", "severity": "warn"}, startsAt="2026-01-02T03:04:05Z"),
           alert({"alertname": "Down", "job": "db", "empty": ""}, startsAt="2026-01-01T00:00:00Z"),
           alert({"alertname": "Team", "team": "a"}, startsAt="2026-01-01T00:00:00Z"),
           alert({"Z": "1", "_": "3", "a": "2"}, startsAt="2026-01-01T00:00:00Z"),
           alert({"alertname": "Source", "dc": "1"}, startsAt="2026-01-01T00:00:00Z"),
           alert({"alertname": "Target", "dc": "1"}, startsAt="2026-01-01T00:00:00Z")),
    post("seed", V2 + "/silences", silence(matchers=[matcher("severity", "warn")], id="")),
    post("seed", V2 + "/silences", silence(matchers=[matcher("x", "1.+", isRegex=True), matcher("y", "", isEqual=False)],
                                          startsAt="2098-01-01T00:00:00Z", comment="<later>")),
]

METHODS = [
    ("A-098 A-099 %s %s" % (method, path), method, path, {}, None)
    for path in (V2 + "/status", V2 + "/receivers", V2 + "/alerts", V2 + "/alerts/groups", V2 + "/silences",
                 V2 + "/silence/00000000-0000-0000-0000-000000000000", V2 + "/nope", V2 + "/silence/", V2 + "/")
    for method in ("PUT", "PATCH", "HEAD", "OPTIONS", "DELETE") if not ("silence/0" in path and method == "DELETE")
] + [
    ("A-102 %s %s" % (method, path), method, path, {}, None)
    for path in ("/-/healthy", "/-/ready", "/metrics", "/", "/-/reload", "/nope")
    for method in ("PUT", "OPTIONS", "HEAD", "DELETE") if (method, path) not in (("HEAD", "/metrics"), ("HEAD", "/"))
] + [get("A-110 reload by GET", "/-/reload"), get("A-109 healthy", "/-/healthy"), get("A-109 ready", "/-/ready"),
     get("A-130 Grafana's look at Cortex", "/alertmanager/api/v2/status"), get("A-130 Mimir", "/api/v1/status/buildinfo")]

PATHS = [get("A-097 A-100 A-101 path " + path, path) for path in (
    V2, V2 + "/alerts/", V2 + "/alerts/groups/", V2 + "/silences/", "/api/v2//alerts", "/api//v2/alerts", "/./-/healthy",
    "/a/../-/healthy", "/-/healthy/", "/-/HEALTHY", "/METRICS/", V2 + "/%61lerts", V2 + "/silence/a/b", "/api/v2/alerts//",
    "/api/v3/status", "/api/v2/swagger.json", "/swagger.json", "/api/v1", "/index.html", "/script.js.map")]

CORS = [
    get("A-103 A-105 simple", V2 + "/status", Origin="http://x"),
    ("A-103 delete", "DELETE", V2 + "/silence/00000000-0000-0000-0000-000000000001", {"Origin": "http://x"}, None),
    get("A-103 page", "/-/healthy", Origin="http://x"),
] + [
    ("A-104 preflight %s %s" % (method, asked), "OPTIONS", V2 + "/alerts",
     dict({"Origin": "http://x", "Access-Control-Request-Method": method},
          **({"Access-Control-Request-Headers": asked} if asked else {})), None)
    for method in ("GET", "POST", "DELETE", "PUT") for asked in ("", "content-type", "authorization", "accept,content-type")
]

MEDIA = [
    post("A-040 A-107 body as %r" % kind, V2 + "/alerts", "[]", {"Content-Type": kind})
    for kind in ("application/json", "APPLICATION/JSON; charset=latin1", "text/json", "text/plain", "application/vnd.api+json",
                 "application/x-www-form-urlencoded")
] + [
    post("A-106 accept %r with a body" % accept, V2 + "/alerts", "[]", dict(JSON, Accept=accept))
    for accept in ("text/html", "application/json", "*/*")
] + [
    get("A-106 accept %r" % accept, V2 + "/alerts", Accept=accept)
    for accept in ("text/html", "application/json", "*/*", "application/*", "text/html, */*;q=0.1", "application/json;q=0",
                   "application/xml", "application/json; version=1")
] + [
    ("A-107 GET with a body", "GET", V2 + "/status", {"Content-Type": "text/plain"}, "x"),
    ("A-107 GET with a JSON body", "GET", V2 + "/status", JSON, "{}"),
    ("A-107 DELETE with a body", "DELETE", V2 + "/silence/00000000-0000-0000-0000-000000000001", {"Content-Type": "a/b"}, "x"),
]

BODIES = [post("A-010 A-011 A-012 A-013 A-014 A-016 alerts %.40r" % text, V2 + "/alerts", text) for text in (
    "[]", "null", " ", "\n\t", "{}", '"x"', "1", "true", "[", "[{", "[{}", "[{]", '[{"labels":}]', "[]x", "[] []", "[]\x00", "\ufeff[]",
    '[{"labels":{"a":1}}]', '[{"labels":{"a":true}}]', '[{"labels":[]}]', '[{"labels":"x"}]', '[{"labels":null}]', "[1]", '["x"]',
    "[[]]", '[{"labels":{"a":"b"},"endsAt":1}]', '[{"labels":{"a":"b"},"annotations":{"x":2}}]', '[{"labels":{"a":{}}}]')]

LABELS = [alerts("A-015 A-017 A-020 A-021 A-022 A-023 A-026 labels %d" % i, *rows) for i, rows in enumerate((
    [{}], [{"labels": {}}], [{"labels": {"a": ""}}], [{"labels": {"a": None}}], [alert({"ok": "1"}), {}],
    [alert({"mixed": "1"}), alert({}), alert({"b": "1"}, startsAt="2100-01-01T00:00:00Z")],
    [alert({"same": "1"}, startsAt=FAR)], [alert({"a": "b"}, annotations={"": "x"})], [alert({"": "x"})],
    [alert({"a": "b"}, startsAt="2100-01-01T00:00:00Z")], [alert({"future": "1"}, endsAt=None, startsAt=FAR)],
    [{"LABELS": {"case": "1"}, "EndsAt": FAR, "unknown": [1, {"x": 2}]}], [alert({"a": "b"}, generatorURL=None)]))]

URLS = [alerts("A-018 URL %r" % url, alert({"url": url}, generatorURL=url)) for url in (
    "", "/abs", "//h/x", "mailto:x@y", "javascript:alert(1)", "http://", "http:///x", 'http://h/<>"{}|', "http://h/a b", "http://h:99999/",
    "http://h?q=%zz", "rel", "rel/x", "?q", "#frag", ":foo", "1http://x", "http://a b/", "http://h/%zz", "http://[::1", "http://h:x/",
    "http://h/\u0001", "*", "http://u:p@h/", "HTTP://H/#f")] + [
    alerts("A-019 URL before labels", {"generatorURL": "rel"})]

TIMES = [alerts("A-028 A-067 time %r" % text, alert({"time": text}, startsAt=text)) for text in (
    "2026-01-01T00:00:00Z", "2026-01-01T00:00:00.1Z", "2026-01-01T00:00:00.123456789Z", "2026-01-01T00:00:00+05:30",
    "2026-01-01T00:00:00-12:00", "2026-01-01T00:00:00.123+0200", "2026-01-01T00:00:00", "2026-01-01T00:00:00.5", "2026-01-01T00:00Z",
    "2026-01-01T00:00", "2026-01-01 00:00:00", "2026-01-01", "2026-01-01T9:00:00Z", "2026-01-01t00:00:00z", "2026-01-01T00:00:60Z",
    "2026-01-01T24:00:00Z", "2026-02-30T00:00:00Z", "10000-01-01T00:00:00Z", "2026-1-01T00:00:00Z", " 2026-01-01T00:00:00Z", "nope", "",
    "0001-01-01T00:00:00Z", "2026-01-01T00:00:00+25:00")] + [
    alerts("A-024 end only", {"labels": {"endonly": "1"}, "endsAt": FAR})]

QUERIES = [get("A-043 A-044 A-045 A-048 A-049 A-050 A-051 A-052 A-053 alerts?" + q, V2 + "/alerts?" + q) for q in (
    "active=false", "silenced=false", "inhibited=false", "active=false&silenced=false", "active=foo", "active=&silenced=0", "active=TRUE",
    "active=false&active=true", "unprocessed=false", "receiver=hook", "receiver=ho", "receiver=.*", "receiver=team%7Chook", "receiver=(",
    "receiver=", "filter=alertname=Up", "filter=alertname%3D%22Up%22", "filter=alertname!=Up", "filter=alertname=~U.*",
    "filter=alertname!~U.*", "filter=nope=", "filter=nope!=", "filter=nope=~.*", "filter=job=~%22%22", "filter=job!=", "filter=",
    "filter=alertname=Up&filter=severity=warn", "filter=a==b", "filter=%7Ba=%22b%22%7D", "filter=a", "filter==b", "filter=a=~(",
    "filter=a=%22b", "filter=a=b,c=d", "%zz=1&filter=alertname=Up", "a;b=1&active=false", "unknown=1", "filter=severity=~%22page%7Cwarn%22")] + [
    get("A-054 A-055 A-058 groups?" + q, V2 + "/alerts/groups?" + q) for q in (
        "", "active=false", "silenced=false", "inhibited=false", "receiver=team", "receiver=nobody", "receiver=(", "filter=alertname=Up",
        "filter=%7B", "muted=false", "filter=team=a&receiver=hook")] + [
    get("A-088 A-089 silences?" + q, V2 + "/silences?" + q) for q in (
        "", "filter=severity=warn", "filter=severity=~warn", "filter=severity", "filter=x=~1.%2B", "filter=x=~1.%2B&filter=y!=",
        "filter=nope=1", "filter=")] + [
    get("A-001 A-007 status", V2 + "/status"), get("A-007 receivers", V2 + "/receivers")]

SILENCES = [post("A-070 A-071 A-072 A-073 A-074 A-075 A-077 A-078 A-079 silence %d" % i, V2 + "/silences", body) for i, body in enumerate((
    "", " ", "null", "{}", "[]", '"x"', "{", '{"matchers":1}', without(silence(), "comment"), without(silence(), "createdBy"),
    without(silence(), "endsAt"), without(silence(), "matchers"), without(silence(), "startsAt"), silence(matchers=[]),
    silence(matchers=None), silence(comment="", createdBy=""), silence(comment=None), silence(matchers=[without(matcher(), "isRegex")]),
    silence(matchers=[without(matcher(), "name")]), silence(matchers=[without(matcher(), "value")]),
    silence(matchers=[without(matcher(), "isEqual")]), silence(matchers=[matcher(isEqual=None)]), silence(matchers=[matcher(isRegex="x")]),
    silence(endsAt="2026-01-01T00:00:00Z"), silence(endsAt="2025-01-01T00:00:00Z"), silence(endsAt="2026-01-02T00:00:00Z"),
    silence(startsAt="0001-01-01T00:00:00Z"), silence(startsAt=""), silence(endsAt=""), silence(startsAt="nope"),
    silence(matchers=[matcher(value="")]), silence(matchers=[matcher(value=".*", isRegex=True)]),
    silence(matchers=[matcher(value=".+", isRegex=True)]), silence(matchers=[matcher(value="", isEqual=False)]),
    silence(matchers=[matcher(value="b", isEqual=False)]), silence(matchers=[matcher(value="(", isRegex=True)]),
    silence(matchers=[matcher(value="(?=x)", isRegex=True)]), silence(matchers=[matcher(""), matcher()]), silence(id="nope"),
    silence(id="00000000-0000-0000-0000-000000000000"), silence(startsAt="2098-01-01T00:00:00Z"), silence(endsAt=5)))]

BY_ID = [
    ("A-092 A-093 A-094 %s %s" % (method, id), method, V2 + "/silence/" + id, {}, None)
    for method in ("GET", "DELETE")
    for id in ("foo", "00000000-0000-0000-0000-000000000000", "00000000000000000000000000000000", "{00000000-0000-0000-0000-000000000000}",
               "urn:uuid:00000000-0000-0000-0000-000000000000", "0000000-0000-0000-0000-0000000000000", "%31", "zzzzzzzz-0000-0000-0000-000000000000")
]

V1 = [(("A-096 v1 %s %s" % (method, path)), method, "/api/v1" + path, JSON if method == "POST" else {}, "[]" if method == "POST" else None)
      for method, path in (("GET", "/status"), ("GET", "/receivers"), ("GET", "/alerts"), ("GET", "/silences"), ("GET", "/silence/x"),
                           ("POST", "/alerts"), ("POST", "/silences"), ("DELETE", "/silence/x"), ("GET", "/alerts/groups"),
                           ("GET", "/nope"))]

ROWS = METHODS + PATHS + CORS + MEDIA + BODIES + LABELS + URLS + TIMES + SILENCES + BY_ID + V1
