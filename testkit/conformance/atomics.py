"""Cases of atomic operations: every lane on a cell of its own, then all lanes on one."""

from case import Case, place, words
from forms import bits
from inputs import Draw, columns, edges, encode
from memory import areas_of, hinted, policy

THREADS = 64
REGISTERS = {16: "h", 32: "r", 64: "w"}
ORDERED = ("exch", "cas")  # what is left by many lanes depends on their order


def case(form):
    """The form's case, or None where it is not of this kind."""
    if form.words[0] not in ("atom", "red"):
        return None
    space = next((word for word in form.words if word in ("global", "shared")), None)
    areas = [area for area in areas_of(form, space) if area != "local"]
    kind = form.types[-1]
    size = bits(kind) // 8
    swaps = "cas" in form.words
    text, cell = policy(form), THREADS * size
    for number, area in enumerate(areas):
        text += in_area(form, area, space is None, size, swaps, number * (2 * cell + 8))
        text += "bar.sync 0;\n" if number + 1 < len(areas) else ""
    inputs = values(form, kind, size, swaps)
    return Case(form, text, len(areas) * (2 * cell + 8), inputs, THREADS, result=kind)


def in_area(form, area, generic, size, swaps, at):
    """The input holds, each for all lanes: cells for global memory, cells, first operands, second operands, operands for one cell."""
    letter, block = REGISTERS[8 * size], THREADS * size
    kind = f"b{8 * size}"
    text = place("%a1", "%in", "%t", size) + "\n" + place("%a2", "%out", "%t", size) + f" add.u64 %a2, %a2, {at};\n"
    if area == "shared":
        text += f".shared .align 16 .b8 box[{block + 8}];\n mov.u64 %a5, box;\n" + place("%a3", "%a5", "%t", size) + "\n"
        text += f"ld.global.{kind} %{letter}9, [%a1+{block}]; st.shared.{kind} [%a3], %{letter}9; bar.sync 0;\n"
        text += f"add.u64 %a6, %a5, {block};\n"
    else:
        text += f"mov.u64 %a3, %a1; add.u64 %a6, %in, {5 * block};\n"
    text += "mov.u64 %a4, %a3; mov.u64 %a7, %a6;\n"
    if generic:
        text += f"cvta.{area}.u64 %a4, %a3; cvta.{area}.u64 %a7, %a6;\n"
    text += f"ld.global.{kind} %{letter}1, [%a1+{2 * block}]; ld.global.{kind} %{letter}2, [%a1+{3 * block}];\n"
    returns = form.words[0] == "atom"
    given = f"%{letter}1, %{letter}2" if swaps else f"%{letter}1"
    text += f"{form.opcode} {f'%{letter}3, ' if returns else ''}[%a4], {given}{hinted(form)};\n"
    if returns:
        text += f"st.global.{kind} [%a2], %{letter}3;\n"
    text += f"bar.sync 0; ld.{area}.{kind} %{letter}4, [%a3]; st.global.{kind} [%a2+{block}], %{letter}4;\n"
    if any(word in form.words for word in ORDERED):
        return text
    return text + together(form, area, kind, letter, block, returns, at)


def together(form, area, kind, letter, block, returns, at):
    """All lanes on one cell, which begins as the first lane's operand."""
    text = f"ld.global.{kind} %{letter}5, [%a1+{4 * block}]; setp.eq.u32 %p1, %t, 0; @%p1 st.{area}.{kind} [%a6], %{letter}5; bar.sync 0;\n"
    text += f"{form.opcode} {f'%{letter}6, ' if returns else ''}[%a7], %{letter}5{hinted(form)};\n"
    text += f"bar.sync 0; @%p1 ld.{area}.{kind} %{letter}7, [%a6]; @%p1 st.global.{kind} [%out+{at + 2 * block}], %{letter}7;\n"
    return text


def values(form, kind, size, swaps):
    draw = Draw(form.name)
    cells, first, second = columns(draw, [kind] * 3, THREADS)
    if not swaps:
        # what is there and what is added, by each other
        pairs = [(a, b) for a in edges(kind)[:8] for b in edges(kind)[:8]]
        cells, first = [a for a, _ in pairs], [b for _, b in pairs]
    else:
        first = [cell if draw.below(2) else other for cell, other in zip(cells, first)]
    many = [together_value(draw, kind) for _ in range(THREADS)]
    return b"".join(words(column, size) for column in (cells, cells, first, second, many)) + bytes(16)


def together_value(draw, kind):
    """Numbers whose sum is exact in any order."""
    plain = kind.removesuffix("x2")
    if plain[0] in "fb" and plain not in ("b16", "b32", "b64"):
        one = [encode(plain, draw.below(4)) for _ in range(2)]
        return one[0] | one[1] << 16 if kind.endswith("x2") else one[0]
    return draw.of(kind)
