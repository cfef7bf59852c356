package io.penstock.gpuserver.software.ptx;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Runs one texture or surface instruction, a lane for each set of coordinates. In its text {@code %rd1} is the object, {@code
 * %c0} to {@code %c3} are coordinates, and {@code %d0} to {@code %d3} are stored afterwards.
 */
final class Sampled implements AutoCloseable {
    static final int[] NO_BORDER = {0, 0, 0, 0};

    final TestDevice device = new TestDevice();

    /** A texture of one row of floats; linear and normalised as told. */
    Texture row(AddressMode mode, boolean linear, boolean normalised, float... values) {
        MemorySegment memory = device.floats(values);
        return texture(texels(memory, values.length, 1, 1, TexelFormat.Channel.FLOAT, 1), mode, linear, normalised);
    }

    static Texture texture(Texels texels, AddressMode mode, boolean linear, boolean normalised) {
        AddressMode[] modes = {mode, mode, mode};
        return new Texture(texels, false, modes, linear, normalised, true, NO_BORDER);
    }

    /** A row of memory, whose integers are read as they are. */
    static Texture linearMemory(Texels row) {
        AddressMode[] modes = {AddressMode.BORDER, AddressMode.BORDER, AddressMode.BORDER};
        return new Texture(row, true, modes, false, false, false, NO_BORDER);
    }

    static Texels texels(
            MemorySegment memory, int width, int height, int depth, TexelFormat.Channel channel, int channels) {
        TexelFormat format = new TexelFormat(channel, channels);
        long row = (long) width * format.bytes();
        return new Texels(memory.address(), width, height, depth, 1, row, row * height, format);
    }

    /** The texels' slices as layers. */
    static Texels layers(Texels texels) {
        return new Texels(
                texels.address(),
                texels.width(),
                texels.height(),
                1,
                texels.depth(),
                texels.rowBytes(),
                texels.sliceBytes(),
                texels.format());
    }

    /** The first value of each lane, whose coordinates are one after another. */
    float[] floats(Texture texture, String instruction, int coordinates, float... places) {
        int[] bits = new int[places.length];
        Arrays.setAll(bits, i -> Float.floatToRawIntBits(places[i]));
        int[][] results = run(device.texture(texture), instruction, coordinates, bits);
        float[] first = new float[results.length];
        for (int i = 0; i < first.length; i++) {
            first[i] = Float.intBitsToFloat(results[i][0]);
        }
        return first;
    }

    /** The bits of the first value of each lane. */
    int[] first(long object, String instruction, int coordinates, int... places) {
        return Arrays.stream(run(object, instruction, coordinates, places))
                .mapToInt(values -> values[0])
                .toArray();
    }

    /** All four values of each lane. */
    int[][] run(long object, String instruction, int coordinates, int... places) {
        int lanes = places.length / coordinates;
        int[] padded = new int[4 * lanes];
        for (int i = 0; i < places.length; i++) {
            padded[i / coordinates * 4 + i % coordinates] = places[i];
        }
        MemorySegment out = device.allocate(16L * lanes);
        try {
            device.run(text(instruction), LaunchShape.of(1, lanes), object, device.ints(padded), out);
        } catch (PtxException refused) {
            throw new AssertionError(refused);
        }
        int[] all = out.toArray(ValueLayout.JAVA_INT);
        int[][] results = new int[lanes][];
        Arrays.setAll(results, i -> Arrays.copyOfRange(all, 4 * i, 4 * i + 4));
        return results;
    }

    static String text(String instruction) {
        return """
                .version 8.0
                .target sm_80
                .address_size 64
                .visible .entry k(.param .u64 object, .param .u64 coordinates, .param .u64 out) {
                .reg .b64 %rd<8>; .reg .b32 %c<4>; .reg .b32 %d<4>; .reg .b32 %r<2>; .reg .b16 %h<4>; .reg .b64 %w<4>;
                ld.param.u64 %rd1, [object]; ld.param.u64 %rd2, [coordinates]; ld.param.u64 %rd3, [out];
                mov.u32 %r0, %tid.x; mul.wide.u32 %rd4, %r0, 16;
                add.u64 %rd2, %rd2, %rd4; add.u64 %rd3, %rd3, %rd4;
                ld.global.v4.b32 {%c0, %c1, %c2, %c3}, [%rd2];
                mov.b32 %d0, 77; mov.b32 %d1, 77; mov.b32 %d2, 77; mov.b32 %d3, 77;
                """ + instruction + "\nst.global.v4.b32 [%rd3], {%d0, %d1, %d2, %d3}; ret; }";
    }

    @Override
    public void close() {
        device.close();
    }
}
