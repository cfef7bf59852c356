"""The answers of a GPU: a compressed text of one line for each form, and what they were recorded on."""

import dataclasses
import json
import lzma

FILE = "answers.xz"


@dataclasses.dataclass
class Answers:
    """What was recorded on, and for each form's name the digest of its case and the bytes of its answer."""

    recorded: dict
    forms: dict


def write(path, answers):
    lines = [json.dumps(answers.recorded, sort_keys=True)]
    lines += [f"{name}\t{digest}\t{answer.hex()}" for name, (digest, answer) in sorted(answers.forms.items())]
    path.write_bytes(lzma.compress("".join(line + "\n" for line in lines).encode(), preset=9 | lzma.PRESET_EXTREME))


def read(path):
    first, *lines = lzma.decompress(path.read_bytes()).decode().splitlines()
    forms = {}
    for line in lines:
        name, digest, answer = line.split("\t")
        forms[name] = (digest, bytes.fromhex(answer))
    return Answers(json.loads(first), forms)
