"""How receivers speak HTTP: redirects, proxies, and secrets in files (C-063, C-072, C-073)."""
import os

from support.fakes import HttpFake, Reply, Webhook
from support.proc import Case, Router

CONFIG = """
route: {receiver: a, group_wait: 0s, group_by: [alertname]}
receivers:
- name: a
  webhook_configs:
  - %s
"""


class Client(Case):
    def start(self, fake):
        fake.start()
        self.addCleanup(fake.stop)
        return fake

    def tell(self, webhook, env=None, name="tocsin"):
        router = self.own(Router(CONFIG % webhook, self.home, name=name))
        router.env = env
        router.start()
        router.post_alerts({"alertname": "first"})
        return router

    def test_credentials_do_not_leave_the_host(self):
        other = self.start(Webhook(host="localhost"))
        first = self.start(HttpFake())
        elsewhere = "http://localhost:%s/there" % other.url.rsplit(":", 1)[1]
        first.script(Reply(307, headers={"Location": "/again"}), Reply(307, headers={"Location": elsewhere}))
        self.tell("{url: '%s/here', http_config: {authorization: {credentials: hidden}}}" % first.url)
        request = other.wait(1)[0]
        self.assertNotIn("authorization", request["headers"], "C-072")
        self.assertEqual([r["headers"].get("authorization") for r in first.requests], ["Bearer hidden"] * 2,
                         "the same host gets them again")

    def test_a_redirect_is_the_answer_when_it_is_not_followed(self):
        first = self.start(HttpFake())
        first.script(Reply(302, headers={"Location": "/again"}))
        router = self.tell("{url: '%s/', http_config: {follow_redirects: false}}" % first.url)
        first.wait(1)
        self.stays("no second request", lambda: len(first.requests) == 1, 0.5)
        self.assertIn("302", router.log())

    def test_a_proxy_of_the_environment_is_used_only_when_asked_for(self):
        hook, proxy = self.start(Webhook()), self.start(Webhook())
        env = {"HTTP_PROXY": proxy.url, "http_proxy": proxy.url}
        self.tell("{url: '%s/x'}" % hook.url, env)
        hook.wait(1)
        self.assertEqual(proxy.requests, [], "C-073")
        self.tell("{url: 'http://nowhere.invalid/x', http_config: {proxy_from_environment: true}}", env, "asking")
        self.assertIn("nowhere.invalid", proxy.wait(1)[0]["headers"]["host"])

    def test_a_file_with_a_secret_is_read_for_every_notification(self):
        hook = self.start(Webhook())
        path = os.path.join(self.home, "token")
        with open(path, "w", encoding="utf-8") as f:
            f.write(" one\n")
        router = self.tell("{url: '%s/', http_config: {authorization: {credentials_file: '%s'}}}" % (hook.url, path))
        hook.wait(1)
        with open(path, "w", encoding="utf-8") as f:
            f.write("two\n")
        router.post_alerts({"alertname": "second"})
        self.assertEqual([r["headers"]["authorization"] for r in hook.wait(2)], ["Bearer one", "Bearer two"], "C-063")
