package io.penstock.gpuserver.software.ptx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is asked of textures and surfaces other than a fetch: four texels at once, sizes, fetches by gradients, sums. */
final class GatherTest {
    private static final String WHERE = ".v4.f32.f32 {%d0, %d1, %d2, %d3}, [%rd1, {%c0, %c1}];";

    /** Whether the texels are there, in a predicate that was false; a lane that is told no ends the launch. */
    private static final String RESIDENT = ".v4.f32.f32 {%d0, %d1, %d2, %d3}|%p7, [%rd1, {%c0, %c1}];\n@!%p7 trap;";

    private final Sampled sampled = new Sampled();

    @AfterEach
    void close() {
        sampled.close();
    }

    /** 4 texels by 3, of two channels: 10 times the row plus the column, and the same plus a half. */
    private long sheet(AddressMode mode) {
        float[] values = new float[24];
        for (int i = 0; i < 12; i++) {
            values[2 * i] = i / 4 * 10 + i % 4;
            values[2 * i + 1] = values[2 * i] + 0.5f;
        }
        Texels texels = Sampled.texels(sampled.device.floats(values), 4, 3, 1, TexelFormat.Channel.FLOAT, 2);
        return sampled.device.texture(Sampled.texture(texels, mode, false, false));
    }

    private float[] four(long texture, String instruction, float x, float y) {
        int[] bits = sampled.run(texture, instruction, 2, Float.floatToRawIntBits(x), Float.floatToRawIntBits(y))[0];
        float[] numbers = new float[4];
        for (int i = 0; i < 4; i++) {
            numbers[i] = Float.intBitsToFloat(bits[i]);
        }
        return numbers;
    }

    @Test
    void aGatherReadsTheTexelsAroundAPlaceAgainstTheClock() {
        assertThat(four(sheet(AddressMode.CLAMP), "tld4.r.2d" + WHERE, 2f, 1f)).containsExactly(11, 12, 2, 1);
        assertThat(four(sheet(AddressMode.CLAMP), "tld4.g.2d" + WHERE, 2.4f, 2.4f))
                .containsExactly(21.5f, 22.5f, 12.5f, 11.5f);
        assertThat(four(sheet(AddressMode.CLAMP), "tld4.b.2d" + WHERE, 2f, 1f)).containsOnly(0);
    }

    @Test
    void allTexelsOfWhatIsNotSparseAreThere() {
        String gather = ".reg .pred %p<8>; setp.ne.u32 %p7, 0, 0;\ntld4.r.2d" + RESIDENT;
        String fetch = ".reg .pred %p<8>; setp.ne.u32 %p7, 0, 0;\ntex.2d" + RESIDENT;
        assertThat(four(sheet(AddressMode.CLAMP), gather, 2f, 1f)).containsExactly(11, 12, 2, 1);
        assertThat(four(sheet(AddressMode.CLAMP), fetch, 2f, 1f)).containsExactly(12, 12.5f, 0, 0);
    }

    /** As an H100 answers for tld4.r.2d.v4.f32.f32: of a place at 3.49821 the texels from 3 on. */
    @Test
    void aGatherRoundsItsPlaceToA256th() {
        assertThat(four(sheet(AddressMode.CLAMP), "tld4.r.2d" + WHERE, 1.49821f, 1f))
                .containsExactly(11, 12, 2, 1);
        assertThat(four(sheet(AddressMode.CLAMP), "tld4.r.2d" + WHERE, 1.498f, 1f))
                .containsExactly(10, 11, 1, 0);
        assertThat(four(sheet(AddressMode.CLAMP), "tld4.r.2d" + WHERE, 1f, 0.49923f))
                .containsExactly(10, 11, 1, 0);
    }

    /** As an H100 answers for tld4.r.2d.v4.f32.f32 of a byte of 32. */
    @Test
    void aGatherOfSignedBytesGivesFractionsOf16Bits() {
        MemorySegment memory = sampled.device.ints(0x20202020, 0x20202020);
        Texels texels = Sampled.texels(memory, 4, 2, 1, TexelFormat.Channel.SIGNED8, 1);
        long texture = sampled.device.texture(Sampled.texture(texels, AddressMode.CLAMP, false, false));
        assertThat(four(texture, "tld4.r.2d" + WHERE, 2f, 1f)).containsOnly(Float.intBitsToFloat(0x3e810102));
    }

    /** As an H100 answers for tld4.r.2d.v4.u32.f32 of mirrored textures: left stays left beyond the edge. */
    @Test
    void aGatherInAMirrorKeepsItsOrder() {
        float[] values = {0, 1, 2, 3, 10, 11, 12, 13};
        Texels texels = Sampled.texels(sampled.device.floats(values), 4, 2, 1, TexelFormat.Channel.FLOAT, 1);
        long texture = sampled.device.texture(Sampled.texture(texels, AddressMode.MIRROR, false, true));
        assertThat(four(texture, "tld4.r.2d" + WHERE, 1.5f, 0.5f)).containsExactly(12, 11, 1, 2);
    }

    @Test
    void aGatherBeyondTheEdgeFollowsTheAddressMode() {
        assertThat(four(sheet(AddressMode.CLAMP), "tld4.r.2d" + WHERE, -3f, 0f)).containsExactly(0, 0, 0, 0);
        assertThat(four(sheet(AddressMode.CLAMP), "tld4.r.2d" + WHERE, 4f, 3f)).containsExactly(23, 23, 23, 23);
        assertThat(four(sheet(AddressMode.BORDER), "tld4.r.2d" + WHERE, 4f, 2f)).containsExactly(23, 0, 0, 13);
    }

    @Test
    void aGatherOfLayersReadsOneAndOfIntegersGivesIntegers() {
        MemorySegment memory = sampled.device.ints(1, 2, 3, 4, 5, 6, 7, 8);
        Texels layers = Sampled.layers(Sampled.texels(memory, 2, 2, 2, TexelFormat.Channel.SIGNED32, 1));
        AddressMode[] modes = {AddressMode.CLAMP, AddressMode.CLAMP, AddressMode.CLAMP};
        long texture =
                sampled.device.texture(new Texture(layers, false, modes, false, false, false, Sampled.NO_BORDER));
        int one = Float.floatToRawIntBits(1f);
        assertThat(sampled.run(
                                texture,
                                "tld4.r.a2d.v4.s32.f32 {%d0, %d1, %d2, %d3}, [%rd1, {%c0, %c1, %c2, %c2}];",
                                3,
                                1,
                                one,
                                one)[0])
                .containsExactly(7, 8, 6, 5);
    }

    @Test
    void aFetchByGradientsIsOfTheOnlyLevelThereIs() {
        String by = "tex.grad.2d.v4.f32.f32 {%d0, %d1, %d2, %d3}, [%rd1, {%c0, %c1}], {%c0, %c0}, {%c1, %c1};";
        assertThat(four(sheet(AddressMode.CLAMP), by, 3.2f, 1.9f)).startsWith(13, 13.5f);
    }

    @ParameterizedTest
    @CsvSource({"width, 4", "height, 3", "depth, 2"})
    void sizesAreToldInTexels(String query, int size) {
        Texels texels = new Texels(4096, 4, 3, 2, 5, 32, 96, new TexelFormat(TexelFormat.Channel.HALF, 4));
        long texture = sampled.device.texture(Sampled.texture(texels, AddressMode.CLAMP, false, false));
        long surface = sampled.device.surface(texels);
        assertThat(sampled.first(texture, "txq." + query + ".b32 %d0, [%rd1];", 1, 0))
                .containsExactly(size);
        assertThat(sampled.first(surface, "suq." + query + ".b32 %d0, [%rd1];", 1, 0))
                .containsExactly(size);
        assertThatThrownBy(() -> sampled.first(texture + 99, "txq." + query + ".b32 %d0, [%rd1];", 1, 0))
                .isInstanceOf(PtxFault.class)
                .hasMessageContaining("is no texture object");
        assertThatThrownBy(() -> sampled.first(texture + 99, "suq." + query + ".b32 %d0, [%rd1];", 1, 0))
                .isInstanceOf(PtxFault.class)
                .hasMessageContaining("is no surface object");
    }

    @Test
    void aBreakpointEndsTheLaunchWhereNobodyDebugs() {
        assertThatThrownBy(() -> sampled.first(sheet(AddressMode.CLAMP), "brkpt;", 1, 0))
                .isInstanceOfSatisfying(
                        PtxFault.class, fault -> assertThat(fault.kind()).isEqualTo(PtxFault.Kind.TRAP));
    }

    @Test
    void lanesReduceIntoASurface() {
        MemorySegment memory = sampled.device.ints(1, -2, 3, 4, 0, 0, 0, 0);
        long sheet = sampled.device.surface(Sampled.texels(memory, 4, 2, 1, TexelFormat.Channel.SIGNED32, 1));
        String at = ".trap [%rd1, {%c0, %c1}], %c2;";
        sampled.first(sheet, "sured.b.add.2d.u32" + at, 3, 0, 0, 5, 0, 0, 7, 8, 1, -1);
        sampled.first(sheet, "sured.b.min.2d.s32" + at, 3, 4, 0, 9, 8, 0, -9);
        sampled.first(sheet, "sured.b.max.2d.u32" + at, 3, 12, 0, -1);
        sampled.first(sheet, "sured.b.or.2d.b32" + at, 3, 0, 1, 6, 0, 1, 9);
        sampled.first(sheet, "sured.b.add.2d.u32.zero [%rd1, {%c0, %c1}], %c2;", 3, 16, 0, 5);
        sampled.first(sheet, "sured.b.add.2d.u32.clamp [%rd1, {%c0, %c1}], %c2;", 3, 99, 1, 5);
        assertThat(memory.toArray(ValueLayout.JAVA_INT)).containsExactly(13, -2, -9, -1, 15, 0, -1, 5);
        assertThatThrownBy(() -> sampled.first(sheet, "sured.b.add.2d.u32" + at, 3, 16, 0, 5))
                .hasMessageContaining("lie beyond the surface");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tld4.2d.v4.f32.f32 {%d0, %d1, %d2, %d3}, [%rd1, {%c0, %c1}];",
                "tld4.r.1d.v4.f32.f32 {%d0, %d1, %d2, %d3}, [%rd1, {%c0}];",
                "tld4.r.2d.v4.f32.s32 {%d0, %d1, %d2, %d3}, [%rd1, {%c0, %c1}];",
                "txq.width.b32 %d0, %rd1;",
                "txq.width.b32 %rd1, [%rd1];",
                "txq.width.b32 %d0, [%d1];",
                "sured.b.add.2d.b32.trap [%rd1, {%c0, %c1}], %c2;",
                "sured.b.and.2d.u32.trap [%rd1, {%c0, %c1}], %c2;",
                "sured.b.add.a1d.u32.trap [%rd1, {%c0, %c1}], %c2;",
                "sured.b.add.1d.v2.u32.trap [%rd1, {%c0}], {%c2, %c2};",
                "sured.b.2d.u32.trap [%rd1, {%c0, %c1}], %c2;",
                "tex.grad.2d.v4.f32.f32 {%d0, %d1, %d2, %d3}, [%rd1, {%c0, %c1}], {%c0}, {%c1, %c1};"
            })
    void whatContradictsItselfIsInvalid(String instruction) {
        assertThatThrownBy(() -> PtxCompiler.compile(Sampled.text(instruction), PtxOptions.DEFAULT))
                .isInstanceOfSatisfying(
                        PtxException.class,
                        failure -> assertThat(failure.kind()).isEqualTo(PtxException.Kind.INVALID));
    }
}
