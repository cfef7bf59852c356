"""An identity that is replaced: only when that is said, never under programs that use it, and the old member is gone."""

import json
import unittest

from pool import Pool, wait_until


class Replacement(unittest.TestCase):
    """One appliance and one server; each test enrols a machine of its own."""

    @classmethod
    def setUpClass(cls):
        cls.pool = Pool(clients=0)
        cls.addClassCleanup(cls.pool.close)

    def names(self, kind, name):
        """The ids of the members of this kind and name in the appliance's list."""
        listed = json.loads(self.pool.appliance.run("penstock-appliance", kind, "list", "--json"))
        return [member["id"] for member in listed if member["name"] == name]

    def lessees(self):
        """The names of the clients that hold leases."""
        return [lease["client"] for lease in json.loads(self.pool.appliance.run("penstock-appliance", "lease", "list", "--json"))]

    def test_a_good_identity_is_replaced_only_when_that_is_said(self):
        host = self.pool.host("settled", 114)
        host.run("penstock", "enroll", self.pool.url, self.pool.token("client", "settled"))
        token = self.pool.token("client", "moved")
        refused = host.run("penstock", "enroll", self.pool.url, token, status=2)
        self.assertRegex(refused, "enrolled already.*penstock://client/.*--replace")
        host.run("penstock", "list")
        old = self.names("client", "settled")
        program = host.start("penstock", "run", "-n", "1", "-p", "0.1", "--", "sleep", "60", text=True)
        wait_until(lambda: host.name in self.lessees(), 20, "it holds a GPU")
        held = host.run("penstock", "enroll", "--replace", self.pool.url, token, status=125)
        self.assertRegex(held, "programs hold GPUs by .*: lease .*; nothing was changed")
        program.terminate()
        program.wait(20)
        wait_until(lambda: host.name not in self.lessees(), 20, "it holds none")
        self.assertRegex(host.run("penstock", "enroll", "--replace", self.pool.url, token), f"it replaces penstock://client/{old[0]},.*, which is deleted; try")
        self.assertEqual(([], 1), (self.names("client", "settled"), len(self.names("client", "moved"))))
        host.run("penstock", "list")
        again = host.run("penstock", "enroll", "--replace", self.pool.url, token, status=120)
        self.assertRegex(again, "used")
        host.run("penstock", "list")  # what was there is there still

    def test_a_good_server_identity_is_replaced_only_when_that_is_said(self):
        host = self.pool.host("rack", 115)
        host.run("penstock-gpu-server", "enroll", self.pool.url, self.pool.token("server", "rack"))
        token = self.pool.token("server", "rack")
        refused = host.run("penstock-gpu-server", "enroll", self.pool.url, token, status=1)
        self.assertRegex(refused, "enrolled already.*penstock://server/.*--replace")
        host.gpus = ["--gpus", "software:1", "--memory", 64, "--address", "127.0.0.1", "--port", 0]
        self.pool.serve(host)
        wait_until(lambda: len(self.names("server", "rack")) == 1, 20, "the server has introduced itself")
        running = host.run("penstock-gpu-server", "enroll", "--replace", self.pool.url, token, status=1)
        self.assertRegex(running, "a penstock-gpu-server serves from .* nothing was changed. End it first")
        self.assertIn("serves from", host.run("penstock-gpu-server", "serve", *host.gpus, status=1))
        old = self.names("server", "rack")
        host.process.terminate()
        host.process.wait(20)
        (host.state / "endpoint.json").unlink()
        replaced = host.run("penstock-gpu-server", "enroll", "--replace", self.pool.url, token)
        self.assertRegex(replaced, f"it replaces penstock://server/{old[0]},.*, which is deleted; now")
        self.assertEqual([], self.names("server", "rack"), "the old one is in no list, the new one has not introduced itself")
        self.pool.serve(host)
        wait_until(lambda: len(self.names("server", "rack")) == 1, 20, "the new one has")
        self.assertNotEqual(old, self.names("server", "rack"))


if __name__ == "__main__":
    unittest.main()
