"""The Debian packages on a bare Debian: what they bring, what an upgrade keeps, what a purge leaves. Needs root."""

import pathlib
import re
import subprocess
import tempfile
import unittest

from machine import PACKAGES, UNITS, Machine, deb

SERVICES = {
    "penstock-enroll.service": "root",
    "penstock-gpu-server.service": "penstock-server",
    "penstock-appliance.service": "penstock-appliance",
}
# What systemd counts of what a service could still do, from 0 to 100; without any hardening it is above 90.
EXPOSURE_MAX = {"penstock-enroll.service": 40, "penstock-gpu-server.service": 45, "penstock-appliance.service": 35}


def older(folder):
    """The same packages as version 0.0.9, with a file that the new ones lack and another default in one configuration file."""
    for package in PACKAGES:
        stage = pathlib.Path(folder, package)
        subprocess.run(["dpkg-deb", "--raw-extract", deb(package), stage], check=True)
        control = stage / "DEBIAN/control"
        version = re.search(r"^Version: (.*)$", control.read_text(), re.MULTILINE).group(1)
        control.write_text(control.read_text().replace(version, "0.0.9"))
        if package == "penstock-common":
            (stage / "usr/lib/penstock/lib/gone.jar").write_text("")
        if package == "penstock-server":
            settings = stage / "etc/penstock/gpu-server.properties"
            settings.write_text(settings.read_text().replace("#port = 7441", "#port = 1"))
        subprocess.run(
            ["dpkg-deb", "--root-owner-group", "-Znone", "--build", stage, pathlib.Path(folder, f"{package}_0.0.9_amd64.deb")],
            check=True,
            stdout=subprocess.DEVNULL,
        )


class Content(unittest.TestCase):
    """What is in the files, without installing them."""

    def test_everything_is_roots_and_nobody_else_may_write_it(self):
        for package in PACKAGES:
            listing = subprocess.run(["dpkg-deb", "--contents", deb(package)], capture_output=True, text=True, check=True).stdout
            for line in listing.splitlines():
                self.assertRegex(line, r"^(-rw-r--r--|-rwxr-xr-x|drwxr-xr-x|lrwxrwxrwx) root/root ", package)

    def test_no_file_is_in_two_packages(self):
        seen = {}
        for package in PACKAGES:
            listing = subprocess.run(["dpkg-deb", "--fsys-tarfile", deb(package)], capture_output=True, check=True).stdout
            names = subprocess.run(["tar", "--list"], input=listing, capture_output=True, check=True).stdout.decode().splitlines()
            for name in names:
                if not name.endswith("/"):
                    self.assertNotIn(name, seen)
                    seen[name] = package
        self.assertIn("./usr/lib/penstock/runtime/bin/java", seen)

    def test_each_configuration_file_is_a_conffile(self):
        for package in PACKAGES:
            with tempfile.TemporaryDirectory() as folder:
                subprocess.run(["dpkg-deb", "--raw-extract", deb(package), folder], check=True)
                root = pathlib.Path(folder)
                conffiles = root / "DEBIAN/conffiles"
                listed = conffiles.read_text().splitlines() if conffiles.exists() else []
                there = sorted("/" + str(file.relative_to(root)) for file in root.glob("etc/**/*") if file.is_file())
                self.assertEqual(there, listed, package)


class Installed(unittest.TestCase):
    """All four on one machine, as they are after dpkg."""

    @classmethod
    def setUpClass(cls):
        cls.machine = Machine()
        cls.before = cls.machine.files()
        cls.machine.install(*PACKAGES)

    def test_commands_are_on_the_path(self):
        self.assertIn("Penstock ", self.machine.run("penstock version"))
        self.assertIn("penstock-appliance", self.machine.run("penstock-appliance --help"))
        self.assertIn("penstock-gpu-server", self.machine.run("penstock-gpu-server --help"))

    def test_classes_made_ready_are_used_where_they_were_installed(self):
        self.assertTrue(self.machine.path("/usr/lib/penstock/lib/penstock.jsa").exists())
        # -Xshare:on ends a Java that cannot use them; one that may do without says nothing
        for command in ("penstock version", "penstock-appliance --help", "penstock-gpu-server --help", "/usr/lib/penstock/bin/penstock-enroll --help"):
            self.assertIn("enstock", self.machine.run(f"JDK_JAVA_OPTIONS=-Xshare:on {command}"))

    def test_classes_that_do_not_fit_would_be_seen(self):
        broken = self.machine.path("/usr/lib/penstock/lib/penstock.jsa")
        whole = broken.read_bytes()
        self.addCleanup(broken.write_bytes, whole)
        broken.write_bytes(whole[:4096])
        self.machine.run("JDK_JAVA_OPTIONS=-Xshare:on penstock version", status=1)

    def test_state_folders_are_for_those_who_need_them(self):
        stated = self.machine.run("stat -c '%A %U %G %n' /var/lib/penstock /var/lib/penstock/*").splitlines()
        self.assertEqual(
            [
                "drwxr-xr-x root root /var/lib/penstock",
                "drwx------ penstock-appliance penstock-appliance /var/lib/penstock/appliance",
                "drwxr-x--- root penstock /var/lib/penstock/client",
                "drwx------ penstock-server penstock-server /var/lib/penstock/gpu-server",
                "drwxr-x--- root penstock-server /var/lib/penstock/server",
            ],
            stated,
        )

    def test_root_who_would_lock_a_service_out_is_told_what_to_run_instead(self):
        said = self.machine.run("penstock-appliance token create --kind client", status=1)
        self.assertRegex(said, "there is no appliance in /var/lib/penstock/appliance; .* systemctl start penstock-appliance")
        said = self.machine.run("penstock-appliance init --name pool", status=1)
        self.assertIn("runuser -u penstock-appliance -- penstock-appliance init --state /var/lib/penstock/appliance", said)
        said = self.machine.run("penstock-gpu-server serve", status=1)
        self.assertIn("runuser -u penstock-server -- penstock-gpu-server serve", said)
        strangers = self.machine.run("find /var/lib/penstock/appliance /var/lib/penstock/gpu-server -user root -not -type l")
        self.assertEqual("", strangers)

    def test_units_are_valid_and_enabled(self):
        units = sorted(path.name for path in self.machine.path(UNITS).glob("penstock-*"))
        self.assertEqual(5, len(units), units)
        printed = self.machine.run(f"cd /{UNITS} && systemd-analyze verify {' '.join(units)} 2>&1")
        self.assertEqual([], [line for line in printed.splitlines() if "penstock" in line])
        for unit in (*SERVICES, "penstock-gpu-server-enrolled.path"):
            self.assertEqual("enabled", self.machine.run(f"systemctl is-enabled {unit}").strip(), unit)

    def test_a_mistake_in_a_unit_would_be_seen(self):
        wrong = self.machine.path(f"{UNITS}/penstock-wrong.service")
        wrong.write_text("[Service]\nExecStart=/usr/lib/penstock/bin/no-such-command\nProtektSystem=yes\n")
        self.addCleanup(wrong.unlink)
        printed = self.machine.run(f"cd /{UNITS} && systemd-analyze verify penstock-wrong.service 2>&1", status=None)
        self.assertIn("penstock-wrong.service", printed)

    def test_services_have_users_of_their_own_and_little_that_they_could_do(self):
        for service, user in SERVICES.items():
            self.assertEqual(user, self.machine.unit(service).get("User", ["root"])[0])
            printed = self.machine.run(f"systemd-analyze security --offline=yes --no-pager --threshold={EXPOSURE_MAX[service]} {service}", status=None)
            exposure = re.search(r"Overall exposure level for \S+: ([0-9.]+)", printed)
            self.assertIsNotNone(exposure, printed)
            self.assertLessEqual(float(exposure.group(1)) * 10, EXPOSURE_MAX[service], printed)

    def test_every_key_that_a_configuration_file_shows_is_one(self):
        for name, command in (
            ("gpu-server", "runuser -u penstock-server -- penstock-gpu-server serve --config {} --state /var/lib/penstock/gpu-server"),
            ("enroll", "/usr/lib/penstock/bin/penstock-enroll --config {} & sleep 4; kill $!; wait"),
        ):
            file = self.machine.path(f"/tmp/{name}.properties")
            text = self.machine.path(f"/etc/penstock/{name}.properties").read_text()
            keys = re.sub(r"^#([a-z.-]+ =)", r"\1", text, flags=re.MULTILINE)
            self.assertGreater(len(re.findall(r"^[a-z.-]+ =", keys, re.MULTILINE)), 3)
            file.write_text(keys)
            printed = self.machine.run(command.format(f"/tmp/{name}.properties"), status=None)
            self.assertRegex(printed, "not enrolled|no offer can be looked for", name)
            file.write_text(keys + "no-such-key = 1\n")
            printed = self.machine.run(command.format(f"/tmp/{name}.properties"), status=None)
            self.assertIn("no-such-key", printed)


class WithSettings(unittest.TestCase):
    """On a machine where somebody wrote settings before the packages came."""

    SETTINGS = {"appliance": "port = 8443\n", "appliance-init": "names = pool.example\n", "enroll": "name = mine\n", "gpu-server": "gpus = software:1\n"}

    @classmethod
    def setUpClass(cls):
        cls.machine = Machine()
        cls.before = cls.machine.files()
        cls.machine.path("/etc/penstock").mkdir()
        for name, text in cls.SETTINGS.items():
            cls.machine.path(f"/etc/penstock/{name}.properties").write_text(text)
        cls.machine.path("/etc/penstock/gpu-server.properties").chmod(0o640)
        cls.printed = cls.machine.install(*PACKAGES)

    def test_nobody_is_asked_whose_settings_count(self):
        self.assertNotIn("onfiguration file", self.printed)

    def test_they_count_as_they_are(self):
        for name, text in self.SETTINGS.items():
            self.assertEqual(text, self.machine.path(f"/etc/penstock/{name}.properties").read_text())
        self.assertEqual(0o100640, self.machine.path("/etc/penstock/gpu-server.properties").stat().st_mode)
        made = self.machine.run("runuser -u penstock-appliance -- penstock-appliance init --once --config /etc/penstock/appliance-init.properties --state /var/lib/penstock/appliance")
        self.assertIn("reached as pool.example", made)

    def test_when_purged_nothing_is_left_of_them(self):
        # The last of the class, by its name.
        self.machine.purge(*reversed(PACKAGES))
        self.assertEqual([], [name for name in self.machine.files() if "penstock" in name and name not in self.before])


class Upgraded(unittest.TestCase):
    """From an older version, with what an administrator changed meanwhile."""

    @classmethod
    def setUpClass(cls):
        cls.machine = Machine()
        with tempfile.TemporaryDirectory() as folder:
            older(folder)
            cls.machine.install(*PACKAGES, folder=folder)
        assert cls.machine.path("/usr/lib/penstock/lib/gone.jar").exists()
        cls.machine.path("/etc/penstock/enroll.properties").write_text("name = mine\n")
        cls.machine.run("systemctl disable penstock-gpu-server.service; usermod -a -G penstock games")
        cls.machine.path("/var/lib/penstock/client/identity.json").write_text("{}")
        cls.machine.install(*PACKAGES)

    def test_the_new_version_is_there_whole(self):
        versions = set(self.machine.run("dpkg-query -W -f '${Version} ${Status}\\n' 'penstock-*'").splitlines())
        self.assertEqual(1, len(versions), versions)
        self.assertTrue(versions.pop().endswith(" install ok installed"))
        self.assertFalse(self.machine.path("/usr/lib/penstock/lib/gone.jar").exists())
        self.assertEqual("", self.machine.run("dpkg --verify penstock-common penstock-client penstock-appliance | grep -v enroll.properties || true"))

    def test_what_was_changed_is_kept_and_what_was_not_is_new(self):
        self.assertEqual("name = mine\n", self.machine.path("/etc/penstock/enroll.properties").read_text())
        self.assertIn("#port = 7441", self.machine.path("/etc/penstock/gpu-server.properties").read_text())

    def test_what_was_disabled_stays_so(self):
        self.assertEqual("disabled", self.machine.run("systemctl is-enabled penstock-gpu-server.service", status=None).strip())
        self.assertEqual("enabled", self.machine.run("systemctl is-enabled penstock-enroll.service").strip())

    def test_identities_and_members_of_the_group_stay(self):
        self.assertEqual("{}", self.machine.path("/var/lib/penstock/client/identity.json").read_text())
        self.assertIn("games", self.machine.run("getent group penstock"))


class Purged(unittest.TestCase):
    """What is left of them."""

    def test_nothing_is_left_but_accounts(self):
        machine = Machine()
        before = machine.files()
        machine.install(*PACKAGES)
        machine.run(
            "runuser -u penstock-appliance -- penstock-appliance init --once --config /etc/penstock/appliance-init.properties"
            " --state /var/lib/penstock/appliance && mkdir -p /var/lib/penstock/enroll && touch /var/lib/penstock/{enroll,client,server,gpu-server}/left"
        )
        self.assertNotEqual(before, machine.files())
        machine.purge(*reversed(PACKAGES))
        self.assert_same(before, machine.files())
        self.assertIn("penstock-appliance", machine.run("getent passwd"))

    def test_the_order_of_their_going_does_not_matter(self):
        machine = Machine()
        before = machine.files()
        machine.install(*PACKAGES)
        machine.run(f"dpkg --remove {' '.join(PACKAGES)}")
        machine.run("test -d /var/lib/penstock/client && test -e /etc/penstock/appliance.properties")
        for package in PACKAGES:
            machine.purge(package)
        self.assert_same(before, machine.files())

    def test_removed_and_installed_again_is_as_it_was(self):
        machine = Machine()
        machine.install(*PACKAGES)
        machine.run("systemctl disable penstock-appliance.service")
        whole = machine.files()
        machine.run(f"dpkg --remove {' '.join(PACKAGES)}")
        machine.install(*PACKAGES)
        self.assert_same(whole, machine.files())

    def test_a_client_needs_neither_server_nor_appliance(self):
        machine = Machine()
        machine.install("penstock-common", "penstock-client")
        self.assertFalse(machine.path("/usr/bin/penstock-gpu-server").exists())
        self.assertIn("not enrolled", machine.run("penstock list", status=118))

    def assert_same(self, before, after):
        self.assertEqual(set(), set(after) - set(before), "left over")
        self.assertEqual(set(), set(before) - set(after), "taken away")
        self.assertEqual([], [name for name in before if before[name] != after[name]], "changed")


if __name__ == "__main__":
    unittest.main()
