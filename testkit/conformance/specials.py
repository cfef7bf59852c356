"""Cases of special registers that say where a thread is; of the others no answer tells anything."""

from case import Case, place

THREADS = 96
BLOCKS = 3
# What differs from run to run or from GPU to GPU: PTX ISA, Special Registers.
VARYING = (
    "%warpid %nwarpid %smid %nsmid %clock %clock_hi %clock64 %globaltimer %globaltimer_lo %globaltimer_hi %gridid %pm0 %pm7 %pm0_64 %pm7_64 "
    "%total_smem_size %reserved_smem_offset_begin %reserved_smem_offset_end %reserved_smem_offset_cap %reserved_smem_offset_0 "
    "%reserved_smem_offset_1 %envreg0 %envreg31 %current_graph_exec"
).split()


def register(form):
    """The special register that a form reads, or None."""
    last = form.parts[-1] if form.parts else ""
    return last if form.words[0] == "mov" and (last.startswith("%") or last == "WARP_SZ") else None


def case(form):
    """The form's case, or None where it is not of this kind."""
    name = register(form)
    if name is None or name in VARYING:
        return None
    text = place("%a1", "%out", "%i", 4) + f"\nmov.u32 %r0, {name}; st.global.b32 [%a1], %r0;\n"
    return Case(form, text, 4 * THREADS * BLOCKS, threads=THREADS, blocks=BLOCKS, result="b32")
