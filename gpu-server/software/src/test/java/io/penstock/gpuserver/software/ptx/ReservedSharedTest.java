package io.penstock.gpuserver.software.ptx;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The shared memory that a GPU of compute capability 8.0 keeps for NVIDIA's libraries: groups of several warps meet in it. */
@Timeout(60)
final class ReservedSharedTest {
    private final TestDevice device = new TestDevice();

    @AfterEach
    void close() {
        device.close();
    }

    private static final String RESERVED = """
            .version 8.0
            .target sm_80
            .address_size 64
            .visible .entry k(.param .u64 out) {
              .reg .b32 %r<9>; .reg .b64 %w<4>;
              .shared .align 4 .b8 own[100];
              ld.param.u64 %w1, [out];
              mov.u32 %r1, %reserved_smem_offset_begin;
              mov.u32 %r2, %reserved_smem_offset_end;
              mov.u32 %r3, %reserved_smem_offset_1;
              mov.u32 %r4, %total_smem_size;
              mov.u32 %r5, 7;
              st.shared.u32 [own], %r5;
              cvt.u64.u32 %w2, %r3;
              cvta.shared.u64 %w2, %w2;
              mov.u32 %r6, 9;
              st.u32 [%w2+284], %r6;
              ld.u32 %r6, [%w2+284];
              ld.shared.u32 %r5, [own];
              st.global.v4.u32 [%w1], {%r1, %r2, %r3, %r4};
              st.global.v2.u32 [%w1+16], {%r5, %r6};
              ret;
            }
            """;

    @Test
    void whatLibrariesKeepOfSharedMemoryIsNoneOfTheKernels() throws PtxException {
        MemorySegment out = device.ints(0, 0, 0, 0, 0, 0);
        device.run(RESERVED, LaunchShape.of(1, 1), out);
        int[] seen = out.toArray(ValueLayout.JAVA_INT);
        assertThat(seen[0]).isGreaterThanOrEqualTo(100);
        assertThat(seen[1] - seen[0]).isEqualTo(1024);
        assertThat(seen[2])
                .as("where groups of several warps meet, 288 bytes at least")
                .isBetween(seen[0], seen[1] - 288);
        assertThat(seen[3]).as("the kernel's own alone").isEqualTo(100);
        assertThat(seen[4]).isEqualTo(7);
        assertThat(seen[5]).isEqualTo(9);
    }
}
