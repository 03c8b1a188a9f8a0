"""A real mail server: Postfix from a folder of its own, with an mbox file and a greylist that tests control."""
import email.policy
import mailbox
import os
import socket
import socketserver
import subprocess
import tempfile
import threading

from .mail import make_certificates
from .proc import free_port, wait_for

ROOT = [] if os.geteuid() == 0 else ["sudo", "-n"]
USER, PASSWORD, REALM = "tocsin", "s3cret", "tocsin.test"

MAIN = """
compatibility_level = 3.6
queue_directory = {home}/queue
data_directory = {home}/data
maillog_file = {home}/log
maillog_file_prefixes = {home}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mail.tocsin.test
mydestination =
alias_maps =
alias_database =
mynetworks =
virtual_mailbox_domains = example.com
virtual_mailbox_base = {home}/mail
virtual_mailbox_maps = static:inbox
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
smtpd_tls_cert_file = {cert}
smtpd_tls_key_file = {key}
smtpd_tls_security_level = may
smtpd_tls_auth_only = yes
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_recipient_restrictions = check_policy_service inet:127.0.0.1:{policy}
smtpd_client_restrictions =
smtpd_peername_lookup = no
smtpd_sasl_auth_enable = yes
smtpd_sasl_local_domain = {realm}
smtpd_sasl_mechanism_filter = plain, login, cram-md5
cyrus_sasl_config_path = {home}/sasl
"""
SASL = """
pwcheck_method: auxprop
auxprop_plugin: sasldb
sasldb_path: {home}/sasl/db
mech_list: PLAIN LOGIN CRAM-MD5
"""
MASTER = """
{listeners}
cleanup  unix       n - n -     0 cleanup
qmgr     unix       n - n 300   1 qmgr
tlsmgr   unix       - - n 1000? 1 tlsmgr
rewrite  unix       - - n -     - trivial-rewrite
bounce   unix       - - n -     0 bounce
defer    unix       - - n -     0 bounce
trace    unix       - - n -     0 bounce
proxymap unix       - - n -     - proxymap
anvil    unix       - - n -     1 anvil
virtual  unix       - n n -     - virtual
error    unix       - - n -     - error
retry    unix       - - n -     - error
postlog  unix-dgram n - n -     1 postlogd
"""
LISTENERS = {
    "plain": "smtpd_sasl_mechanism_filter=plain",
    "login": "smtpd_sasl_mechanism_filter=login",
    "cram-md5": "smtpd_sasl_mechanism_filter=cram-md5",
    "implicit": "smtpd_tls_wrappermode=yes",
    "clear": "smtpd_tls_security_level=none",
}


class Policy(socketserver.ThreadingTCPServer):
    """What Postfix asks about each recipient: grey@ is told to come back once, slow@ waits until `released`."""
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _PolicyHandler)
        self.port = self.server_address[1]
        self.seen, self.lock, self.released = [], threading.Lock(), threading.Event()
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def answer(self, recipient):
        with self.lock:
            again = recipient in self.seen
            self.seen.append(recipient)
        if recipient.startswith("slow@"):
            self.released.wait(60)
        return "450 4.2.0 greylisted, come back" if recipient.startswith("grey@") and not again else "PERMIT"


class _PolicyHandler(socketserver.StreamRequestHandler):
    def handle(self):
        request = {}
        for line in self.rfile:
            name, _, value = line.decode().rstrip("\n").partition("=")
            if name:
                request[name] = value
                continue
            self.wfile.write(("action=%s\n\n" % self.server.answer(request["recipient"])).encode())
            request = {}


class Postfix:
    """Listens on one port per kind of LISTENERS, for one account; delivers what is for example.com."""

    def __init__(self):
        self.home = tempfile.mkdtemp(prefix="tocsin-postfix-")
        os.chmod(self.home, 0o755)  # its processes are not ours
        for name in ("queue", "data", "mail", "sasl"):
            os.makedirs(os.path.join(self.home, name))
        self.policy = Policy()
        self.ca, cert, key = make_certificates(self.home)
        self.ports = {name: free_port() for name in LISTENERS}
        listeners = "\n".join("127.0.0.1:%d inet n - n - - smtpd -o %s" % (self.ports[name], option)
                              for name, option in LISTENERS.items())
        self._write("main.cf", MAIN.format(home=self.home, cert=cert, key=key, policy=self.policy.port, realm=REALM))
        self._write("master.cf", MASTER.format(listeners=listeners))
        self._write("sasl/smtpd.conf", SASL.format(home=self.home))
        self._run("saslpasswd2", "-c", "-p", "-f", self._path("sasl/db"), "-u", REALM, USER, text=PASSWORD)
        self._run("chown", "-R", "postfix", self._path("data"), self._path("sasl/db"))
        self._run("chown", "nobody", self._path("mail"))
        self._run("chown", "root", self._path("queue"))

    def _path(self, name):
        return os.path.join(self.home, name)

    def _write(self, name, text):
        with open(self._path(name), "w", encoding="ascii") as f:
            f.write(text.lstrip())

    def _run(self, *argv, text=None):
        done = subprocess.run(ROOT + list(argv), input=text, capture_output=True, text=True, timeout=30, check=False,
                              env=dict(os.environ, PATH="/usr/sbin:/usr/bin:/sbin:/bin"))
        if done.returncode != 0:
            raise AssertionError("%s: %s%s\n%s" % (argv, done.stdout, done.stderr, self.log()))

    def log(self):
        done = subprocess.run(ROOT + ["cat", self._path("log")], capture_output=True, text=True, check=False)
        return done.stdout

    def start(self):
        self._run("postfix", "-c", self.home, "start")
        wait_for("Postfix listens", lambda: all(self._answers(p) for p in self.ports.values()))
        return self

    @staticmethod
    def _answers(port):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return True
        except OSError:
            return False

    def stop(self):
        self.policy.released.set()
        self._run("postfix", "-c", self.home, "abort")
        self.policy.shutdown()
        self.policy.server_close()

    def received(self):
        """What is in the mailbox, as messages that Python has parsed."""
        copy = self._path("copy")
        if subprocess.run(ROOT + ["test", "-e", self._path("mail/inbox")], check=False).returncode != 0:
            return []
        self._run("cp", self._path("mail/inbox"), copy)
        self._run("chmod", "644", copy)
        parser = email.message_from_binary_file
        box = mailbox.mbox(copy, factory=lambda f: parser(f, policy=email.policy.default), create=False)
        try:
            return list(box)
        finally:
            box.close()
            os.remove(copy)

    def remove(self):
        """The folder; some of it belongs to root."""
        self._run("rm", "-rf", self.home)
