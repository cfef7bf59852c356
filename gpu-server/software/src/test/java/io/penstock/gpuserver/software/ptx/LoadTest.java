package io.penstock.gpuserver.software.ptx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a load leaves in a register that is wider than its type, and where addresses of 32 bits end. */
final class LoadTest {
    private static final long BITS = 0x8899_aabb_ccdd_eef0L;

    private final TestDevice device = new TestDevice();

    @AfterEach
    void close() {
        device.close();
    }

    private long run(String body) throws PtxException {
        MemorySegment out = device.allocate(8);
        String text = """
                .version 8.0
                .target sm_80
                .address_size 64
                .visible .entry k(.param .u64 out, .param .u64 in, .param .b64 given) {
                .reg .b16 %h<4>; .reg .b32 %r<4>; .reg .b64 %rd<8>; .reg .b64 %w;
                .shared .align 8 .b8 box[64]; .local .align 8 .b8 own[64];
                ld.param.u64 %rd0, [out]; ld.param.u64 %rd1, [in]; mov.b64 %w, -1;
                ld.global.b64 %rd2, [%rd1]; st.shared.b64 [box], %rd2; st.local.b64 [own], %rd2;
                """ + body + "\nst.global.b64 [%rd0], %w; ret; }";
        device.run(text, LaunchShape.of(1, 1), out, device.longs(BITS), BITS);
        return out.get(ValueLayout.JAVA_LONG, 0);
    }

    @ParameterizedTest
    @CsvSource({"global,%rd1", "shared,box", "local,own", "param,given"})
    void signedTypesExtendByTheirSignAndOthersByZeros(String space, String place) throws PtxException {
        assertLoad(space, "s32", place, BITS << 32 >> 32);
        assertLoad(space, "u32", place, BITS & 0xffff_ffffL);
        assertLoad(space, "b32", place, BITS & 0xffff_ffffL);
        assertLoad(space, "s16", place, (short) BITS);
        assertLoad(space, "u16", place, BITS & 0xffff);
        assertLoad(space, "b16", place, BITS & 0xffff);
        assertLoad(space, "s8", place, (byte) BITS);
        assertLoad(space, "u8", place, BITS & 0xff);
        assertLoad(space, "b8", place, BITS & 0xff);
        assertLoad(space, "s64", place, BITS);
    }

    private void assertLoad(String space, String type, String place, long expected) throws PtxException {
        assertThat(run("ld." + space + "." + type + " %w, [" + place + "];"))
                .as("ld.%s.%s into 64 bits", space, type)
                .isEqualTo(expected);
        if (!type.endsWith("64")) {
            assertThat(run("ld." + space + "." + type + " %r0, [" + place + "]; cvt.u64.u32 %w, %r0;"))
                    .as("ld.%s.%s into 32 bits", space, type)
                    .isEqualTo(expected & 0xffff_ffffL);
        }
        if (type.endsWith("8") || type.endsWith("16")) {
            assertThat(run("ld." + space + "." + type + " %h0, [" + place + "]; cvt.u64.u16 %w, %h0;"))
                    .as("ld.%s.%s into 16 bits", space, type)
                    .isEqualTo(expected & 0xffff);
        }
    }

    @Test
    void vectorPartsExtendEachByItsOwnSign() throws PtxException {
        assertThat(run("ld.global.v2.s32 {%rd3, %rd4}, [%rd1]; sub.s64 %w, %rd3, %rd4;"))
                .isEqualTo((long) (int) BITS - (int) (BITS >> 32));
        assertThat(run("ld.global.v4.s16 {%rd3, %rd4, %rd5, %rd6}, [%rd1]; add.s64 %w, %rd3, %rd6;"))
                .isEqualTo((long) (short) BITS + (short) (BITS >> 48));
    }

    @ParameterizedTest
    @CsvSource({"shared,box", "local,own"})
    void addressOf32BitsAndItsOffsetEndAt32Bits(String space, String variable) throws PtxException {
        String base = "mov.u32 %r0, " + variable + "; ";
        assertThat(run(base + "sub.u32 %r0, %r0, 16; ld." + space + ".u32 %w, [%r0+20];"))
                .isEqualTo(BITS >>> 32);
        assertThat(run(base + "sub.u32 %r0, %r0, 64; st." + space + ".u8 [%r0+67], 1; ld." + space + ".b64 %w, ["
                        + variable + "];"))
                .isEqualTo((BITS & ~0xff00_0000L) | 0x0100_0000);
        assertThat(run(base + "add.u32 %r0, %r0, 8; ld." + space + ".u32 %w, [%r0+-4];"))
                .isEqualTo(BITS >>> 32);
        assertThatThrownBy(() -> run(base + "sub.u32 %r0, %r0, 64; ld." + space + ".u32 %w, [%r0+4];"))
                .isInstanceOf(PtxFault.class);
    }
}
