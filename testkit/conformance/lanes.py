"""Cases of instructions that the lanes of a warp, or the warps of a block, execute together."""

from case import Case, place, words
from inputs import Draw

LANES = 32
ROUNDS = 8


def case(form):
    """The form's case, or None where it is not of this kind."""
    makers = {"shfl": shuffle, "vote": vote, "match": match, "redux": reduction, "activemask": active, "movmatrix": transposed}
    if form.opcode == "bar.warp.sync":
        return meeting(form)
    if form.words[0] in ("bar", "barrier"):
        return counted(form) if "red" in form.words else arrival(form) if "arrive" in form.words else barrier(form)
    maker = makers.get(form.words[0])
    return maker(form) if maker else None


def rounds(form, draw, one, width, inputs):
    """Several rounds: with all lanes, then with those alone that a mask names, the others elsewhere meanwhile.

    `one` gives the text of a round: its number, the mask as an operand; it leaves its results where %a2 points.
    """
    text = place("%a1", "%in", "%t", 16 * ROUNDS) + "\n" + place("%a2", "%out", "%t", width * ROUNDS) + "\n"
    for number, mask in enumerate(MASKS):
        if mask == 0xFFFFFFFF:
            text += one(number, "%r62")
        else:
            text += f"mov.b32 %r61, {mask}; shr.u32 %r60, %r61, %t; and.b32 %r60, %r60, 1; setp.eq.u32 %p9, %r60, 0;\n"
            text += f"@%p9 bra L_{number};\n" + one(number, "%r61") + f"L_{number}:\nbar.warp.sync 0xffffffff;\n"
        text += f"add.u64 %a2, %a2, {width};\n"
    return Case(form, "mov.b32 %r62, 0xffffffff;\n" + text, LANES * width * ROUNDS, inputs, LANES)


MASKS = [0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0x0000FFFF, 0x55555555, 0x80000001, 0x00FF00F0, 0xFFFFFFFF]


def laid(draw, one):
    """16 bytes a lane and round."""
    return b"".join(one(lane, number) for lane in range(LANES) for number in range(ROUNDS))


def shuffle(form):
    """Sources are always lanes that take part: another lane's register has no value that PTX tells."""
    mode = form.words[2]
    draw = Draw(form.name)
    segments = [0, 0, 0x1800, 0, 0, 0, 0, 0x1C00]  # the segment mask in c, bits 8 to 12
    amounts = [1, 5, 3, 2, 2, 31, 4, 33]

    def one(lane, number):
        clamp = 0x1F if mode in ("down", "bfly", "idx") else 0
        c = clamp | segments[number]
        b = amounts[number] if mode != "idx" else draw.below(40)
        if number >= 3 and MASKS[number] != 0xFFFFFFFF:
            b = own(mode, lane, MASKS[number], draw)
        return words([draw.of("b32"), b, c, 0], 4)

    def text(number, mask):
        at = 16 * number
        load = f"ld.global.v4.b32 {{%r0, %r1, %r2, %r3}}, [%a1+{at}];\n"
        return (
            load
            + f"mov.b32 %r4, 0; {form.opcode} %r4|%p0, %r0, %r1, %r2, {mask};\n"
            + "selp.b32 %r5, 1, 0, %p0; st.global.b32 [%a2], %r4; st.global.u8 [%a2+4], %r5;\n"
        )

    return rounds(form, draw, text, 8, laid(draw, one))


def own(mode, lane, mask, draw):
    """An operand b by which a lane's source is among those of the mask."""
    sources = [source for source in range(LANES) if mask >> source & 1]
    if mode == "idx":
        return draw.choice(sources)
    if mode == "bfly":
        return lane ^ draw.choice(sources)
    away = [source for source in sources if (source <= lane if mode == "up" else source >= lane)]
    return abs(lane - draw.choice(away)) if away else 0


def vote(form):
    draw = Draw(form.name)
    kinds = [lambda: 0, lambda: 1, lambda: draw.below(2), lambda: draw.below(2), lambda: 1, lambda: 0, lambda: draw.below(2)]
    kinds.append(lambda: int(draw.below(16) == 0))

    def one(lane, number):
        return words([kinds[number](), 0, 0, 0], 4)

    def text(number, mask):
        load = f"ld.global.b32 %r0, [%a1+{16 * number}]; setp.ne.u32 %p1, %r0, 0;\n"
        if "ballot" in form.words:
            return load + f"{form.opcode} %r4, %p1, {mask}; st.global.b32 [%a2], %r4;\n"
        return load + f"{form.opcode} %p2, %p1, {mask}; selp.b32 %r4, 1, 0, %p2; st.global.b32 [%a2], %r4;\n"

    return rounds(form, draw, text, 4, laid(draw, one))


def match(form):
    draw = Draw(form.name)
    values = [0, 1, 0x100000000, 0xFFFFFFFFFFFFFFFF, 0x8000000000000000]

    def one(lane, number):
        same = number in (1, 4)
        return words([values[3] if same else values[draw.below(1 + number % 5)], 0], 8)

    register, size = ("%w0", "b64") if "b64" in form.words else ("%r0", "b32")

    def text(number, mask):
        load = f"ld.global.{size} {register}, [%a1+{16 * number}];\n"
        if "any" in form.words:
            return load + f"{form.opcode} %r4, {register}, {mask}; st.global.b32 [%a2], %r4;\n"
        tell = "selp.b32 %r5, 1, 0, %p0; st.global.b32 [%a2], %r4; st.global.b32 [%a2+4], %r5;\n"
        return load + f"{form.opcode} %r4|%p0, {register}, {mask};\n" + tell

    return rounds(form, draw, text, 8, laid(draw, one))


def reduction(form):
    draw = Draw(form.name)

    def one(lane, number):
        return words([draw.of("b32") if number else draw.choice([0, 0x80000000, 0x7FFFFFFF, 0xFFFFFFFF]), 0, 0, 0], 4)

    def text(number, mask):
        return f"ld.global.b32 %r0, [%a1+{16 * number}]; {form.opcode} %r4, %r0, {mask}; st.global.b32 [%a2], %r4;\n"

    return rounds(form, draw, text, 4, laid(draw, one))


def active(form):
    """After the lanes have met, and in both arms of a branch."""

    def text(number, mask):
        return f"{form.opcode} %r4; st.global.b32 [%a2], %r4;\n"

    return rounds(form, Draw(form.name), text, 4, bytes(16 * LANES * ROUNDS))


def meeting(form):
    """Lanes hand values to each other through shared memory."""

    def text(number, mask):
        store = f"ld.global.b32 %r0, [%a1+{16 * number}];\n" + place("%a4", "%a3", "%t", 4) + " st.shared.b32 [%a4], %r0;\n"
        # the neighbour in the mask's order: through all lanes of the mask above this one, or its lowest
        pick = f"add.u32 %r7, %t, 1; and.b32 %r7, %r7, 31; shf.r.wrap.b32 %r8, {mask}, {mask}, %r7; brev.b32 %r8, %r8; clz.b32 %r8, %r8;\n"
        pick += "add.u32 %r8, %r8, %r7; and.b32 %r8, %r8, 31;\n" + place("%a5", "%a3", "%r8", 4) + "\n"
        return store + f"bar.warp.sync {mask};\n" + pick + f"ld.shared.b32 %r9, [%a5]; st.global.b32 [%a2], %r9; bar.warp.sync {mask};\n"

    made = rounds(form, Draw(form.name), text, 4, Draw(form.name).bytes(16 * LANES * ROUNDS))
    made.body = ".shared .align 16 .b8 box[128];\n mov.u64 %a3, box;\n" + made.body
    return made


def barrier(form):
    """Two warps exchange what they hold."""
    text = ".shared .align 16 .b8 box[256];\n mov.u64 %a3, box;\n" + place("%a1", "%in", "%t", 4) + "\n" + place("%a2", "%a3", "%t", 4) + "\n"
    text += f"ld.global.b32 %r0, [%a1]; st.shared.b32 [%a2], %r0; {form.opcode} 0, 64;\n"
    text += "sub.u32 %r1, 63, %t;\n" + place("%a4", "%a3", "%r1", 4) + "\n" + place("%a5", "%out", "%t", 4)
    return Case(form, text + "\nld.shared.b32 %r2, [%a4]; st.global.b32 [%a5], %r2;\n", 256, Draw(form.name).bytes(256), 64)


def arrival(form):
    """The first warp writes and arrives, the second waits and reads."""
    wait = "barrier.sync 1, 64" if form.words[0] == "barrier" else "bar.sync 1, 64"
    text = ".shared .align 16 .b8 box[128];\n mov.u64 %a3, box; setp.ge.u32 %p0, %t, 32; and.b32 %r1, %t, 31;\n"
    text += place("%a1", "%in", "%t", 4) + "\n" + place("%a2", "%a3", "%r1", 4) + "\n@%p0 bra L_wait;\n"
    text += f"ld.global.b32 %r0, [%a1]; st.shared.b32 [%a2], %r0; {form.opcode} 1, 64; bra L_end;\n"
    text += f"L_wait: {wait}; ld.shared.b32 %r2, [%a2];\n" + place("%a5", "%out", "%r1", 4) + " st.global.b32 [%a5], %r2;\nL_end:\n"
    return Case(form, text, 128, Draw(form.name).bytes(128), 64)


def counted(form):
    """A predicate of every thread of the block."""
    draw = Draw(form.name)
    text = place("%a1", "%in", "%t", 4 * ROUNDS) + "\n" + place("%a2", "%out", "%t", 4 * ROUNDS) + "\n"
    for number in range(ROUNDS):
        text += f"ld.global.b32 %r0, [%a1+{4 * number}]; setp.ne.u32 %p0, %r0, 0;\n"
        if "popc" in form.words:
            text += f"{form.opcode} %r1, 0, %p0; st.global.b32 [%a2+{4 * number}], %r1;\n"
        else:
            text += f"{form.opcode} %p1, 0, %p0; selp.u32 %r1, 1, 0, %p1; st.global.b32 [%a2+{4 * number}], %r1;\n"
    choices = [lambda: 0, lambda: 1, lambda: draw.below(2), lambda: int(draw.below(50) == 0)] * 2
    data = words([choices[number]() for _ in range(64) for number in range(ROUNDS)], 4)
    return Case(form, text, 64 * 4 * ROUNDS, data, 64)


def transposed(form):
    text = place("%a1", "%in", "%t", 4) + "\n" + place("%a2", "%out", "%t", 4) + "\n"
    return Case(form, text + f"ld.global.b32 %r0, [%a1]; {form.opcode} %r1, %r0; st.global.b32 [%a2], %r1;\n", 128, Draw(form.name).bytes(128))
