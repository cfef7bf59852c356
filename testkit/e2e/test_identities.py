"""What `penstock run --verbose` says of lease and identities is what lies on the machines' disks and in the pool's books."""

import hashlib
import json
import re
import ssl
import unittest

from pool import HOME, PROGRAMS, Pool


def fingerprint(file):
    """SHA-256 of the first certificate of a PEM file."""
    first = re.search(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", file.read_text(), re.DOTALL).group()
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(first)).hexdigest()


class Identities(unittest.TestCase):
    """One server, one client."""

    @classmethod
    def setUpClass(cls):
        cls.pool = Pool()
        cls.addClassCleanup(cls.pool.close)
        cls.client, cls.server = cls.pool.clients[0], cls.pool.servers[0]

    def shown(self, printed, what):
        """Name and fingerprint in each line that says `what` was shown."""
        return re.findall(rf"penstock:   it {what} (.+?), SHA-256 ([0-9a-f]{{64}}),", printed)

    def test_certificates_are_those_on_disk(self):
        printed = self.client.run("penstock", "run", "-v", "-m", 64, "--", "python3", PROGRAMS / "add.py")
        client = json.loads((self.client.state / "client" / "identity.json").read_text())["name"]
        server = json.loads((self.server.state / "identity" / "identity.json").read_text())["name"]
        ours = (client, fingerprint(self.client.state / "client" / "certificate.pem"))
        self.assertEqual([ours, ours], self.shown(printed, "is shown"), "to the server and to the worker")
        (daemon, (worker_name, worker)) = self.shown(printed, "shows")
        self.assertEqual((server, fingerprint(self.server.state / "identity" / "certificate.pem")), daemon)
        self.assertIn("CN=", worker_name)
        self.assertNotIn(worker, (daemon[1], ours[1]), "a worker has a key of its own")
        authority = re.search(r"penstock: authority .*, SHA-256 ([0-9a-f]{64})", printed).group(1)
        self.assertEqual(fingerprint(self.pool.appliance.state / "ca.pem"), authority)
        self.assertEqual(2, len(re.findall(r"connected to .*: TLSv1\.3, TLS_\w+\n", printed)), printed)

    def test_the_lease_is_the_one_in_the_pools_books_and_stands_before_the_program_starts(self):
        printed = self.client.run("penstock", "run", "-v", "-m", 64, "--", HOME / "bin" / "penstock", "list", "--json")
        before, after = printed.split("\n{", 1)
        (status,) = json.loads("{" + after)["leases"]
        lease = re.search(r"lease (\S+): 1 GPU\(s\) of server (\S+) for (\S+), user", before)
        claims = status["claims"]
        self.assertEqual((claims["jti"], claims["sub"]), lease.group(1, 3))
        self.assertRegex(before, rf"GPU 0 is {claims['gpus'][0]['uuid']}, at most 64 MiB of it")
        self.assertIn("connected to server", before)

    def test_without_it_nothing_is_said(self):
        printed = self.client.run("penstock", "run", "--", "python3", PROGRAMS / "add.py")
        self.assertNotIn("penstock:", printed)


if __name__ == "__main__":
    unittest.main()
