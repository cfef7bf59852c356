"""The packages alive on a booted Debian, under the units as they are: a VM is enabled in a (simulated) vCenter, its installed service makes it a
client, then a GPU server, without a hand in the guest; two users run a program, one of whom has to be let in first. Needs root."""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import time
import unittest

from booted import Booted
from machine import PACKAGES

PROGRAM = os.environ["PENSTOCK_PROGRAM"]
VCSIM = os.environ["PENSTOCK_VCSIM"]
ADMINISTRATOR, SERVICE = "administrator@vsphere.local", "penstock@vsphere.local"
FIXTURE = {
    "hosts": [
        {"name": "esx1", "gpus": [{"id": "0000:3b:00.0", "name": "NVIDIA A100", "deviceId": 0x20B0, "memoryMiB": 40960, "passthrough": "on"}]}
    ],
    "vms": [{"name": "ml1"}, {"name": "gpu1", "gpus": [{"passthrough": "0000:3b:00.0"}]}],
    "users": [{"name": ADMINISTRATOR, "password": "first", "role": "Admin"}, {"name": SERVICE, "password": "second"}],
    "apiVersion": "8.0.3.0",
}
# Its VM's guestinfo is all that the guest has of the vCenter. What a VM is changes for the second half: one machine plays both.
VMTOOLSD = '#!/bin/sh\nexec /usr/local/bin/vcsim vmtoolsd /etc/station.json "$@"\n'


class Life(unittest.TestCase):
    """One story, told once; each test looks at a part of it."""

    @classmethod
    def setUpClass(cls):
        cls.machine = machine = Booted()
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        machine.install(*PACKAGES)
        shutil.copy(PROGRAM, machine.path("/usr/local/bin/program"))
        shutil.copy(VCSIM, machine.path("/usr/local/bin/vcsim"))
        cls.first_boot()
        machine.boot()
        cls.addClassCleanup(machine.power_off)
        machine.wait_for(machine.path("/var/lib/penstock/appliance/endpoint.json").exists, "an appliance that listens")
        cls.before = {unit: machine.active(unit) for unit in ("penstock-gpu-server.service", "penstock-gpu-server-enrolled.path")}
        cls.start_vcenter(pathlib.Path(folder.name))
        cls.client = cls.let_in("ml1", "client")
        cls.server = cls.let_in("gpu1", "server")
        cls.run_programs()

    @classmethod
    def first_boot(cls):
        """What the first boot of an OVA writes."""
        names = cls.machine.path("/etc/penstock/appliance-init.properties")
        names.write_text(names.read_text().replace("names =\n", "names = 127.0.0.1\n"))
        with cls.machine.path("/etc/penstock/gpu-server.properties").open("a") as settings:
            settings.write("gpus = software:1\n")
        with cls.machine.path("/etc/penstock/enroll.properties").open("a") as settings:
            settings.write("look-every = 1s\n")

    @classmethod
    def start_vcenter(cls, folder):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=vc", "-addext", "subjectAltName=IP:127.0.0.1"]
            + ["-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
            check=True,
            stderr=subprocess.DEVNULL,
        )
        (folder / "fixture.json").write_text(json.dumps(FIXTURE))
        vcsim = cls.machine.beside(VCSIM, "-cert", folder / "cert.pem", "-key", folder / "key.pem", "-fixture", folder / "fixture.json")
        cls.addClassCleanup(vcsim.communicate)
        cls.vcenter = json.loads(vcsim.stdout.readline())["vcenter"]
        host, port = cls.vcenter.rsplit(":", 1)
        shown = cls.machine.rest("POST", "/v1/vcenters/certificate", {"host": host, "port": int(port)})
        accounts = {"user": ADMINISTRATOR, "password": "first", "serviceUser": SERVICE, "servicePassword": "second"}
        cls.vcenter_id = cls.machine.rest(
            "POST", "/v1/vcenters", {"host": host, "port": int(port), "thumbprint": shown["sha256"], **accounts}, status=201
        )["id"]
        cls.machine.wait_for(lambda: {"ml1", "gpu1"} <= {vm["name"] for vm in cls.machine.rest("GET", "/v1/vms")["vms"]}, "both VMs in the inventory")

    @classmethod
    def vm(cls, name):
        (found,) = [vm for vm in cls.machine.rest("GET", "/v1/vms")["vms"] if vm["name"] == name]
        return found

    @classmethod
    def let_in(cls, name, kind):
        """Enables a VM, whose guest the machine is from now on; answers the member's id and the seconds it took."""
        station = {"vcenter": cls.vcenter, "user": ADMINISTRATOR, "password": "first", "vm": cls.vm(name)["moref"]}
        cls.machine.path("/etc/station.json").write_text(json.dumps(station))
        tools = cls.machine.path("/usr/bin/vmtoolsd")
        tools.write_text(VMTOOLSD)
        tools.chmod(0o755)
        started = time.monotonic()
        cls.machine.rest("POST", f"/v1/vcenters/{cls.vcenter_id}/vms/{cls.vm(name)['moref']}/enable", {"kind": kind}, status=202)
        cls.machine.wait_for(lambda: cls.vm(name)["handOver"]["state"] == "done", f"{name} let in as {kind}", 90)
        return cls.vm(name)["member"]["id"], time.monotonic() - started

    @classmethod
    def run_programs(cls):
        machine = cls.machine
        machine.wait_for(machine.path("/var/lib/penstock/gpu-server/endpoint.json").exists, "a GPU server that listens")
        machine.inside("useradd --create-home --groups penstock alice && useradd --create-home bob")
        machine.wait_for(lambda: "Software" in machine.inside("runuser -u alice -- penstock list", None), "a GPU in the pool")
        run = "runuser -u {} -- penstock run -n 1 -- /usr/local/bin/program; echo status $?"
        cls.alice = machine.inside(run.format("alice"))
        cls.bob = machine.inside(run.format("bob"))
        machine.inside("usermod -a -G penstock bob")
        cls.mended = machine.inside(run.format("bob"))

    def test_nothing_runs_that_is_not_a_member_yet(self):
        self.assertEqual({"penstock-gpu-server.service": "inactive", "penstock-gpu-server-enrolled.path": "active"}, self.before)

    def test_an_enabled_vm_is_a_client_within_half_a_minute(self):
        self.assertLess(self.client[1], 30)
        identity = json.loads(self.machine.path("/var/lib/penstock/client/identity.json").read_text())
        self.assertEqual(f"penstock://client/{self.client[0]}", identity["name"])

    def test_an_enabled_gpu_vm_serves_without_a_hand_in_it(self):
        identity = json.loads(self.machine.path("/var/lib/penstock/gpu-server/identity/identity.json").read_text())
        self.assertEqual(f"penstock://server/{self.server[0]}", identity["name"])
        self.assertEqual("active", self.machine.active("penstock-gpu-server.service"))

    def test_nothing_is_left_in_guestinfo(self):
        for key in ("offer", "answer"):
            self.machine.wait_for(
                lambda wanted=key: "No value found" in self.machine.inside(f"vmtoolsd --cmd 'info-get guestinfo.penstock.{wanted}'", None), key
            )

    def test_the_guest_service_says_each_change_once(self):
        said = self.machine.inside("journalctl --no-pager -o cat -u penstock-enroll").splitlines()
        self.assertEqual(2, sum("INFO  answered the offer of https://127.0.0.1:7443" in line for line in said), said)
        self.assertEqual(1, sum(f"INFO  enrolled as penstock://client/{self.client[0]} until" in line for line in said), said)
        self.assertEqual(1, sum(f"INFO  enrolled as penstock://server/{self.server[0]} until" in line for line in said), said)
        self.assertLess(len(said), 25, said)

    def test_a_member_of_the_group_runs_a_program(self):
        self.assertIn("status 0", self.alice)
        self.assertIn("equal to the CPU's", self.alice)

    def test_a_stranger_is_told_the_command_that_mends_it_and_it_does(self):
        self.assertIn("user bob has no identity and is not in the group penstock", self.bob)
        self.assertIn("usermod -a -G penstock bob", self.bob)
        self.assertIn("status 118", self.bob)
        self.assertIn("status 0", self.mended)

    def test_a_member_of_the_group_reads_no_other_key(self):
        for file in ("server/key.pem", "gpu-server/identity/key.pem", "appliance/admin.token", "enroll/pending.json"):
            self.assertRegex(self.machine.inside(f"runuser -u alice -- cat /var/lib/penstock/{file}", 1), "Permission denied|No such file")

    def test_keys_are_for_those_who_use_them(self):
        modes = self.machine.inside("stat -c '%A %U %G %n' /var/lib/penstock/{client,server,gpu-server/identity}/key.pem").splitlines()
        self.assertEqual(
            [
                "-rw-r----- root penstock /var/lib/penstock/client/key.pem",
                "-rw-r----- root penstock-server /var/lib/penstock/server/key.pem",
                "-rw------- penstock-server penstock-server /var/lib/penstock/gpu-server/identity/key.pem",
            ],
            modes,
        )

    def test_services_run_as_their_own_users_without_capabilities(self):
        for unit, user in (("penstock-appliance", "penstock-appliance"), ("penstock-gpu-server", "penstock-server"), ("penstock-enroll", "root")):
            pid = self.machine.inside(f"systemctl show --property=MainPID --value {unit}").strip()
            # one that has just been started is systemd's own for a moment
            self.machine.wait_for(lambda pid=pid, user=user: self.machine.inside(f"stat -c %U /proc/{pid}").strip() == user, f"{unit} as {user}", 10)
            status = self.machine.inside(f"cat /proc/{pid}/status")
            self.assertRegex(status, r"NoNewPrivs:\s+1")
            # CAP_NET_BIND_SERVICE is 0x400; CAP_CHOWN is 0x1
            self.assertRegex(status, {"root": r"CapBnd:\s+0+401\n", "penstock-server": r"CapBnd:\s+0+\n"}.get(user, r"CapBnd:\s+0+400\n"))

    def test_an_identity_is_taken_over_once(self):
        before = self.machine.path("/var/lib/penstock/gpu-server/identity/key.pem").stat().st_mtime_ns
        self.machine.inside("systemctl restart penstock-gpu-server")
        self.machine.wait_for(lambda: self.machine.active("penstock-gpu-server.service") == "active", "the server again")
        self.assertEqual(before, self.machine.path("/var/lib/penstock/gpu-server/identity/key.pem").stat().st_mtime_ns)

    def test_tokens_do_it_too(self):
        url = "https://127.0.0.1:7443"
        token = "$(penstock-appliance token create --quiet --kind {})"
        refused = self.machine.inside(f"runuser -u alice -- penstock enroll --machine {url} {token.format('client')}", 125)
        self.assertIn("run this command as root", refused)
        kept = self.machine.inside(f"penstock enroll --machine {url} {token.format('client')}", 2)
        self.assertIn("add --replace", kept)
        enrolled = self.machine.inside(f"penstock enroll --machine --replace {url} {token.format('client')}")
        identity = json.loads(self.machine.path("/var/lib/penstock/client/identity.json").read_text())["name"]
        self.assertIn(f"enrolled as {identity}", enrolled)
        self.assertNotIn(self.client[0], identity)
        self.assertIn("Software", self.machine.inside("runuser -u bob -- penstock list"))
        running = self.machine.inside(f"runuser -u penstock-server -- penstock-gpu-server enroll --replace {url} {token.format('server')}", 1)
        self.assertIn("systemctl stop penstock-gpu-server", running)
        self.machine.inside(f"systemctl stop penstock-gpu-server && runuser -u penstock-server -- penstock-gpu-server enroll --replace {url} {token.format('server')} && systemctl start penstock-gpu-server")
        identity = json.loads(self.machine.path("/var/lib/penstock/gpu-server/identity/identity.json").read_text())["name"]
        self.assertNotIn(self.server[0], identity, "the one from the hand-over is older")

    def test_told_to_end_services_end_well(self):
        for unit in ("penstock-gpu-server", "penstock-enroll", "penstock-appliance"):
            self.machine.inside(f"systemctl stop {unit}")
            self.assertEqual("inactive", self.machine.active(unit), "not failed")

    def test_upgraded_in_the_end_and_purged_it_is_as_if_nothing_had_been(self):
        # The last of the story, by its name.
        machine = self.machine
        machine.install_inside(*PACKAGES)
        for unit in ("penstock-gpu-server", "penstock-enroll", "penstock-appliance"):
            self.assertEqual("active", machine.active(unit), "an upgrade starts what is enabled")
        machine.inside(f"dpkg --purge {' '.join(PACKAGES)}")
        self.assertEqual("", machine.inside("ls -d /usr/lib/penstock /etc/penstock /var/lib/penstock /etc/systemd/system/*/penstock* 2>/dev/null || true"))
        self.assertEqual("", machine.inside("grep -l 'runtime/bin/jav[a]' /proc/[0-9]*/cmdline 2>/dev/null || true"))
        self.assertNotIn("penstock", machine.inside("systemctl list-units --all --plain --no-legend 'penstock*'"))


if __name__ == "__main__":
    unittest.main()
