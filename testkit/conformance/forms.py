"""The forms of PTX that the software GPU claims: claimed.txt, which SupportedPtxTest writes from what its compiler takes."""

import dataclasses
import functools
import pathlib
import re

CLAIMED = pathlib.Path(__file__).resolve().parent / "claimed.txt"
TYPE = re.compile(r"[usbf](?:4|8|16|32|64|1)|f16x2|bf16x2|bf16|tf32|pred")
BITS = {"pred": 1, "f16x2": 32, "bf16x2": 32, "tf32": 32, "bf16": 16}
REGISTERS = {1: "p", 8: "h", 16: "h", 32: "r", 64: "w"}


@dataclasses.dataclass(frozen=True)
class Form:
    """One opcode with all its modifiers, and its operands in the letters of forms.txt."""

    opcode: str
    operands: str

    @property
    def name(self):
        """What tells it apart: moves that pack and unpack have the opcode of a plain move, copies of 4 bytes that of 16.

        Video instructions with selectors or signs have that of those without, reads of special registers that of a move.
        """
        return f"{self.opcode} {self.operands}" if re.search(r"\{|, [48]$|\.[bh]\d|-r|%|WARP_SZ", self.operands) else self.opcode

    @functools.cached_property
    def words(self):
        return self.opcode.split(".")

    @functools.cached_property
    def types(self):
        """The types among its words, in their order."""
        return [word for word in self.words[1:] if TYPE.fullmatch(word)]

    @functools.cached_property
    def parts(self):
        """Its operands, one text each; what stands in braces is one operand."""
        return re.findall(r"\{[^}]*\}|[^,\s]+", self.operands)

    def has(self, *words):
        return all(word in self.words for word in words)

    def letter(self, part):
        """The kind of register that an operand's letter stands for: p, h, r or w."""
        if part in ("d", "a", "b", "c"):
            return REGISTERS[bits(self.types[-1])]
        return part


def bits(kind):
    """The width of a type."""
    return BITS.get(kind) or int(re.sub(r"\D", "", kind))


def claimed():
    """All claimed forms, in the order of the page."""
    forms = {}
    for line in CLAIMED.read_text().splitlines():
        form = Form(*line.split(" ", 1))
        forms.setdefault(form.name, form)
    return list(forms.values())
