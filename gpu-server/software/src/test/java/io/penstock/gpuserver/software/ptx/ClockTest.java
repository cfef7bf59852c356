package io.penstock.gpuserver.software.ptx;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The clocks that a kernel reads go on, never back, in every block. */
@Timeout(60)
final class ClockTest {
    private static final int READINGS = 64;
    private static final String HEAD = """
            .version 8.0
            .target sm_80
            .address_size 64
            .visible .entry k(.param .u64 out) {
            .reg .pred %p<4>; .reg .b32 %r<9>; .reg .b64 %w<9>;
            ld.param.u64 %w0, [out]; mov.u32 %r0, %ctaid.x; mov.u32 %r1, %ntid.x; mov.u32 %r2, %tid.x;
            mad.lo.u32 %r3, %r0, %r1, %r2; mul.wide.u32 %w1, %r3, 512; add.u64 %w1, %w1, %w0; mov.u32 %r4, 0;
            """;

    private final TestDevice device = new TestDevice();

    @AfterEach
    void close() {
        device.close();
    }

    private long[] read(int blocks, String body) throws PtxException {
        MemorySegment out = device.allocate(512L * blocks);
        device.run(HEAD + body + " ret; }", LaunchShape.of(blocks, 1), out);
        return out.toArray(ValueLayout.JAVA_LONG);
    }

    @ParameterizedTest
    @ValueSource(strings = {"%clock64", "%globaltimer"})
    void aThreadsReadingsNeverGoBackAndDoGoOn(String register) throws PtxException {
        long[] read = read(
                8,
                "$next: mov.u64 %w2, " + register
                        + "; st.global.u64 [%w1], %w2; nanosleep.u32 1000; add.u64 %w1, %w1, 8;"
                        + " add.u32 %r4, %r4, 1; setp.lt.u32 %p0, %r4, 64; @%p0 bra $next;");
        for (int i = 0; i < read.length; i++) {
            if (i % READINGS > 0) {
                assertThat(read[i]).isGreaterThanOrEqualTo(read[i - 1]);
            } else {
                assertThat(read[i + READINGS - 1])
                        .as("the last of block %d", i / READINGS)
                        .isGreaterThan(read[i]);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "%clock64, %clock, 0",
        "%clock64, %clock_hi, 32",
        "%globaltimer, %globaltimer_lo, 0",
        "%globaltimer, %globaltimer_hi, 32"
    })
    void aHalfIsThatOfTheWhole(String whole, String half, int shift) throws PtxException {
        long[] read = read(
                1,
                "mov.u64 %w2, WHOLE; mov.u32 %r5, HALF; mov.u64 %w3, WHOLE; cvt.u64.u32 %w4, %r5;"
                                .replace("WHOLE", whole)
                                .replace("HALF", half)
                        + " st.global.u64 [%w1], %w2; st.global.u64 [%w1+8], %w4; st.global.u64 [%w1+16], %w3;");
        long first = read[0] >>> shift;
        long last = read[2] >>> shift;
        long between = (first & ~0xffff_ffffL) | read[1];
        assertThat(between < first ? between + (1L << 32) : between).isBetween(first, last);
    }

    @Test
    void theGlobalTimerIsTheSameInAllBlocksAndCountsNanoseconds() throws PtxException {
        Instant before = Instant.now();
        long[] read = read(64, "mov.u64 %w2, %globaltimer; st.global.u64 [%w1], %w2;");
        Instant after = Instant.now();
        for (int block = 0; block < 64; block++) {
            long nanoseconds = read[block * READINGS];
            Instant at = Instant.ofEpochSecond(nanoseconds / 1_000_000_000L, nanoseconds % 1_000_000_000L);
            assertThat(at).isBetween(before, after);
        }
    }

    @Test
    void aThreadThatWaitsByTheGlobalTimerWaitsSoLong() throws PtxException {
        long start = System.nanoTime();
        read(
                2,
                "mov.u64 %w2, %globaltimer; add.u64 %w3, %w2, 20000000;"
                        + " $wait: mov.u64 %w4, %globaltimer; setp.lt.u64 %p0, %w4, %w3; @%p0 bra $wait;");
        assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(19_000_000L);
    }

    @Test
    void theClockRunsWhileAThreadWorks() throws PtxException {
        long[] read = read(
                1,
                "mov.u64 %w2, %clock64; $turn: add.u32 %r4, %r4, 1; setp.lt.u32 %p0, %r4, 100000; @%p0 bra $turn;"
                        + " mov.u64 %w3, %clock64; sub.u64 %w3, %w3, %w2; st.global.u64 [%w1], %w3;");
        // A turn takes a cycle at least; that is 100 microseconds at 1 GHz.
        assertThat(read[0]).isBetween(10_000L, 60_000_000_000L);
    }
}
