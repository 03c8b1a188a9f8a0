"""tocsinctl beside the real amtool: the same commands against the same Tocsin print the same and end alike.

The amtool that is installed is the judge. Commands marked "newer" have changed since the one of Debian 12: with that
one, ctl_newer.json has the answer, as it was recorded from amtool 0.33.1 (AMTOOL=<its path> RECORD=1). Rows C-127 to
C-136 of the checklist: C-129 C-130 C-131 C-132 C-134 C-135 among them.
"""
import json
import os
import re
import subprocess

from support.proc import Case, TOCSIN, find_program

AMTOOL = os.environ.get("AMTOOL") or find_program("amtool")
TOCSINCTL = os.path.join(os.path.dirname(TOCSIN), "tocsinctl")

CONFIG = """
route:
  receiver: a
  group_by: [alertname]
  routes:
  - receiver: b
    matchers: [team="x"]
    continue: true
  - receiver: c
    matchers: [sev="a", team=~"x|y"]
    routes:
    - receiver: a
      matchers: [z="1"]
receivers: [{name: a}, {name: b}, {name: c}]
"""

FILES = {
    "good.yml": CONFIG,
    "templates.yml": "route: {receiver: a}\nreceivers: [{name: a}]\ntemplates: ['good.tmpl', 'none*']\n",
    "unknown.yml": "route:\n  receiver: a\n  group_wat: 1s\nreceivers:\n- name: a\n",
    "undefined.yml": "route: {receiver: b}\nreceivers: [{name: a}]\n",
    "empty.yml": "",
    "good.tmpl": '{{ define "x" }}<b>{{ .Receiver }}</b>{{ end }}',
    "bad.tmpl": '{{ define "x" }}{{ nope }}{{ end }}',
    "data.json": json.dumps({"receiver": "r", "status": "odd", "ALERTS": [
        {"status": "firing", "labels": {"a": "b"}, "annotations": {}, "startsAt": "2026-01-01T00:00:00+08:00"}],
        "groupLabels": {"g": "1"}, "unknown": 1}),
}

RECORDED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "ctl_newer.json")

# What each command is told; the server's URL is put in front. Those with "newer": see above.
QUERIES = [
    "alert", "alert query", "-o extended alert", "alert query -o json|newer", "alert query Disk", "alert query Disk node=n1",
    "alert query node=~n.", "alert query node!=n1", "alert query -i", "alert query -s", "alert query -a", "alert query -u",
    "alert query -isau", "alert query --receiver b", "alert query -r c.*", "alert query nothing", "alert query Disk word", "alert query Disk node=\"n1", "alert query word{ a=b",
    "silence query Disk word", "silence query -q Disk word=",
    "alert query -o extended --date.format=2006-01-02T15:04:05Z07:00", "alert query node{2}|newer", "alert query -r (",
    "silence", "silence query", "silence query -o extended", "silence query -o json|newer", "silence query -q", "silence -q",
    "silence query Disk", "silence query node=n1", "silence query --within 1h", "silence query --within 100000h",
    "silence query --expired", "silence query --created-by me", "silence query --created-by nobody", "silence query --id none|newer",
    "silence query --within x", "silence --within=1d|newer",
    "cluster", "cluster show", "cluster show -o extended", "cluster show -o json",
    "config", "config show", "config show -o json", "config routes|newer", "config routes show|newer", "config routes test team=x|newer",
    "config routes test team=x sev=a z=1|newer", "config routes test --tree team=x sev=a z=1|newer", "config routes test|newer",
    "config routes test --verify.receivers=b team=x|newer", "config routes test --verify.receivers=a,b team=x|newer",
    "config routes test --tree --verify.receivers=b,a team=x sev=a z=1|newer", "config routes test word|newer",
    "config routes test team!=x|newer",
]
OFFLINE = [
    "config routes show --config.file=good.yml", "config routes --config.file good.yml test team=y sev=a",
    "config routes test --config.file=none.yml", "check-config good.yml", "check-config good.yml good.yml",
    "check-config templates.yml", "check-config unknown.yml", "check-config undefined.yml good.yml",
    "check-config empty.yml", "check-config none.yml", "foo", "template", "template render", "silence --nope",
    "silence add --end", "-o xml silence", "--timeout=x silence", "-x", "alert query --receiver", "cluster nope",
    "template render --template.glob=none --template.text=x",
    "template render --template.glob=good.tmpl --template.text={{.Receiver}}/{{.Status}}",
    "template render --template.glob=good.tmpl --template.text={{range.Alerts}}{{.Labels}}{{.Fingerprint}}{{end}}|newer",
    "template render --template.glob=good.tmpl --template.text={{template_\"x\"_.}} --template.type=html",
    "template render --template.glob=bad.tmpl --template.text=x",
    "template render --template.glob=good.tmpl --template.text={{.Nope}}",
    "template render --template.glob=good.tmpl --template.text=x --template.type=y",
    "template render --template.glob=good.tmpl --template.data=data.json "
    "--template.text={{.Status}}{{range.Alerts}}{{.StartsAt}}{{.EndsAt}}{{end}}{{.GroupLabels}}{{.CommonLabels.x}}|newer",
    "template render --template.glob=good.tmpl --template.data=none.json --template.text=x",
]
FUTURE = "--start=2031-01-01T00:00:00Z --end=2032-01-01T00:00:00Z"
# Each tool changes a server of its own. $ID is the first silence, $NONE an id that nobody has.
CHANGES = [
    "alert add Disk node=n1 --annotation=summary=full --start=2026-01-01T00:00:00Z --end=2033-01-01T00:00:00Z",
    "alert add alertname=Net team=x --generator-url=http://g/x --start=2026-01-02T00:00:00+08:00 --end=2033-01-01T00:00:00Z",
    "alert add", "alert add node=~n|newer", "alert add a --annotation=b", "alert add a --start=b", "alert add x y",
    "silence add Disk node=n1 -c why -a me " + FUTURE, "silence add node=~n. team!=x -c why -a you " + FUTURE,
    "silence add", "silence add x", "silence add x y -c z", "silence add x -c y --start z", "silence add x -c y -d z",
    "silence add x -c y -d 0s", "silence add x -c y --start 2031-01-01T00:00:00Z --end 2030-01-01T00:00:00Z",
    "silence add x -c y --start 2021-01-01T00:00:00Z --end 2022-01-01T00:00:00Z", "silence add a=~.* -c y -a z",
    "silence update $ID -c other -d 2d", "silence update $ID -o json -c other|newer", "silence update",
    "silence update $NONE -c x", "silence update $ID --end=2030-01-01T00:00:00Z", "silence update $ID -d x",
    "silence query -o extended", "silence expire", "silence expire $NONE", "silence expire $ID", "silence query -q",
]
NONE = "2b1a6f10-6f2b-4a5e-9d59-3f7b9c4b0000"
# Ends that were written down are whole seconds of the thirties or later; others may be the time of a change.
TIMES = re.compile(r'"(updatedAt|startsAt|uptime)":"[^"]*"|"endsAt":"(202[0-9]-[^"]*|[^"]*(?<!\.000)Z)"')
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def is_newer():
    """Whether the amtool at hand is one of the versions whose behaviour we promise."""
    text = subprocess.run([AMTOOL, "--version"], capture_output=True, text=True, check=True)
    version = re.search(r"version (\d+)\.(\d+)", text.stdout + text.stderr)
    return (int(version[1]), int(version[2])) >= (0, 33)


class Ctl(Case):
    def setUp(self):
        super().setUp()
        self.newer = is_newer()
        self.compared = 0
        self.changing = False
        with open(RECORDED, encoding="utf-8") as f:
            self.recorded = json.load(f)
        for name, text in FILES.items():
            with open(os.path.join(self.home, name), "w", encoding="utf-8") as f:
                f.write(text)

    def run_tool(self, tool, args, stdin=""):
        env = dict(os.environ, HOME=self.home, TZ="UTC")
        done = subprocess.run([tool, *args], capture_output=True, text=True, timeout=60, check=False, env=env,
                              cwd=self.home, input=stdin)
        self.assertNotIn("Sanitizer", done.stderr)
        # amtool logs to standard output when it falls back to the old grammar of matchers
        out = "".join(line for line in done.stdout.splitlines(True) if "source=parse.go" not in line)
        return done.returncode, out, done.stderr

    def args(self, words, url=None, amtool=False):
        words = words.split("|")[0]
        given = [w.replace("_", " ") if "{{" in w else w for w in words.split(" ")]
        front = ["--alertmanager.url=" + url] if url else []
        return front + (["--no-version-check"] if amtool and self.newer else []) + given

    def compare(self, words, ours, theirs):
        """Both are (status, standard output, standard error); `theirs` is not called when the judge is too old."""
        ours = ours()
        if not words.endswith("|newer") or self.newer:
            judged = theirs()
            judged = [judged[0], self.normal(judged[1])]
            if words.endswith("|newer"):
                self.recorded[words] = judged
        else:
            judged = self.recorded[words]
        with self.subTest(words):
            self.compared += 1
            self.assertEqual([ours[0], self.normal(ours[1])], judged, "\nour errors: " + ours[2])
            self.assertEqual(ours[2] == "", ours[0] == 0 or "WARNING" in ours[1], ours[2])

    def tearDown(self):
        if self.newer and os.environ.get("RECORD"):
            with open(RECORDED, "w", encoding="utf-8") as f:
                json.dump(self.recorded, f, indent=1, sort_keys=True, ensure_ascii=False)
                f.write("\n")
        super().tearDown()

    def normal(self, text):
        """Without ids and without the time at which something was done."""
        text = TIMES.sub("", UUID.sub("ID", text))
        return re.sub(r"20[23][0-9]-[0-9-]* [0-9:]* UTC", "TIME", text) if self.changing else text

    def fill(self, router):
        day = {"startsAt": "2026-01-01T00:00:00Z", "endsAt": "2033-01-01T00:00:00Z"}
        router.post_alerts(
            {"labels": {"alertname": "Disk", "node": "n1"}, "annotations": {"summary": "Größe <voll>"}, **day},
            {"labels": {"alertname": "Disk", "node": "n22"}, "generatorURL": "http://g/x?a=b&c=d", **day},
            {"labels": {"alertname": "Net", "team": "x", "sev": "a"}, "startsAt": "2026-01-02T00:00:00+08:00",
             "endsAt": "2033-01-01T00:00:00.5Z"})
        for number, name in enumerate(("Disk", "Net", "Later")):
            answer = router.request("POST", "/api/v2/silences", {
                "matchers": [{"name": "alertname", "value": name, "isRegex": name == "Net", "isEqual": True},
                             {"name": "node", "value": "n1", "isRegex": False, "isEqual": name != "Later"}],
                "createdBy": "me", "comment": "number %d" % number, "annotations": {"a": "b"},
                "startsAt": "2031-01-0%dT00:00:00Z" % (1 + number), "endsAt": "203%d-01-01T00:00:00Z" % (6 - number)})
            self.assertEqual(answer.status, 200, answer.body)

    def test_queries_print_the_same(self):
        router = self.router(CONFIG)
        self.fill(router)
        for words in QUERIES:
            self.compare(words, lambda: self.run_tool(TOCSINCTL, self.args(words, router.url)),
                         lambda: self.run_tool(AMTOOL, self.args(words, router.url, True)))
        self.assertGreater(self.compared, 45)

    def test_commands_without_a_server_print_the_same(self):
        for words in OFFLINE:
            self.compare(words, lambda: self.run_tool(TOCSINCTL, self.args(words)),
                         lambda: self.run_tool(AMTOOL, self.args(words)))
        for text in (FILES["good.yml"], FILES["unknown.yml"]):
            self.compare("check-config", lambda: self.run_tool(TOCSINCTL, ["check-config"], text),
                         lambda: self.run_tool(AMTOOL, ["check-config"], text))
        self.assertGreater(self.compared, 25)

    def test_changes_have_the_same_effect(self):
        """One server for each tool; what they print may differ in ids and in the time of the change."""
        servers = {tool: self.router(CONFIG, name=name) for tool, name in ((TOCSINCTL, "ours"), (AMTOOL, "theirs"))}
        self.changing = True
        first = dict.fromkeys(servers, NONE)

        def change(tool, words):
            told = words.replace("$ID", first[tool]).replace("$NONE", NONE)
            done = self.run_tool(tool, self.args(told, servers[tool].url, tool == AMTOOL))
            made = UUID.search(done[1])
            if made and first[tool] == NONE:
                first[tool] = made[0]
            return done

        for words in CHANGES:
            self.compare(words, lambda: change(TOCSINCTL, words), lambda: change(AMTOOL, words))
        for path in ("/api/v2/alerts", "/api/v2/silences"):
            ours, theirs = (self.normal(s.request("GET", path).body.decode()) for s in servers.values())
            self.assertEqual(ours, theirs)
        self.assertGreater(self.compared, 25)

    def test_import_takes_what_query_prints(self):
        """C-133: known ids are kept, unknown ones made anew; --force makes all anew."""
        full, empty = self.router(CONFIG, name="full"), self.router(CONFIG, name="empty")
        self.fill(full)
        _, exported, _ = self.run_tool(TOCSINCTL, self.args("silence query -o json", full.url))
        for tool, url in ((TOCSINCTL, empty.url), (AMTOOL, empty.url), (TOCSINCTL, full.url)):
            status, out, err = self.run_tool(tool, self.args("silence import", url), exported)
            self.assertEqual((status, len(UUID.findall(out))), (0, 3), out + err)
        self.assertEqual(len(full.get("/api/v2/silences")), 3)
        self.assertEqual(len(empty.get("/api/v2/silences")), 6)
        status, out, _ = self.run_tool(TOCSINCTL, self.args("silence import --force", full.url), exported)
        self.assertEqual((status, len(full.get("/api/v2/silences"))), (0, 6), out)
        status, _, err = self.run_tool(TOCSINCTL, self.args("silence import", full.url), "{")
        self.assertEqual(status, 1)
        self.assertIn("couldn't unmarshal input data, is it JSON?", err)

    def test_settings_files_give_defaults(self):
        """C-127: our file before amtool's, the command line before both; the old name of require-comment."""
        router = self.router(CONFIG)
        for folder, text in (("tocsinctl", "alertmanager.url: %s\n" % router.url),
                             ("amtool", "alertmanager.url: http://127.0.0.1:1\noutput: json\nauthor: filed\n"
                                        "comment_required: false\nunknown: 1\n")):
            os.makedirs(os.path.join(self.home, ".config", folder))
            with open(os.path.join(self.home, ".config", folder, "config.yml"), "w", encoding="utf-8") as f:
                f.write(text)
        status, out, err = self.run_tool(TOCSINCTL, ["silence", "add", "x"])
        self.assertEqual((status, err), (0, ""))
        silence = json.loads(self.run_tool(TOCSINCTL, ["silence"])[1])[0]
        self.assertEqual((silence["id"], silence["createdBy"]), (out.strip(), "filed"))
        self.assertTrue(self.run_tool(TOCSINCTL, ["silence", "-o", "simple"])[1].startswith("ID "))
        with open(os.path.join(self.home, ".config", "tocsinctl", "config.yml"), "w", encoding="utf-8") as f:
            f.write("a: [\n")
        status, _, err = self.run_tool(TOCSINCTL, ["silence"])
        self.assertEqual(status, 1)
        self.assertIn("could not load config file", err)

    def test_errors_say_what_and_where(self):
        """C-128: one line on standard error, exit status 1."""
        for args, text in ((["alert"], "required flag --alertmanager.url not provided"),
                           (["config", "routes"], "You have to specify one of --config.file or --alertmanager.url"),
                           (["--alertmanager.url=http://127.0.0.1:1", "alert"], "127.0.0.1"),
                           (["--alertmanager.url=ftp://x", "alert"], 'unsupported scheme "ftp"'),
                           (["--alertmanager.url=http://u:geheim@127.0.0.1:1", "alert"], "127.0.0.1")):
            status, out, err = self.run_tool(TOCSINCTL, args)
            self.assertEqual((status, out, err.count("\n")), (1, "", 1), err)
            self.assertTrue(err.startswith("tocsinctl: error: "), err)
            self.assertIn(text, err)
            self.assertNotIn("geheim", err)

    def test_output_that_cannot_be_written_is_an_error(self):
        with open("/dev/full", "w", encoding="utf-8") as full:
            done = subprocess.run([TOCSINCTL, "check-config", os.path.join(self.home, "good.yml")], stdout=full,
                                  stderr=subprocess.PIPE, text=True, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("No space left on device", done.stderr)
