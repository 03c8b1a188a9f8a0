"""What `cmake --install` lays down, and that it works from there."""
import os
import re
import shutil
import subprocess

from support.proc import Case, TOCSIN

FILES = (
    "bin/tocsin", "bin/tocsinctl", "share/man/man8/tocsin.8", "share/man/man1/tocsinctl.1",
    "share/bash-completion/completions/tocsin", "share/bash-completion/completions/tocsinctl",
    "share/zsh/site-functions/_tocsin", "share/zsh/site-functions/_tocsinctl",
    "share/fish/vendor_completions.d/tocsinctl.fish", "share/tocsin/templates/default.tmpl",
    "share/doc/tocsin/examples/minimal.yml", "lib/systemd/system/tocsin.service", "etc/tocsin/tocsin.yml",
)


class Install(Case):
    def install(self):
        done = subprocess.run(["cmake", "--install", os.path.dirname(TOCSIN), "--prefix", self.home],
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def path(self, name):
        return os.path.join(self.home, name)

    def test_everything_is_there_and_runs(self):
        self.install()
        for name in FILES:
            self.assertGreater(os.path.getsize(self.path(name)), 0, name)
        checked = subprocess.run([self.path("bin/tocsinctl"), "check-config", self.path("etc/tocsin/tocsin.yml")],
                                 capture_output=True, text=True, check=False)
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)
        with open(self.path("lib/systemd/system/tocsin.service"), encoding="utf-8") as f:
            self.assertRegex(f.read(), r"(?m)^ExecStart=/\S+/tocsin --config\.file=/\S+/tocsin\.yml ")

    def test_a_configuration_that_is_there_is_kept(self):
        os.makedirs(self.path("etc/tocsin"))
        with open(self.path("etc/tocsin/tocsin.yml"), "w", encoding="utf-8") as f:
            f.write("mine")
        self.install()
        with open(self.path("etc/tocsin/tocsin.yml"), encoding="utf-8") as f:
            self.assertEqual(f.read(), "mine")

    def complete(self, *words):
        script = 'source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); "_$1"; echo "${COMPREPLY[@]}"'
        done = subprocess.run([shutil.which("bash"), "-c", script,
                               self.path("share/bash-completion/completions/" + words[0]), *words],
                              capture_output=True, text=True, check=True)
        return done.stdout.split()

    def test_bash_completes_commands_and_their_flags(self):
        self.install()
        self.assertEqual(self.complete("tocsinctl", "al"), ["alert"])
        self.assertEqual(self.complete("tocsinctl", "-o", "json", "config", "routes", "t"), ["test"])
        self.assertEqual(sorted(self.complete("tocsinctl", "silence", "add", "--a")),
                         ["--alertmanager.url", "--annotation", "--author"])
        self.assertEqual(self.complete("tocsin", "--storage"), ["--storage.path"])

    def test_manual_pages_name_every_command(self):
        self.install()
        with open(self.path("share/man/man1/tocsinctl.1"), encoding="utf-8") as f:
            page = f.read().replace("\\-", "-")
        listed = subprocess.run([self.path("bin/tocsinctl"), "--help-long"], capture_output=True, text=True, check=True)
        commands = re.findall(r"(?m)^([a-z][a-z -]*?)(?: [\[<-].*)?$", listed.stdout.split("\nCommands:\n")[1])
        self.assertGreater(len(commands), 20)
        for command in commands:
            self.assertTrue(command == "help" or "\\fB%s" % command in page, command)
