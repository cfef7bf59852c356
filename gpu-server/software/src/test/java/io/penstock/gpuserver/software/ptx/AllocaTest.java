package io.penstock.gpuserver.software.ptx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Memory that lanes take from their stacks, each as much as it wants, and give back. */
final class AllocaTest {
    private static final String HEAD = """
            .version 8.0
            .target sm_80
            .address_size 64
            .func (.param .b32 back) sum(.param .b32 given) {
            .reg .b32 %r<9>; .reg .b64 %w<9>; .reg .pred %p<3>; .local .align 8 .b32 own[2];
            ld.param.b32 %r0, [given]; mul.lo.u32 %r1, %r0, 4; cvt.u64.u32 %w0, %r1; alloca.u64 %w1, %w0;
            st.local.u32 [own], 7; mov.u32 %r2, 0; mov.u64 %w2, %w1;
            $fill: setp.ge.u32 %p0, %r2, %r0; @%p0 bra $add;
            st.local.u32 [%w2], %r2; add.u64 %w2, %w2, 4; add.u32 %r2, %r2, 1; bra $fill;
            $add: mov.u32 %r3, 0; ld.local.u32 %r4, [own];
            $next: setp.eq.u32 %p0, %r2, 0; @%p0 bra $end; sub.u32 %r2, %r2, 1; sub.u64 %w2, %w2, 4;
            ld.local.u32 %r3, [%w2]; add.u32 %r4, %r4, %r3; bra $next;
            $end: st.param.b32 [back], %r4; ret; }
            .visible .entry k(.param .u64 out) {
            .reg .pred %p<9>; .reg .b32 %r<20>; .reg .b64 %w<20>; .reg .b64 %o<3>; .local .align 8 .b32 own[4];
            ld.param.u64 %o0, [out]; mov.u32 %r0, %tid.x; mul.wide.u32 %o1, %r0, 4; add.u64 %o1, %o1, %o0;
            """;

    private final TestDevice device = new TestDevice();

    @AfterEach
    void close() {
        device.close();
    }

    private int[] run(String body) throws PtxException {
        MemorySegment out = device.allocate(4 * 32);
        device.run(HEAD + body + " st.global.u32 [%o1], %r9; ret; }", LaunchShape.of(1, 32), out);
        return out.toArray(ValueLayout.JAVA_INT);
    }

    @Test
    void whatALaneHasIsItsOwnAndApartFromItsVariablesAndItsCallees() throws PtxException {
        int[] out = run("""
                st.local.u32 [own+12], 1000; add.u32 %r1, %r0, 1; mul.lo.u32 %r2, %r1, 4;
                alloca.u32 %r3, %r2, 64; and.b32 %r4, %r3, 63; mul.lo.u32 %r5, %r0, 4; add.u32 %r5, %r5, %r3;
                st.local.u32 [%r5], %r0; alloca.u32 %r6, 4; st.local.u32 [%r6], 5000;
                { .param .b32 given; .param .b32 back; st.param.b32 [given], %r1; call (back), sum, (given);
                ld.param.b32 %r9, [back]; }
                ld.local.u32 %r7, [%r5]; add.u32 %r9, %r9, %r7; ld.local.u32 %r7, [own+12]; add.u32 %r9, %r9, %r7;
                ld.local.u32 %r7, [%r6]; add.u32 %r9, %r9, %r7; add.u32 %r9, %r9, %r4;
                """);
        for (int lane = 0; lane < 32; lane++) {
            assertThat(out[lane]).isEqualTo(lane * (lane + 1) / 2 + 7 + lane + 1000 + 5000);
        }
    }

    @Test
    void whatIsGivenBackIsTakenAgain() throws PtxException {
        int[] out = run("""
                stacksave.u64 %w0; mov.u32 %r1, 0;
                $again: alloca.u64 %w1, 4096; st.local.u32 [%w1+4092], %r0; stackrestore.u64 %w0;
                add.u32 %r1, %r1, 1; setp.lt.u32 %p0, %r1, 1000; @%p0 bra $again;
                alloca.u64 %w2, 8; sub.u64 %w3, %w2, %w1; cvt.u32.u64 %r9, %w3;
                """);
        assertThat(out).containsOnly(0);
    }

    @Test
    void aGenericAddressLeadsThereToo() throws PtxException {
        int[] out = run("alloca.u64 %w1, 16; cvta.local.u64 %w2, %w1; st.u32 [%w2+8], %r0; ld.local.u32 %r9, [%w1+8];");
        for (int lane = 0; lane < 32; lane++) {
            assertThat(out[lane]).isEqualTo(lane);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"alloca.u64 %w1, 524288;", "alloca.u64 %w1, -1;", "mov.u64 %w0, -5; alloca.u64 %w1, %w0;"})
    void aStackThatIsTooLargeFaults(String body) {
        assertThatThrownBy(() -> run(body)).isInstanceOf(PtxFault.class).hasMessageContaining("the limit is 524288");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "alloca.u64 %w1;",
                "alloca.s64 %w1, 8;",
                "alloca.u64 %w1, 8, 12;",
                "alloca.u64 %w1, 8, %r1;",
                "alloca.u32 %w1, 8;",
                "stacksave.u32 %w0;",
                "stackrestore.u64 %r0;",
                "mov.b32 %r0, {%r1, %r2};",
                "mov.b16 {%w1, %w2}, %r0;",
                "mov.f64 {%r0, %r1}, %w0;",
                "mov.b64 %w0, {%r1, %r2, %r3};"
            })
    void whatContradictsItselfIsInvalid(String body) {
        assertThatThrownBy(() -> run(body))
                .isInstanceOfSatisfying(
                        PtxException.class,
                        failure -> assertThat(failure.kind()).isEqualTo(PtxException.Kind.INVALID));
    }
}
