/* The kernels of our C programs, in PTX by hand. */
#ifndef PENSTOCK_PROGRAMS_KERNELS_H
#define PENSTOCK_PROGRAMS_KERNELS_H

static const char ptx[] =
    ".version 7.0\n"
    ".target sm_70\n"
    ".address_size 64\n"

    /* c[i] = a[i] + b[i] */
    ".visible .entry vector_add(.param .u64 a, .param .u64 b, .param .u64 c, .param .u32 n) {\n"
    "  .reg .pred %p; .reg .b32 %r<5>; .reg .f32 %f<3>; .reg .b64 %d<5>;\n"
    "  ld.param.u64 %d0, [a]; ld.param.u64 %d1, [b]; ld.param.u64 %d2, [c]; ld.param.u32 %r0, [n];\n"
    "  mov.u32 %r1, %ctaid.x; mov.u32 %r2, %ntid.x; mov.u32 %r3, %tid.x;\n"
    "  mad.lo.s32 %r4, %r1, %r2, %r3;\n"
    "  setp.ge.u32 %p, %r4, %r0;\n"
    "  @%p bra done;\n"
    "  mul.wide.u32 %d3, %r4, 4;\n"
    "  add.s64 %d0, %d0, %d3; add.s64 %d1, %d1, %d3; add.s64 %d2, %d2, %d3;\n"
    "  ld.global.f32 %f0, [%d0]; ld.global.f32 %f1, [%d1];\n"
    "  add.f32 %f2, %f0, %f1;\n"
    "  st.global.f32 [%d2], %f2;\n"
    "done:\n"
    "  ret;\n"
    "}\n"

    /* c = a b, square matrices of side n (a multiple of 16), one 16 x 16 tile a block */
    ".visible .entry matrix_product(.param .u64 a, .param .u64 b, .param .u64 c, .param .u32 n) {\n"
    "  .reg .pred %p<3>; .reg .b32 %r<20>; .reg .f32 %f<4>; .reg .b64 %d<8>;\n"
    "  .shared .align 4 .b8 tile_a[1024];\n"
    "  .shared .align 4 .b8 tile_b[1024];\n"
    "  ld.param.u64 %d0, [a]; ld.param.u64 %d1, [b]; ld.param.u64 %d2, [c]; ld.param.u32 %r0, [n];\n"
    "  mov.u32 %r1, %tid.x; mov.u32 %r2, %tid.y;\n"
    "  mov.u32 %r3, %ctaid.x; mov.u32 %r4, %ctaid.y;\n"
    "  shl.b32 %r5, %r3, 4; add.s32 %r5, %r5, %r1;\n" /* column */
    "  shl.b32 %r6, %r4, 4; add.s32 %r6, %r6, %r2;\n" /* row */
    "  shl.b32 %r7, %r2, 4; add.s32 %r7, %r7, %r1; shl.b32 %r7, %r7, 2;\n" /* this thread's place in a tile */
    "  mov.u32 %r8, tile_a; mov.u32 %r9, tile_b;\n"
    "  add.s32 %r10, %r8, %r7; add.s32 %r11, %r9, %r7;\n"
    "  shl.b32 %r12, %r2, 6; add.s32 %r12, %r8, %r12;\n" /* start of the thread's row in tile a */
    "  shl.b32 %r13, %r1, 2; add.s32 %r13, %r9, %r13;\n" /* top of the thread's column in tile b */
    "  mov.f32 %f0, 0f00000000;\n"
    "  mov.u32 %r14, 0;\n"
    "tiles:\n"
    "  mad.lo.s32 %r15, %r6, %r0, %r14; add.s32 %r15, %r15, %r1;\n"
    "  mul.wide.u32 %d3, %r15, 4; add.s64 %d4, %d0, %d3; ld.global.f32 %f1, [%d4];\n"
    "  st.shared.f32 [%r10], %f1;\n"
    "  add.s32 %r16, %r14, %r2; mad.lo.s32 %r16, %r16, %r0, %r5;\n"
    "  mul.wide.u32 %d3, %r16, 4; add.s64 %d4, %d1, %d3; ld.global.f32 %f2, [%d4];\n"
    "  st.shared.f32 [%r11], %f2;\n"
    "  bar.sync 0;\n"
    "  mov.u32 %r17, 0; mov.u32 %r18, %r12; mov.u32 %r19, %r13;\n"
    "inner:\n"
    "  ld.shared.f32 %f1, [%r18]; ld.shared.f32 %f2, [%r19];\n"
    "  fma.rn.f32 %f0, %f1, %f2, %f0;\n"
    "  add.s32 %r18, %r18, 4; add.s32 %r19, %r19, 64; add.s32 %r17, %r17, 1;\n"
    "  setp.lt.u32 %p0, %r17, 16;\n"
    "  @%p0 bra inner;\n"
    "  bar.sync 0;\n"
    "  add.s32 %r14, %r14, 16;\n"
    "  setp.lt.u32 %p1, %r14, %r0;\n"
    "  @%p1 bra tiles;\n"
    "  mad.lo.s32 %r15, %r6, %r0, %r5;\n"
    "  mul.wide.u32 %d3, %r15, 4; add.s64 %d4, %d2, %d3;\n"
    "  st.global.f32 [%d4], %f0;\n"
    "  ret;\n"
    "}\n"

    /* *sum += the sum of the n numbers, *largest = the largest of them; a tree in shared memory, then one atomic a block */
    ".visible .entry reduction(.param .u64 numbers, .param .u64 sum, .param .u64 largest, .param .u32 n) {\n"
    "  .reg .pred %p<4>; .reg .b32 %r<12>; .reg .b64 %d<8>;\n"
    "  .shared .align 4 .b8 partial[1024];\n"
    "  ld.param.u64 %d0, [numbers]; ld.param.u64 %d1, [sum]; ld.param.u64 %d2, [largest]; ld.param.u32 %r0, [n];\n"
    "  mov.u32 %r1, %ctaid.x; mov.u32 %r2, %ntid.x; mov.u32 %r3, %tid.x;\n"
    "  mad.lo.s32 %r4, %r1, %r2, %r3;\n"
    "  mov.u32 %r5, 0;\n"
    "  setp.ge.u32 %p0, %r4, %r0;\n"
    "  @%p0 bra loaded;\n"
    "  mul.wide.u32 %d3, %r4, 4; add.s64 %d4, %d0, %d3; ld.global.u32 %r5, [%d4];\n"
    "  atom.global.max.u32 %r6, [%d2], %r5;\n"
    "loaded:\n"
    "  mov.u32 %r7, partial; shl.b32 %r8, %r3, 2; add.s32 %r7, %r7, %r8;\n"
    "  st.shared.u32 [%r7], %r5;\n"
    "  shr.u32 %r9, %r2, 1;\n"
    "halve:\n"
    "  bar.sync 0;\n"
    "  setp.ge.u32 %p1, %r3, %r9;\n"
    "  @%p1 bra added;\n"
    "  shl.b32 %r10, %r9, 2; add.s32 %r10, %r7, %r10;\n"
    "  ld.shared.u32 %r5, [%r7]; ld.shared.u32 %r11, [%r10]; add.u32 %r5, %r5, %r11; st.shared.u32 [%r7], %r5;\n"
    "added:\n"
    "  shr.u32 %r9, %r9, 1;\n"
    "  setp.ne.u32 %p2, %r9, 0;\n"
    "  @%p2 bra halve;\n"
    "  setp.ne.u32 %p3, %r3, 0;\n"
    "  @%p3 bra done;\n"
    "  cvt.u64.u32 %d5, %r5;\n"
    "  red.global.add.u64 [%d1], %d5;\n"
    "done:\n"
    "  ret;\n"
    "}\n"

    /* y[i] = a x[i] + y[i] */
    ".visible .entry saxpy(.param .u64 x, .param .u64 y, .param .f32 a, .param .u32 n) {\n"
    "  .reg .pred %p; .reg .b32 %r<5>; .reg .f32 %f<4>; .reg .b64 %d<4>;\n"
    "  ld.param.u64 %d0, [x]; ld.param.u64 %d1, [y]; ld.param.f32 %f0, [a]; ld.param.u32 %r0, [n];\n"
    "  mov.u32 %r1, %ctaid.x; mov.u32 %r2, %ntid.x; mov.u32 %r3, %tid.x;\n"
    "  mad.lo.s32 %r4, %r1, %r2, %r3;\n"
    "  setp.ge.u32 %p, %r4, %r0;\n"
    "  @%p bra done;\n"
    "  mul.wide.u32 %d2, %r4, 4;\n"
    "  add.s64 %d0, %d0, %d2; add.s64 %d1, %d1, %d2;\n"
    "  ld.global.f32 %f1, [%d0]; ld.global.f32 %f2, [%d1];\n"
    "  fma.rn.f32 %f3, %f0, %f1, %f2;\n"
    "  st.global.f32 [%d1], %f3;\n"
    "done:\n"
    "  ret;\n"
    "}\n";

/* PTX instructions that a thread of these executes: the unit in which the software GPU's speed is given. */
enum { SAXPY_INSTRUCTIONS = 18, MATRIX_PRODUCT_INSTRUCTIONS = 30, MATRIX_PRODUCT_INSTRUCTIONS_A_TILE = 148 };

#endif
