package io.penstock.gpuserver.software.ptx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.gpuserver.software.ptx.math.TexelMath;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each rule of texture fetching, on textures so small that the results were computed by hand. */
final class TextureTest {
    private static final String ONE = "tex.1d.v4.f32.f32 {%d0, %d1, %d2, %d3}, [%rd1, {%c0}];";
    private static final String TWO = "tex.2d.v4.f32.f32 {%d0, %d1, %d2, %d3}, [%rd1, {%c0, %c1}];";
    private static final String THREE = "tex.3d.v4.f32.f32 {%d0, %d1, %d2, %d3}, [%rd1, {%c0, %c1, %c2, %c2}];";
    private static final String TEXEL = "tex.1d.v4.s32.s32 {%d0, %d1, %d2, %d3}, [%rd1, {%c0}];";

    private final Sampled sampled = new Sampled();

    @AfterEach
    void close() {
        sampled.close();
    }

    private float[] row(AddressMode mode, boolean linear, boolean normalised, float... places) {
        return sampled.floats(sampled.row(mode, linear, normalised, 10, 20, 30, 40), ONE, 1, places);
    }

    @Test
    void nearestTexelIsTheOneThatThePlaceLiesIn() {
        assertThat(row(AddressMode.CLAMP, false, false, 0f, 0.99f, 1f, 2.5f, 3.99f))
                .containsExactly(10, 10, 20, 30, 40);
    }

    @Test
    void normalisedPlaceCountsFromNoughtToOne() {
        assertThat(row(AddressMode.CLAMP, false, true, 0f, 0.24f, 0.25f, 0.5f, 0.99f))
                .containsExactly(10, 10, 20, 30, 40);
    }

    @Test
    void linearFilterBlendsTheTexelsWhoseMiddlesAreNearest() {
        // x - 0.5 is 0.5, 1.0 and 1.25: half of 10 and 20, all of 20, a quarter of 30 and the rest of 20
        assertThat(row(AddressMode.CLAMP, true, false, 1f, 1.5f, 1.75f)).containsExactly(15, 20, 22.5f);
    }

    @Test
    void weightHasEightBitsBehindThePoint() {
        // fractions of 0.001, 0.003 and 0.999 are 0, 1 and 256 of 256
        assertThat(row(AddressMode.CLAMP, true, false, 0.501f, 0.503f, 1.499f)).containsExactly(10, 10 + 10f / 256, 20);
    }

    @Test
    void clampGoesToTheNearestEdge() {
        assertThat(row(AddressMode.CLAMP, false, false, -5f, 4f, 1e30f, -1e30f, Float.POSITIVE_INFINITY))
                .containsExactly(10, 40, 40, 10, 40);
        assertThat(row(AddressMode.CLAMP, true, false, 0f, 4f, 1e30f)).containsExactly(10, 40, 40);
        assertThat(row(AddressMode.CLAMP, false, true, -1f, 1f, 2f)).containsExactly(10, 40, 40);
    }

    @Test
    void wrapStartsAgainAfterEachPeriod() {
        assertThat(row(AddressMode.WRAP, false, true, 1.25f, -0.25f, 7.5f, -1e-20f))
                .containsExactly(20, 40, 30, 40);
        // between the last texel and the first
        assertThat(row(AddressMode.WRAP, true, true, 0f, 1f)).containsExactly(25, 25);
    }

    @Test
    void mirrorTurnsEverySecondPeriodAround() {
        // 1.25 lies where 0.75 does, -0.25 where 0.25 does
        assertThat(row(AddressMode.MIRROR, false, true, 1.25f, -0.25f, 2.25f, 1.999f))
                .containsExactly(40, 20, 20, 10);
        assertThat(row(AddressMode.MIRROR, true, true, 0f, 1f)).containsExactly(10, 40);
    }

    @Test
    void borderHasAValueOfItsOwn() {
        Texture row = sampled.row(AddressMode.BORDER, false, false, 10, 20);
        int[] seven = {Float.floatToRawIntBits(7), 0, 0, 0};
        AddressMode[] along = {AddressMode.BORDER, AddressMode.WRAP, AddressMode.WRAP};
        Texture nearest = new Texture(row.texels(), false, row.modes(), false, false, true, seven);
        Texture linear = new Texture(row.texels(), false, along, true, false, true, seven);
        assertThat(sampled.floats(nearest, ONE, 1, -0.1f, 0f, 1.9f, 2f)).containsExactly(7, 10, 20, 7);
        assertThat(sampled.floats(linear, ONE, 1, 0f, 2f, 9f)).containsExactly(8.5f, 13.5f, 7);
        // with a border across too, half of every blend is border
        Texture both = new Texture(row.texels(), false, row.modes(), true, false, true, seven);
        assertThat(sampled.floats(both, ONE, 1, 0f, 0.5f, 1.5f, 9f)).containsExactly(7.75f, 8.5f, 13.5f, 7);
    }

    @Test
    void productsOfWeightsAreWholeOnes() {
        // of 256: 84 * 133 / 256 is 43.6, which weighs 44; the others keep the sums of rows and columns
        int[] shares = new int[8];
        TexelMath.shares(new int[] {84, 133, 0}, shares);
        assertThat(shares).containsExactly(256 - 84 - 133 + 44, 84 - 44, 133 - 44, 44, 0, 0, 0, 0);
        TexelMath.shares(new int[] {84, 133, 200}, shares);
        assertThat(shares[7]).isEqualTo(34);
        assertThat(shares[1] + shares[3] + shares[5] + shares[7]).isEqualTo(84);
        assertThat(shares[2] + shares[3] + shares[6] + shares[7]).isEqualTo(133);
        assertThat(shares[4] + shares[5] + shares[6] + shares[7]).isEqualTo(200);
        assertThat(Arrays.stream(shares).sum()).isEqualTo(256);
    }

    @Test
    void blendsOfNarrowTexelsAreNarrowToo() {
        MemorySegment memory = sampled.device.allocate(8);
        memory.copyFrom(MemorySegment.ofArray(new byte[] {0, 51, 0, 0}));
        Texels bytes = Sampled.texels(memory, 2, 1, 1, TexelFormat.Channel.UNSIGNED8, 1);
        // 166 / 256 of 0.2 is 8499.07 / 65535
        assertThat(sampled.floats(Sampled.texture(bytes, AddressMode.CLAMP, true, false), ONE, 1, 0.5f + 166f / 256))
                .containsExactly((float) (8499 / 65535.0));
        memory.set(ValueLayout.JAVA_SHORT_UNALIGNED, 4, Float.floatToFloat16(3f));
        memory.set(ValueLayout.JAVA_SHORT_UNALIGNED, 6, Float.floatToFloat16(3 + 0x1p-9f));
        Texels halves =
                new Texels(memory.address() + 4, 2, 1, 1, 1, 4, 4, new TexelFormat(TexelFormat.Channel.HALF, 1));
        assertThat(sampled.floats(Sampled.texture(halves, AddressMode.CLAMP, true, false), ONE, 1, 0.75f, 1f))
                .containsExactly(3f, 3 + 0x1p-9f);
    }

    @Test
    void integersOutsideReadZerosAndEverywhereOfAnArrayOfOneDimension() {
        MemorySegment memory = sampled.device.ints(1, 2, 3, 4);
        Texels row = Sampled.texels(memory, 4, 1, 1, TexelFormat.Channel.SIGNED32, 1);
        Texels flat = Sampled.texels(memory, 2, 2, 1, TexelFormat.Channel.SIGNED32, 1);
        String two = "tex.2d.v4.s32.s32 {%d0, %d1, %d2, %d3}, [%rd1, {%c0, %c1}];";
        long sheet = sampled.device.texture(Sampled.texture(flat, AddressMode.CLAMP, false, false));
        assertThat(sampled.first(sheet, two, 2, 1, 1, 2, 0, 0, -1, 0, 1)).containsExactly(4, 0, 0, 3);
        long array = sampled.device.texture(Sampled.texture(row, AddressMode.CLAMP, false, false));
        assertThat(sampled.first(array, TEXEL, 1, 0, 1, 9)).containsExactly(0, 0, 0);
        long linear = sampled.device.texture(Sampled.linearMemory(row));
        assertThat(sampled.first(linear, TEXEL, 1, 0, 3, 4, -1)).containsExactly(1, 4, 0, 0);
    }

    @Test
    void twoDimensionsBlendFourTexelsAndThreeBlendEight() {
        MemorySegment memory = sampled.device.floats(0, 1, 2, 3, 4, 5, 6, 7);
        Texels flat = Sampled.texels(memory, 2, 2, 1, TexelFormat.Channel.FLOAT, 1);
        Texels deep = Sampled.texels(memory, 2, 2, 2, TexelFormat.Channel.FLOAT, 1);
        assertThat(sampled.floats(Sampled.texture(flat, AddressMode.CLAMP, true, false), TWO, 2, 1, 1, 1.25f, 1, 0, 2))
                .containsExactly(1.5f, 1.75f, 2);
        assertThat(sampled.floats(
                        Sampled.texture(deep, AddressMode.CLAMP, true, false), THREE, 3, 1, 1, 1, 1.5f, 1.5f, 1.25f))
                .containsExactly(3.5f, 6);
        assertThat(sampled.floats(Sampled.texture(deep, AddressMode.CLAMP, false, false), THREE, 3, 1, 0, 1, 0, 1, 0))
                .containsExactly(5, 2);
    }

    @Test
    void layerIsChosenAndNeverBlended() {
        MemorySegment memory = sampled.device.floats(0, 1, 2, 3, 4, 5, 6, 7);
        Texture rows = Sampled.texture(
                Sampled.layers(Sampled.texels(memory, 4, 1, 2, TexelFormat.Channel.FLOAT, 1)),
                AddressMode.CLAMP,
                true,
                false);
        Texture sheets = Sampled.texture(
                Sampled.layers(Sampled.texels(memory, 2, 2, 2, TexelFormat.Channel.FLOAT, 1)),
                AddressMode.CLAMP,
                false,
                false);
        String ofRows = "tex.a1d.v4.f32.f32 {%d0, %d1, %d2, %d3}, [%rd1, {%r0, %c0}];";
        String ofSheets = "tex.a2d.v4.f32.f32 {%d0, %d1, %d2, %d3}, [%rd1, {%r0, %c0, %c1, %c1}];";
        // the lane's number is the layer; the third lane's is clamped
        assertThat(sampled.floats(rows, ofRows, 1, 1, 1, 1)).containsExactly(0.5f, 4.5f, 4.5f);
        assertThat(sampled.floats(sheets, ofSheets, 2, 1, 0, 1, 0, 0, 1)).containsExactly(1, 5, 6);
    }

    @Test
    void integersAreReadAsFractionsOrAsTheyAre() {
        MemorySegment memory = sampled.device.allocate(8);
        memory.copyFrom(MemorySegment.ofArray(new byte[] {0, 51, -1, 127, -128, -127, 1, 2}));
        Texels bytes = Sampled.texels(memory, 8, 1, 1, TexelFormat.Channel.UNSIGNED8, 1);
        Texels signed = Sampled.texels(memory, 8, 1, 1, TexelFormat.Channel.SIGNED8, 1);
        assertThat(sampled.floats(Sampled.texture(bytes, AddressMode.CLAMP, false, false), ONE, 1, 0, 1, 2))
                .containsExactly(0, 0.2f, 1);
        assertThat(sampled.floats(Sampled.texture(signed, AddressMode.CLAMP, false, false), ONE, 1, 3, 4, 5))
                .containsExactly(1, -1, -1);
        Texture plain = Sampled.linearMemory(signed);
        assertThat(sampled.first(sampled.device.texture(plain), TEXEL, 1, 1, 2, 4, 99, -99))
                .containsExactly(51, -1, -128, 0, 0);
    }

    @Test
    void halvesAndWordsOfUpToFourChannels() {
        MemorySegment memory = sampled.device.allocate(64);
        memory.set(ValueLayout.JAVA_SHORT_UNALIGNED, 0, Float.floatToFloat16(1.5f));
        memory.set(ValueLayout.JAVA_SHORT_UNALIGNED, 2, Float.floatToFloat16(-2f));
        Texels halves = Sampled.texels(memory, 2, 1, 1, TexelFormat.Channel.HALF, 2);
        Texture texture = Sampled.texture(halves, AddressMode.CLAMP, false, false);
        int[] pair = sampled.run(sampled.device.texture(texture), ONE, 1, 0)[0];
        assertThat(pair).containsExactly(Float.floatToRawIntBits(1.5f), Float.floatToRawIntBits(-2f), 0, 0);

        MemorySegment four = sampled.device.ints(1, 2, 3, 4, -5, 6, Integer.MIN_VALUE, 8);
        Texels words = Sampled.texels(four, 2, 1, 1, TexelFormat.Channel.SIGNED32, 4);
        Texture second = Sampled.linearMemory(words);
        assertThat(sampled.run(sampled.device.texture(second), TEXEL, 1, 1)[0])
                .containsExactly(-5, 6, Integer.MIN_VALUE, 8);

        MemorySegment shorts = sampled.device.allocate(4);
        shorts.copyFrom(MemorySegment.ofArray(new short[] {-1, -32768}));
        Texels unsigned = Sampled.texels(shorts, 2, 1, 1, TexelFormat.Channel.UNSIGNED16, 1);
        assertThat(sampled.floats(Sampled.texture(unsigned, AddressMode.CLAMP, true, false), ONE, 1, 0.5f))
                .containsExactly(1);
    }

    @Test
    void integerCoordinateNamesATexelWhateverTheFilter() {
        Texture linear = sampled.row(AddressMode.CLAMP, true, false, 10, 20, 30);
        String fetch = "tex.2d.v4.f32.s32 {%d0, %d1, %d2, %d3}, [%rd1, {%c0, %c1}];";
        int[] values = sampled.first(sampled.device.texture(linear), fetch, 2, 0, 0, 2, 0);
        assertThat(values).containsExactly(Float.floatToRawIntBits(10), Float.floatToRawIntBits(30));
    }

    @Test
    void lanesThatTakeNoPartKeepTheirRegistersAndEachLaneHasItsOwnObject() {
        long one = sampled.device.texture(sampled.row(AddressMode.CLAMP, false, false, 1));
        sampled.device.texture(sampled.row(AddressMode.CLAMP, false, false, 2));
        String odd = """
                .reg .pred %p; .reg .b64 %lane; setp.ne.u32 %p, %r0, 1; cvt.u64.u32 %lane, %c1; add.u64 %rd1, %rd1, %lane;
                @%p tex.1d.v4.f32.f32 {%d0, %d1, %d2, %d3}, [%rd1, {%c0}];
                """;
        assertThat(sampled.first(one, odd, 2, 0, 0, 0, 0, 0, 1))
                .containsExactly(Float.floatToRawIntBits(1), 77, Float.floatToRawIntBits(2));
    }

    @Test
    void levelOfDetailIsTheFirstWhereThereAreNoOthers() {
        Texture row = sampled.row(AddressMode.CLAMP, false, false, 10, 20);
        String level = "tex.level.1d.v4.f32.f32 {%d0, %d1, %d2, %d3}, [%rd1, {%c0}], 0f40400000;";
        assertThat(sampled.floats(row, level, 1, 1)).containsExactly(20);
    }

    @Test
    void kernelThatNamesNoTextureOrOneWhoseMemoryIsGoneEndsTheLaunch() {
        Texture row = sampled.row(AddressMode.CLAMP, false, false, 10, 20);
        long object = sampled.device.texture(row);
        assertThatThrownBy(() -> sampled.run(object + 1, ONE, 1, 0))
                .isInstanceOfSatisfying(
                        PtxFault.class, fault -> assertThat(fault.kind()).isEqualTo(PtxFault.Kind.ILLEGAL_ADDRESS))
                .hasMessageContaining("is no texture object");
        sampled.device.free(row.texels().address());
        assertThatThrownBy(() -> sampled.run(object, ONE, 1, 0))
                .isInstanceOfSatisfying(
                        PtxFault.class, fault -> assertThat(fault.kind()).isEqualTo(PtxFault.Kind.ILLEGAL_ADDRESS));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tld4.r.cube.v4.f32.f32 {%d0, %d1, %d2, %d3}, [%rd1, {%c0, %c1, %c2, %c2}];",
                "tex.cube.v4.f32.f32 {%d0, %d1, %d2, %d3}, [%rd1, {%c0, %c1, %c2, %c2}];",
                "tex.1d.v4.f32.f32 {%d0, %d1, %d2, %d3}, [%rd1, %rd2, {%c0}];",
                "tex.1d.v4.f32.f32 {%d0, %d1, %d2, %d3}, [image, {%c0}];",
                "tex.1d.v4.f16.f32 {%h0, %h1, %h2, %h3}, [%rd1, {%c0}];",
                "tex.2d.v4.f32.f32 {%d0, %d1, %d2, %d3}, [%rd1, {%c0, %c1}], {%c2, %c3};",
                "sust.p.1d.b32.trap [%rd1, {%c0}], {%d0};",
                "txq.filter_mode.b32 %d0, [%rd1];"
            })
    void formsThatAreNotSupportedAreNamed(String instruction) {
        assertThatThrownBy(() -> sampled.device.load(Sampled.text(instruction)))
                .isInstanceOfSatisfying(
                        PtxException.class,
                        refused -> assertThat(refused.kind()).isEqualTo(PtxException.Kind.UNSUPPORTED_INSTRUCTION))
                .hasMessageContaining(instruction.substring(0, instruction.indexOf(' ')));
    }
}
