"""The software GPU against the answers of a GPU; the lists, the rules and the recorder. Run under `penstock run`."""

import pathlib
import struct
import subprocess
import sys
import tempfile
import unittest

import accept
import answers
import catalogue
import forms
import replay
import rules

HERE = pathlib.Path(__file__).resolve().parent
ANSWERS_BYTES_MAX = 4 << 20
CASES = catalogue.cases()
BY_NAME = {one.form.name: one for one in CASES}


class Replays(unittest.TestCase):
    """One test for the forms of each first word, made below."""

    longMessage = False

    @classmethod
    def setUpClass(cls):
        cls.replay = replay.Replay(CASES)


def replayed(word):
    def test(self):
        wrong = self.replay.wrong(word)
        self.assertEqual({}, wrong, f"{len(wrong)} forms are wrong:\n" + "\n".join(f"{name}: {said}" for name, said in wrong.items()))

    return test


for first in replay.words(CASES):
    setattr(Replays, f"test_forms_of_{first}", replayed(first))


class Lists(unittest.TestCase):
    def test_lists_say_what_the_answers_prove(self):
        proven, unproven = accept.texts(accept.kept().forms)
        self.assertEqual(proven, (HERE / "proven.txt").read_text())
        self.assertEqual(unproven, (HERE / "unproven.txt").read_text())

    def test_form_without_a_kernel_has_a_reason(self):
        without = [form.name for form in forms.claimed() if not catalogue.case(form) and not catalogue.unproven(form)]
        self.assertEqual([], without)

    def test_answers_are_of_a_gpu_and_small(self):
        recorded = accept.kept().recorded
        self.assertNotIn("Software", recorded["gpu"])
        self.assertLessEqual((HERE / answers.FILE).stat().st_size, ANSWERS_BYTES_MAX)

    def test_form_without_an_answer_is_wrong_unless_it_is_listed_as_unproven(self):
        one, kept = BY_NAME["add.u32"], accept.kept().forms
        self.assertIsNone(replay.unanswered(one, kept, {"add.u32"}))
        self.assertEqual("", replay.unanswered(one, {}, {"add.u32"}))
        self.assertIn("not listed as unproven", replay.unanswered(one, {}, {"sub.u32"}))
        other = {"add.u32": ("0" * 16, b"")}
        self.assertEqual("", replay.unanswered(one, other, {"add.u32"}))
        self.assertIn("others than the GPU had", replay.unanswered(one, other, set()))

    def test_answers_of_another_kernel_prove_nothing(self):
        kept = accept.kept().forms
        kept["add.u32"] = ("0" * 16, kept["add.u32"][1])
        proven, unproven = accept.texts(kept)
        self.assertNotIn("add.u32", proven.splitlines())
        self.assertIn(f"add.u32\t{accept.NOT_YET}", unproven.splitlines())


class Rules(unittest.TestCase):
    """What each rule lets pass and what it does not, on answers of the GPU that one value was changed in."""

    @classmethod
    def setUpClass(cls):
        cls.kept = accept.kept().forms

    def changed(self, name, number, value, size):
        answer = bytearray(self.kept[name][1])
        answer[number * size : (number + 1) * size] = value.to_bytes(size, "little")
        return rules.difference(BY_NAME[name], self.kept[name][1], bytes(answer))

    def value(self, name, number, size):
        return int.from_bytes(self.kept[name][1][number * size : (number + 1) * size], "little")

    def off(self, name, number, units, size=4):
        """Is a value that is off by so many units in its last place let pass?"""
        return self.changed(name, number, self.value(name, number, size) + units, size) is None

    def place(self, name, argument, kind="<f"):
        """The number of the value whose first operand is an argument."""
        case = BY_NAME[name]
        raw = int.from_bytes(struct.pack(kind, argument), "little")
        return list(rules.operands(case)[0]).index(raw)

    def test_one_bit_is_a_difference_where_no_rule_says_otherwise(self):
        for name, size in (("add.u32", 4), ("ld.global.u8", 1), ("cvt.rn.f32.u64", 4), ("shfl.sync.up.b32", 4), ("fma.rn.f64", 8)):
            self.assertFalse(self.off(name, 20, 1, size), name)

    def test_answer_that_is_too_short_is_a_difference(self):
        self.assertIn("instead of", rules.difference(BY_NAME["add.u32"], self.kept["add.u32"][1], b""))

    def test_nan_of_single_precision_may_be_any_but_must_be_one(self):
        number = 11  # 0 + NaN
        self.assertEqual(0x7FFFFFFF, self.value("add.f32", number, 4))
        self.assertIsNone(self.changed("add.f32", number, 0xFFC12345, 4))
        self.assertIsNotNone(self.changed("add.f32", number, 0x7F800000, 4))
        self.assertIsNotNone(self.changed("add.f32", number, 0x3F800000, 4))

    def test_nan_that_ptx_names_is_that_one(self):
        self.assertEqual(0x7FFFFFFF, self.value("max.NaN.f32", 11, 4))
        self.assertIsNotNone(self.changed("max.NaN.f32", 11, 0x7FC00000, 4))
        self.assertIsNotNone(self.changed("cvt.rn.f16.f32", 11, 0x7E00, 2))

    def test_nan_of_a_double_is_that_of_an_operand(self):
        a, b = rules.operands(BY_NAME["add.rn.f64"])
        both = next(i for i, pair in enumerate(zip(a, b)) if pair == (0x7FF8000000000000, 0xFFF8123456789ABC))
        self.assertIsNone(self.changed("add.rn.f64", both, 0x7FF8000000000000, 8))
        self.assertIsNotNone(self.changed("add.rn.f64", both, 0x7FF8000000000007, 8))
        alone = next(i for i, pair in enumerate(zip(a, b)) if pair == (0, 0xFFF8123456789ABC))
        self.assertIsNotNone(self.changed("add.rn.f64", alone, 0x7FF8000000000000, 8))

    def test_approximations_may_be_off_by_what_the_isa_says(self):
        # sine near 1: 2^-20.5 is some 11 units of what is between 0.5 and 1
        for name, argument, well, ill in (
            ("rcp.approx.f32", -1.0, 1, 2),
            ("ex2.approx.f32", 0.5, 1, 4),
            ("sin.approx.f32", 1.0, 8, 24),
            ("lg2.approx.f32", 2.5, 1, 8),
            ("tanh.approx.f32", 1.0, 1000, 9000),
        ):
            number = self.place(name, argument)
            self.assertTrue(self.off(name, number, well), name)
            self.assertFalse(self.off(name, number, ill), name)
            self.assertFalse(self.off(name, number, -ill - 4), name)

    def test_special_values_of_approximations_are_not_approximate(self):
        self.assertFalse(self.off("ex2.approx.f32", self.place("ex2.approx.f32", float("inf")), -1))
        self.assertFalse(self.off("rcp.approx.f32", self.place("rcp.approx.f32", 0.0), -1))
        self.assertFalse(self.off("lg2.approx.f32", self.place("lg2.approx.f32", -1.0), -0x7FFFFF))

    def test_gross_approximations_may_be_off_by_one_upper_unit(self):
        number = self.place("rcp.approx.ftz.f64", 1.5, "<d")
        self.assertTrue(self.off("rcp.approx.ftz.f64", number, 1 << 32, 8))
        self.assertFalse(self.off("rcp.approx.ftz.f64", number, 2 << 32, 8))
        self.assertFalse(self.off("rcp.approx.ftz.f64", number, 1, 8))

    def test_products_may_be_off_by_their_roundings_where_they_are_not_exact(self):
        for name, lanes in (("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32", 128), ("wmma.mma.sync.aligned.row.col.m16n16k16.f32.f32", 160)):
            drawn = 2 * lanes + 3
            self.assertTrue(self.off(name, drawn, 1), name)
            self.assertFalse(self.off(name, drawn, 1 << 16), name)

    def test_sums_of_whole_numbers_are_exact(self):
        name = "wmma.load.a.sync.aligned.row.m16n16k16.global.f16"
        self.assertFalse(self.off(name, 3, 1))

    def test_blends_may_be_off_by_a_256th_and_single_texels_by_nothing(self):
        name = "tex.2d.v4.f32.f32"
        image = 4 * 32
        self.assertFalse(self.off(name, 0, 1))
        self.assertTrue(self.off(name, image, 1))
        self.assertIsNotNone(self.changed(name, image, self.value(name, image, 4) ^ 0x80000000, 4))
        self.assertFalse(self.off(name, image + 1, 1))  # a channel that the texture lacks

    def test_counters_may_differ_where_all_lanes_count(self):
        name = "atom.global.inc.u32"
        self.assertTrue(self.off(name, 128, 1))
        self.assertFalse(self.off(name, 127, 1))
        self.assertFalse(self.off("atom.global.add.u32", 128, 1))


class Recorder(unittest.TestCase):
    def test_kernels_that_fail_cost_only_themselves(self):
        script = """if True:
            import sys
            sys.path.insert(0, sys.argv.pop())
            import catalogue, cuda, forms, record
            known = {form.name: form for form in forms.claimed()}
            made = lambda name, body=None: (lambda case: case if body is None else setattr(case, "body", body) or case)(catalogue.case(known[name]))
            cuda.PATIENCE_SECONDS = 2
            kernels = [made("add.u32"), made("exit", "trap;"), made("sub.u32"), made("ret", "L: bra L;"), made("popc.b32")]
            kernels += [made("clz.b32", "frob.u32 %r0;"), made("bra")]
            record.chosen = lambda only: kernels
            sys.exit(record.main())
        """
        with tempfile.TemporaryDirectory() as folder:
            ended = subprocess.run([sys.executable, "-c", script, "--out", folder, str(HERE)], capture_output=True, text=True, timeout=120)
            self.assertEqual(0, ended.returncode, ended.stdout + ended.stderr)
            found = answers.read(pathlib.Path(folder) / answers.FILE).forms
            report = pathlib.Path(folder, "report.txt").read_text().splitlines()
        self.assertEqual({"add.u32", "sub.u32", "popc.b32", "bra"}, set(found))
        self.assertEqual(BY_NAME["add.u32"].digest, found["add.u32"][0])
        self.assertEqual(["exit", "ret", "clz.b32"], sorted((line.split("\t")[1] for line in report), key=["exit", "ret", "clz.b32"].index))
        self.assertIn("frob", next(line for line in report if "clz.b32" in line))


if __name__ == "__main__":
    unittest.main()
