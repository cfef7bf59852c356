"""Module images travel once for each client: what a client has sent, its next program need not send."""

import json
import unittest

from pool import PROGRAMS, Pool

MEBIBYTES = 8


class Images(unittest.TestCase):
    """One server, two clients that take turns."""

    @classmethod
    def setUpClass(cls):
        cls.pool = Pool(clients=2)
        cls.addClassCleanup(cls.pool.close)

    def payload_bytes(self, client, *arguments):
        """What a program that loads one large image sent up, as `--stats-file` counts it."""
        stats = client.state / "stats.jsonl"
        program = ("python3", PROGRAMS / "image.py", MEBIBYTES, *arguments)
        print(client.run("penstock", "run", "-n", "1", "--stats-file", stats, "--", *program).strip())
        return json.loads(stats.read_text().splitlines()[0])["payloadBytesUp"]

    def test_a_second_program_of_the_client_sends_no_image_and_another_client_does(self):
        one, other = self.pool.clients
        first = self.payload_bytes(one, "shared")
        self.assertGreater(first, MEBIBYTES << 20)
        again = self.payload_bytes(one, "shared")
        self.assertLess(again, first - (MEBIBYTES << 20) + 1)
        self.assertGreater(self.payload_bytes(other, "shared"), MEBIBYTES << 20, "a digest is no claim to another client's code")
        self.assertEqual(again, self.payload_bytes(other, "shared"))

    def test_a_file_that_was_changed_is_sent_again(self):
        client = self.pool.clients[0]
        first = self.payload_bytes(client, "tampered")
        folders = [each for each in (self.pool.servers[0].state / "images").iterdir()]
        for folder in folders:
            self.assertEqual(0o700, folder.stat().st_mode & 0o777)
            for file in folder.iterdir():
                with open(file, "r+b") as image:
                    image.seek(MEBIBYTES << 19)
                    image.write(b"x")
        self.assertEqual(first, self.payload_bytes(client, "tampered"))
        self.assertLess(self.payload_bytes(client, "tampered"), MEBIBYTES << 20)


if __name__ == "__main__":
    unittest.main()
