package io.penstock.gpuserver.software.ptx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Text that NVIDIA's compiler refuses for its types and names is refused, with its line and what is wrong. */
final class InvalidPtxTest {
    private static final String HEAD = ".version 8.0\n.target sm_80\n.address_size 64\n";
    private static final String KERNEL = HEAD
            + ".visible .entry k() {\n.reg .b16 %h<4>; .reg .b32 %r<4>; .reg .b64 %d<4>; .reg .pred %p<2>;"
            + " .reg .f32 %f<4>; .reg .u32 %u<4>; .reg .s32 %s<4>; .reg .f64 %e<4>; .reg .b8 %y<4>;\n";

    private static PtxException failure(String text) {
        return catchThrowableOfType(PtxException.class, () -> PtxCompiler.compile(text, PtxOptions.DEFAULT));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "add.u32 %r0, %r1, 1.0; | a floating constant where .u32 is expected",
                "add.u32 %r0, %r1, 0f3F800000; | a floating constant where .u32 is expected",
                "add.s64 %d0, %d1, 1.0; | a floating constant where .s64 is expected",
                "mov.u32 %r0, 1.0; | a floating constant where .u32 is expected",
                "mov.b32 %r0, 1.0; | a floating constant where .b32 is expected",
                "mov.b64 %d0, 0f3F800000; | a floating constant where .b64 is expected",
                "mov.pred %p0, 1.0; | a floating constant",
                "mov.u32 %h0, 1; | register %h0, of 16 bits that are bits, does not fit .u32",
                "mov.u32 %r0, %h1; | register %h1, of 16 bits that are bits, does not fit .u32",
                "mov.u16 %h0, %r1; | register %r1, of 32 bits that are bits, does not fit .u16",
                "mov.b64 %r0, %d1; | register %r0, of 32 bits",
                "add.u16 %h0, %h1, %r0; | register %r0, of 32 bits that are bits, does not fit .u16",
                "add.u16 %h0, %h1, %y0; | register %y0, of 8 bits",
                "add.u32 %r0, %p0, 1; | register %p0, of 1 bits that are predicate, does not fit .u32",
                "add.f32 %f0, %u1, %f1; | register %u1, of 32 bits that are unsigned, does not fit .f32",
                "add.f32 %s0, %f0, %f1; | register %s0, of 32 bits that are signed, does not fit .f32",
                "add.u32 %r0, %f1, %r1; | register %f1, of 32 bits that are float, does not fit .u32",
                "selp.f64 %e0, %d0, %e1, %r1; | register %r1",
                "setp.eq.s32 %p0, %f0, %r0; | register %f0",
                "add.b32 %r0, %r1, %r2; | add has no type .b32",
                "min.b64 %d0, %d1, %d2; | min has no type .b64",
                "and.u32 %r0, %r1, %r2; | and has no type .u32",
                "shl.s32 %r0, %r1, %r2; | shl has no type .s32",
                "popc.u32 %r0, %r1; | popc has no type .u32",
                "bfe.b32 %r0, %r1, %r2, %r3; | bfe has no type .b32",
                "abs.u32 %r0, %r1; | abs has no type .u32",
                "not.s32 %r0, %r1; | not has no type .s32",
                "mov.b8 %y0, %y1; | mov has no type .b8",
                "mov.f16 %h0, %h1; | mov has no type .f16",
                "cvt.b32.u16 %r0, %h1; | cvt has no type .b32",
                "ld.global.f16 %h0, [%d0]; | ld has no type .f16",
                "st.global.pred [%d0], %p0; | st has no type .pred",
                "setp.lt.b32 %p0, %r0, %r1; | .lt is no comparison of .b32",
                "setp.lo.s32 %p0, %r0, %r1; | .lo is no comparison of .s32",
                "setp.nan.u32 %p0, %r0, %r1; | .nan is no comparison of .u32",
                "set.hi.u32.s32 %r0, %r1, %r2; | .hi is no comparison of .s32"
            })
    void anOperandOrTypeThatDoesNotFitIsNamed(String instruction, String reason) {
        PtxException failure = failure(KERNEL + instruction + "\nret; }\n");
        assertThat(failure.kind()).isEqualTo(PtxException.Kind.INVALID);
        assertThat(failure.kind().cudaResult()).isEqualTo(218);
        assertThat(failure.line()).isEqualTo(6);
        assertThat(failure).hasMessageContaining(reason).hasMessageContaining(instruction);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "mov.b32 %f0, 0f3F800000;",
                "mov.b32 %r0, %f0;",
                "mov.b64 %d0, 0d3FF0000000000000;",
                "mov.f64 %e0, 1.0;",
                "add.u32 %s0, %u1, %r1;",
                "add.f32 %f0, %r1, 1.0;",
                "mul.wide.u32 %d0, %s0, 3;",
                "st.global.f32 [%d0], 0f3F800000;",
                "st.global.b32 [%d0], %f0;",
                "cvt.u32.u16 %r0, %r1;",
                "setp.lo.u32 %p0, %s0, %r1;",
                "shr.s32 %s0, %s1, %u1;"
            })
    void whatFitsIsTaken(String instruction) {
        assertThatCode(() -> PtxCompiler.compile(KERNEL + instruction + "\nret; }\n", PtxOptions.DEFAULT))
                .doesNotThrowAnyException();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "$L: mov.u32 %r0, 1; bra $L;~$L: | a second label $L",
                "{ $L: mov.u32 %r0, 1;~$L: } | a second label $L",
                "$T: .branchtargets $L; $L:~$T: .branchtargets $L; | a second label $T",
                ".reg .b32 a;~.reg .b64 a; | a second declaration",
                ".reg .b32 %q<4>;~.reg .b32 %q<9>; | a second declaration",
                ".reg .b32 %q3;~.reg .b32 %q<4>; | a second declaration",
                ".reg .b32 %q<4>;~.reg .b32 %q3; | a second declaration",
                ".local .b32 a;~.shared .b32 a; | a second declaration",
                ".local .b32 a;~.reg .b32 a; | a second declaration"
            })
    void aNameThatIsTakenIsRefusedOnItsSecondLine(String body, String reason) {
        PtxException failure = failure(KERNEL + body.replace("~", "\n") + "\nret; }\n");
        assertThat(failure.kind()).isEqualTo(PtxException.Kind.INVALID);
        assertThat(failure.line()).isEqualTo(7);
        assertThat(failure).hasMessageContaining(reason);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                ".global .b32 a;\n.global .b32 a;",
                ".visible .global .b32 a;\n.visible .global .b32 a;",
                ".func f() { ret; }\n.func f() { ret; }",
                ".entry f() { ret; }\n.entry f() { ret; }"
            })
    void aModuleDefinesANameOnce(String text) {
        PtxException failure = failure(HEAD + text);
        assertThat(failure.kind()).isEqualTo(PtxException.Kind.INVALID);
        assertThat(failure.line()).isEqualTo(5);
        assertThat(failure).hasMessageContaining("a second definition of " + (text.contains("global") ? "a" : "f"));
    }

    @Test
    void blocksHaveLabelsAndRegistersOfTheirOwn() throws PtxException {
        try (TestDevice device = new TestDevice()) {
            MemorySegment out = device.allocate(4);
            String block = """
                    { .reg .b32 n; .reg .pred q; mov.u32 n, COUNT;
                    $L: add.u32 %r0, %r0, 1; sub.u32 n, n, 1; setp.ne.u32 q, n, 0; @q bra $L; @!q bra $out; $out: }
                    """;
            device.run(
                    HEAD + ".visible .entry k(.param .u64 out) {\n.reg .b32 %r<4>; .reg .b64 %d<2>; .reg .pred %p<2>;\n"
                            + "ld.param.u64 %d0, [out]; mov.u32 %r0, 0; mov.u32 %r1, 2;\n$L:\n"
                            + block.replace("COUNT", "5")
                            + block.replace("COUNT", "7")
                            + "sub.u32 %r1, %r1, 1; setp.ne.u32 %p0, %r1, 0; @%p0 bra $L;\n"
                            + "st.global.u32 [%d0], %r0; ret; }",
                    LaunchShape.of(1, 1),
                    out);
            assertThat(out.get(ValueLayout.JAVA_INT, 0)).isEqualTo(24);
        }
    }

    @Test
    void aLabelOfAnotherBlockIsNone() {
        PtxException failure = failure(KERNEL + "{ $L: mov.u32 %r0, 1; }\nbra $L;\nret; }\n");
        assertThat(failure).hasMessageContaining("no label $L").hasMessageContaining("line 7");
    }
}
