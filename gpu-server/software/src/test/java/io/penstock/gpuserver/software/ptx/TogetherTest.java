package io.penstock.gpuserver.software.ptx;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Two blocks, each on a core of its own where there are two: one writes pairs of one number, the other reads them meanwhile. */
@Timeout(60)
final class TogetherTest {
    private static final int TURNS = 300_000;

    private static final String PAIRS = """
            .version 8.0
            .target sm_80
            .address_size 64
            .visible .entry k(.param .u64 at, .param .u64 torn, .param .u32 turns) {
              .reg .pred %p<4>; .reg .b32 %r<6>; .reg .b64 %w<10>;
              ld.param.u64 %w1, [at];
              ld.param.u64 %w2, [torn];
              ld.param.u32 %r1, [turns];
              mov.u32 %r2, %ctaid.x;
              setp.ne.u32 %p1, %r2, 0;
              mov.u64 %w3, 0;
              mov.u32 %r3, 0;
              @%p1 bra READ;
            WRITE:
              add.u64 %w3, %w3, 1;
              STORE.v2.u64 [%w1], {%w3, %w3};
              add.u32 %r3, %r3, 1;
              setp.lt.u32 %p2, %r3, %r1;
              @%p2 bra WRITE;
              ret;
            READ:
              LOAD.v2.u64 {%w4, %w5}, [%w1];
              setp.ne.u64 %p3, %w4, %w5;
              @%p3 st.global.u64 [%w2], %w4;
              add.u32 %r3, %r3, 1;
              setp.lt.u32 %p2, %r3, %r1;
              @%p2 bra READ;
              ret;
            }
            """;

    private final TestDevice device = new TestDevice();

    @AfterEach
    void close() {
        device.close();
    }

    @ParameterizedTest
    @CsvSource({
        "st.relaxed.gpu, ld.relaxed.gpu",
        "st.release.gpu.global, ld.acquire.gpu.global",
        "st.volatile.global, ld.volatile.global",
        "st.global.cg, ld.global.cg"
    })
    void noneSeesHalfOfAVectorThatAnotherThreadWrites(String store, String load) throws PtxException {
        MemorySegment pair = device.longs(0, 0);
        MemorySegment torn = device.longs(0);
        String text = PAIRS.replace("STORE", store).replace("LOAD", load);
        device.run(text, LaunchShape.of(2, 1), pair, torn, TURNS);
        assertThat(torn.get(ValueLayout.JAVA_LONG, 0))
                .as("the first half of a torn pair")
                .isZero();
        assertThat(pair.get(ValueLayout.JAVA_LONG, 8)).isEqualTo(TURNS);
    }
}
