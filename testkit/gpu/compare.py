"""Judges a native and a remote run of one program by what they printed."""

import itertools
import re

RELATIVE = 1e-4
UNDEFINED = "undefined: "


def lines(program, run):
    """What is compared: standard output, and the lines of standard error that the program asks for."""
    found = run.output.splitlines()
    if program.error_lines:
        found += [line for line in run.errors.splitlines() if re.search(program.error_lines, line) and not line.startswith("penstock: ")]
    return found


def differences(native, remote):
    """(place, native line, remote line) wherever they differ by more than they may; lines of what nobody defines may."""
    pairs = enumerate(itertools.zip_longest(native, remote, fillvalue="(no line)"))
    return [(place, a, b) for place, (a, b) in pairs if not same(a, b)]


def same(a, b):
    if a == b or (a.startswith(UNDEFINED) and b.startswith(UNDEFINED)):
        return True
    name_a, tilde_a, numbers_a = a.partition(" ~ ")
    name_b, tilde_b, numbers_b = b.partition(" ~ ")
    return name_a == name_b and tilde_a == tilde_b == " ~ " and close(numbers_a.split(), numbers_b.split())


def close(a, b):
    """Each number to RELATIVE of itself, or of the largest in the line where it is small beside that."""
    try:
        pairs = [(float(x), float(y)) for x, y in zip(a, b)]
    except ValueError:
        return False
    if len(a) != len(b):
        return False
    largest = max((abs(x) for x, _ in pairs), default=0.0)
    return all(x == y or abs(x - y) <= RELATIVE * max(abs(x), largest * 1e-2) for x, y in pairs)


def judge(program, native, remote, refused, native_again):
    """(result, remarks). `native_again` runs the program natively once more: what differs then says nothing about us."""
    if remote.status is None:
        return "hung", [f"no end after {remote.seconds:.0f} s"]
    if program.refused and set(program.refused) & set(refused):
        # told so, a program goes on or ends in its own order; one that crashes or fails has met something else
        return ("refused" if remote.status == 0 else "failed"), [f"ends with {remote.ended()}"]
    if native.status != 0:
        return "native fails", [f"natively {native.ended()}, remotely {remote.ended()}"]
    if remote.status != 0:
        return "failed", [remote.ended(), *_last_words(remote)]
    if program.judged_by == "status":
        return "equal", []
    wrong = differences(lines(program, native), lines(program, remote))
    if not wrong:
        return "equal", []
    wavering = {place for place, _, _ in differences(lines(program, native), lines(program, native_again()))}
    left = [entry for entry in wrong if entry[0] not in wavering]
    if left:
        return "differs", [f"`{a}` natively, `{b}` remotely" for _, a, b in left]
    return "equal", [f"{len(wrong)} lines differ between native runs too"]


def _last_words(run):
    """The last line of standard error that is neither ours nor empty: usually the exception."""
    words = [line for line in run.errors.splitlines() if line.strip() and not line.startswith("penstock: ")]
    return words[-1:]
