"""The packages' services alive on one bare Debian, started as their units say but for systemd itself: from the first boot to a program
that two users run, one of whom has to be let in first. Needs root."""

import os
import re
import shutil
import unittest

from machine import PACKAGES, Machine

PROGRAM = os.environ["PENSTOCK_PROGRAM"]

FIRST_BOOT = """
sed -i 's/^names =.*/names = 127.0.0.1/' /etc/penstock/appliance-init.properties
sed -i -E 's/^#([a-z-]+ =)/\\1/' /etc/penstock/appliance.properties
echo 'gpus = software:1' >>/etc/penstock/gpu-server.properties
"""

SCRIPT = """
set -eu
{first_boot}
wait_for() {{ local end=$((SECONDS + 60)); while [ $SECONDS -lt $end ]; do if eval "$1"; then return 0; fi; sleep 0.1; done; echo "not within 60 s: $1"; cat /tmp/*.log; exit 98; }}
bash -c '{appliance}' >/tmp/appliance.log 2>&1 &
wait_for 'test -e /var/lib/penstock/appliance/endpoint.json'
token() {{ penstock-appliance token create --quiet --kind "$1"; }}

# The GPU server's identity as penstock-enroll leaves it, then the server, which takes it over.
penstock-gpu-server enroll --state /tmp/fetched https://127.0.0.1:7443 "$(token server)"
cp /tmp/fetched/identity/* /var/lib/penstock/server/
chgrp penstock-server /var/lib/penstock/server/*
chmod 640 /var/lib/penstock/server/*
bash -c '{server}' >/tmp/server.log 2>&1 &
wait_for 'test -e /var/lib/penstock/gpu-server/endpoint.json'

# The machine's identity as a client, by root for all.
penstock enroll --machine https://127.0.0.1:7443 "$(token client)"
bash -c '{enroll}' >/tmp/enroll.log 2>&1 &

useradd --create-home --groups penstock alice
useradd --create-home bob
wait_for 'runuser -u alice -- penstock list | grep -qi software'
echo "=== list"; runuser -u alice -- penstock list
echo "=== alice"; runuser -u alice -- penstock run -n 1 -- /tmp/program && echo "status 0"
echo "=== bob"; runuser -u bob -- penstock run -n 1 -- /tmp/program || echo "status $?"
echo "=== mended"; usermod -a -G penstock bob; runuser -u bob -- penstock run -n 1 -- /tmp/program && echo "status 0"
echo "=== key"; runuser -u bob -- cat /var/lib/penstock/server/key.pem /var/lib/penstock/appliance/admin.token || true
echo "=== who"; ps_user() {{ for each in /proc/[0-9]*; do if tr '\\0' ' ' 2>/dev/null <$each/cmdline | grep -q "$1"; then stat -c %U $each; fi; done | sort -u; }}
echo "appliance: $(ps_user 'io.penstock.applianc[e].Main serve')"
echo "server: $(ps_user 'io.penstock.gpuserver.Mai[n] serve')"
echo "=== modes"; stat -c '%A %U %G %n' /var/lib/penstock/client/* /var/lib/penstock/gpu-server/identity/key.pem
echo "=== taken twice"; runuser -u penstock-server -- env STATE_DIRECTORY=/var/lib/penstock/gpu-server sh -x /usr/lib/penstock/bin/take-server-identity
wait_for 'grep -q open-vm-tools /tmp/enroll.log'
echo "=== enroll"; cat /tmp/enroll.log
printf '#!/bin/sh\\necho No value found; exit 1\\n' >/usr/bin/vmtoolsd; chmod 755 /usr/bin/vmtoolsd
wait_for 'grep -q "waiting for an offer" /tmp/enroll.log'
echo "=== end"
for each in /proc/[0-9]*; do if tr '\\0' ' ' 2>/dev/null <$each/cmdline | grep -q 'runtime/bin/jav[a]'; then kill -TERM "${{each#/proc/}}" 2>/dev/null || true; fi; done
wait_for '! ls /proc/[0-9]*/exe -l 2>/dev/null | grep -q runtime/bin/java'
wait_for 'test ! -e /var/lib/penstock/appliance/endpoint.json'
echo "=== stopped"
"""


class Life(unittest.TestCase):
    """One run of everything; each test reads its part of what was printed."""

    @classmethod
    def setUpClass(cls):
        machine = Machine()
        machine.install(*PACKAGES)
        shutil.copy(PROGRAM, machine.path("/tmp/program"))
        script = SCRIPT.format(
            first_boot=FIRST_BOOT,
            appliance=machine.starting("penstock-appliance.service"),
            server=machine.starting("penstock-gpu-server.service"),
            enroll=machine.starting("penstock-enroll.service"),
        )
        cls.printed = machine.run(script)

    def part(self, title):
        return re.search(rf"^=== {title}\n(.*?)(?=^=== |\Z)", self.printed, re.DOTALL | re.MULTILINE).group(1)

    def test_the_pool_has_its_gpu(self):
        self.assertRegex(self.part("list"), r"(?i)software")

    def test_a_member_of_the_group_runs_a_program(self):
        self.assertIn("status 0", self.part("alice"))

    def test_a_stranger_is_told_the_command_that_mends_it(self):
        self.assertIn("user bob has no identity and is not in the group penstock", self.part("bob"))
        self.assertIn("usermod -a -G penstock bob", self.part("bob"))
        self.assertIn("status 118", self.part("bob"))

    def test_that_command_mends_it(self):
        self.assertIn("status 0", self.part("mended"))

    def test_a_member_of_the_group_reads_no_other_key(self):
        self.assertEqual(2, self.part("key").count("Permission denied"), self.part("key"))

    def test_services_run_as_their_own_users(self):
        self.assertEqual("appliance: penstock-appliance\nserver: penstock-server\n", self.part("who"))

    def test_keys_are_for_those_who_use_them(self):
        modes = self.part("modes")
        self.assertIn("-rw-r----- root penstock /var/lib/penstock/client/key.pem", modes)
        self.assertIn("-rw------- penstock-server penstock-server /var/lib/penstock/gpu-server/identity/key.pem", modes)

    def test_an_identity_is_taken_over_once(self):
        self.assertNotIn("mv ", self.part("taken twice"))
        self.assertIn("exit 0", self.part("taken twice"))

    def test_the_guest_service_says_what_is_missing(self):
        self.assertIn("there is no /usr/bin/vmtoolsd; install open-vm-tools", self.part("enroll"))

    def test_everything_ends_when_it_is_told_to(self):
        self.assertEqual("", self.part("stopped"))


if __name__ == "__main__":
    unittest.main()
