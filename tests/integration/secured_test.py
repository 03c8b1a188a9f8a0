"""Real clients through TLS and passwords: Prometheus sends and scrapes over HTTP/2, amtool asks."""
import hashlib
import json
import os
import subprocess

from support.fakes import Webhook
from support.mail import make_certificates
from support.proc import Case, Program, Router, find_program, free_port, wait_for

CONFIG = """
route: {{receiver: hook, group_wait: 0s, group_by: [alertname]}}
receivers: [{{name: hook, webhook_configs: [{{url: '{url}'}}]}}]
"""
HASH = "$2b$04$abcdefghijklmnopqrstuuLZYjhNQAOdpbzt4WxWlUHjv1wsyH5DG"  # of s3cret
WEB = """
tls_server_config: {{cert_file: {cert}, key_file: {key}}}
access:
  users: [{{name: ops, role: operator, password: {hash}}}]
  tokens:
  - {{name: prometheus, role: sender, sha256: {send}}}
  - {{name: scraper, role: viewer, sha256: {scrape}}}
"""


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


class Secured(Case):
    def setUp(self):
        super().setUp()
        self.hook = Webhook().start()
        self.addCleanup(self.hook.stop)
        self.ca, cert, key = make_certificates(self.home)
        web = self.write("web.yml", WEB.format(cert=cert, key=key, hash=HASH, send=digest("send-token"), scrape=digest("scrape-token")))
        self.am = self.own(Router(CONFIG.format(url=self.hook.url), self.home, args=["--web.config.file=" + web]))
        super(Router, self.am).start()
        wait_for("it listens", lambda: "Listening on" in self.am.log())

    def write(self, name, text):
        path = os.path.join(self.home, name)
        with open(path, "w", encoding="ascii") as f:
            f.write(text)
        return path

    def test_prometheus(self):
        port = free_port()
        tls = {"ca_file": self.ca, "server_name": "localhost"}
        self.write("rules.yml", json.dumps({"groups": [{"name": "g", "rules": [
            {"alert": "Always", "expr": "vector(1)"}, {"alert": "Scraped", "expr": "up{job='am'} == 1"}]}]}))
        self.write("prometheus.yml", json.dumps({
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"}, "rule_files": ["rules.yml"],
            "alerting": {"alertmanagers": [{
                "scheme": "https", "tls_config": tls, "authorization": {"credentials": "send-token"},
                "static_configs": [{"targets": ["127.0.0.1:%d" % self.am.port]}]}]},
            "scrape_configs": [{
                "job_name": "am", "scheme": "https", "tls_config": tls, "authorization": {"credentials": "scrape-token"},
                "static_configs": [{"targets": ["127.0.0.1:%d" % self.am.port]}]}]}))
        self.own(Program([find_program("prometheus"), "--config.file=prometheus.yml", "--storage.tsdb.path=tsdb",
                          "--rules.alert.resend-delay=1s", "--web.listen-address=127.0.0.1:%d" % port],
                         self.home, "prometheus")).start()
        told = set()

        def both():
            for request in self.hook.requests:
                told.update(a["labels"]["alertname"] for a in request["json"]["alerts"])
            return told == {"Always", "Scraped"}

        wait_for("alerts that Prometheus sent, one of which is about its scrape", both, 30)

    def test_amtool(self):
        http = self.write("http.yml", json.dumps({"basic_auth": {"username": "ops", "password": "s3cret"},
                                                  "tls_config": {"ca_file": self.ca, "server_name": "localhost"}}))
        done = subprocess.run([find_program("amtool"), "--alertmanager.url=https://localhost:%d" % self.am.port,
                               "--http.config.file=" + http, "silence", "add", "a=b", "--comment=c"],
                              capture_output=True, text=True, timeout=30, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
