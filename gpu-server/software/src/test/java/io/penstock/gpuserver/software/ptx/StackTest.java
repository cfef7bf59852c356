package io.penstock.gpuserver.software.ptx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How deep kernels may recurse is what CU_LIMIT_STACK_SIZE says. */
@Timeout(60)
final class StackTest {
    private static final String COUNT = """
            .version 7.0
            .target sm_80
            .address_size 64
            .func (.param .b32 out) depth(.param .b32 n) {
              .reg .pred %p<2>; .reg .b32 %r<4>;
              ld.param.u32 %r1, [n];
              mov.u32 %r2, 0;
              setp.eq.u32 %p1, %r1, 0;
              @%p1 bra DONE;
              sub.u32 %r1, %r1, 1;
              {
                .param .b32 given; .param .b32 got;
                st.param.b32 [given], %r1;
                call.uni (got), depth, (given);
                ld.param.b32 %r2, [got];
              }
              add.u32 %r2, %r2, 1;
            DONE:
              st.param.b32 [out], %r2;
              ret;
            }
            .visible .entry k(.param .u64 out, .param .u32 n) {
              .reg .b32 %r<3>; .reg .b64 %rd<2>;
              ld.param.u64 %rd1, [out];
              ld.param.u32 %r1, [n];
              {
                .param .b32 given; .param .b32 got;
                st.param.b32 [given], %r1;
                call.uni (got), depth, (given);
                ld.param.b32 %r2, [got];
              }
              st.global.u32 [%rd1], %r2;
              ret;
            }
            """;

    private final TestDevice device = new TestDevice();

    @AfterEach
    void close() {
        device.close();
    }

    private int depth(int wanted) throws PtxException {
        MemorySegment out = device.ints(-1);
        device.run(COUNT, LaunchShape.of(1, 1), out, wanted);
        return out.get(ValueLayout.JAVA_INT, 0);
    }

    @Test
    void theStackThatThereIsByItselfHoldsALittleRecursion() throws PtxException {
        assertThat(depth(20)).isEqualTo(20);
        assertThatThrownBy(() -> depth(1000))
                .hasMessageContaining("bytes of stack, CU_LIMIT_STACK_SIZE")
                .isInstanceOfSatisfying(
                        PtxFault.class,
                        fault -> assertThat(fault.kind().cudaResult()).isEqualTo(719));
    }

    @Test
    void moreStackHoldsMoreRecursion() throws PtxException {
        device.stackBytes = 128 << 10;
        assertThat(depth(3000)).isEqualTo(3000);
        assertThatThrownBy(() -> depth(100_000)).isInstanceOf(PtxFault.class);
    }
}
