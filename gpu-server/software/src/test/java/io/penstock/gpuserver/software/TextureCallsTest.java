package io.penstock.gpuserver.software;

import static io.penstock.gpuserver.software.CudaProgram.ok;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.protocol.codec.CudaResult;
import io.penstock.protocol.codec.Layouts;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Texture and surface objects as a program makes them, and a kernel that gets them as parameters. */
@Timeout(60)
final class TextureCallsTest {
    private static final int FORMAT_UNSIGNED8 = 1;
    private static final int FORMAT_SIGNED8 = 8;
    private static final int FORMAT_SIGNED16 = 9;
    private static final int FORMAT_SIGNED32 = 0x0a;
    private static final int FORMAT_FLOAT = 0x20;
    private static final int LINEAR_FILTER = 1;
    private static final int READ_AS_INTEGER = 1;
    private static final int SRGB = 0x10;
    private static final String KERNEL = """
            .version 8.0
            .target sm_80
            .address_size 64
            .visible .entry fetch(.param .u64 texture, .param .u64 out) {
                .reg .b64 %rd<4>; .reg .b32 %r<8>;
                ld.param.u64 %rd0, [texture]; ld.param.u64 %rd1, [out];
                mov.u32 %r0, %tid.x; mul.wide.u32 %rd2, %r0, 4; add.u64 %rd1, %rd1, %rd2;
                tex.1d.v4.s32.s32 {%r1, %r2, %r3, %r4}, [%rd0, {%r0}];
                st.global.u32 [%rd1], %r1;
                ret;
            }
            .visible .entry place(.param .u64 texture, .param .u64 out) {
                .reg .b64 %rd<4>; .reg .b32 %r<8>; .reg .f32 %f;
                ld.param.u64 %rd0, [texture]; ld.param.u64 %rd1, [out];
                mov.u32 %r0, %tid.x; mul.wide.u32 %rd2, %r0, 4; add.u64 %rd1, %rd1, %rd2; cvt.rn.f32.u32 %f, %r0;
                tex.1d.v4.s32.f32 {%r1, %r2, %r3, %r4}, [%rd0, {%f}];
                st.global.u32 [%rd1], %r1;
                ret;
            }
            .visible .entry beyond(.param .u64 texture, .param .u64 out) {
                .reg .b64 %rd<2>; .reg .b32 %r<4>; .reg .f32 %f;
                ld.param.u64 %rd0, [texture]; ld.param.u64 %rd1, [out]; mov.f32 %f, 0f41100000;
                tex.1d.v4.s32.f32 {%r0, %r1, %r2, %r3}, [%rd0, {%f}];
                st.global.v2.u32 [%rd1], {%r0, %r1};
                ret;
            }
            .visible .entry negate(.param .u64 surface) {
                .reg .b64 %rd<2>; .reg .b32 %r<4>;
                ld.param.u64 %rd0, [surface];
                mov.u32 %r0, %tid.x; shl.b32 %r0, %r0, 2;
                suld.b.1d.b32.trap {%r1}, [%rd0, {%r0}];
                neg.s32 %r1, %r1;
                sust.b.1d.b32.trap [%rd0, {%r0}], {%r1};
                ret;
            }
            """;

    private final CudaProgram program = CudaProgram.started();
    private final SoftwareCudaDriver cuda = program.cuda;

    @AfterEach
    void end() {
        program.close();
    }

    private long array(int count, int flags) {
        long at = program.room(Layouts.CUDA_ARRAY3D_DESCRIPTOR.BYTES);
        new ArrayDescriptor(count, 0, 0, FORMAT_SIGNED32, 1, flags).write3D(at);
        long array = program.longFrom(to -> cuda.cuArray3DCreate_v2(to, at));
        int[] values = IntStream.range(0, count).map(i -> 10 * i).toArray();
        ok(cuda.cuMemcpyHtoA_v2(array, 0, program.ints(values), 4L * count));
        return array;
    }

    private long resource(int type, long... union) {
        long at = program.room(Layouts.CUDA_RESOURCE_DESC.BYTES);
        NativeMemory.putInt(at, type);
        for (int i = 0; i < union.length; i++) {
            NativeMemory.putLong(at + 8 + 8L * i, union[i]);
        }
        return at;
    }

    /** A format and one channel, as they lie in the union. */
    private static long format(int format) {
        return 1L << 32 | format;
    }

    private long description(int filter, int flags) {
        long at = program.room(Layouts.CUDA_TEXTURE_DESC.BYTES);
        NativeMemory.putInt(at + 12, filter);
        NativeMemory.putInt(at + 16, flags);
        return at;
    }

    private long texture(long resource) {
        return program.longFrom(to -> cuda.cuTexObjectCreate(to, resource, description(0, 0), 0));
    }

    private int refusal(long resource, long description) {
        return cuda.cuTexObjectCreate(program.room(8), resource, description, 0);
    }

    private void launch(String kernel, int threads, long... arguments) {
        long module = program.longFrom(at -> cuda.cuModuleLoadData(at, program.text(KERNEL)));
        long function = program.longFrom(at -> cuda.cuModuleGetFunction(at, module, program.text(kernel)));
        long pointers = program.room(8L * arguments.length);
        for (int i = 0; i < arguments.length; i++) {
            long value = program.room(8);
            NativeMemory.putLong(value, arguments[i]);
            NativeMemory.putLong(pointers + 8L * i, value);
        }
        ok(cuda.cuLaunchKernel(function, 1, 1, 1, threads, 1, 1, 0, 0, pointers, 0));
    }

    private int[] fetched(long texture, int count) {
        return fetched("fetch", texture, count);
    }

    private int[] fetched(String kernel, long texture, int count) {
        long out = program.alloc(4L * count);
        launch(kernel, count, texture, out);
        return program.intsAt(out, count);
    }

    @Test
    void kernelFetchesFromAnArrayAndFromLinearMemory() {
        assertThat(fetched("place", texture(resource(ResourceDescriptor.ARRAY, array(4, 0))), 6))
                .as("clamped, as there are no periods without normalised coordinates")
                .containsExactly(0, 10, 20, 30, 30, 30);
        long memory = program.alloc(16);
        ok(cuda.cuMemcpyHtoD_v2(memory, program.ints(5, 6, 7, 8), 16));
        assertThat(fetched(texture(resource(ResourceDescriptor.LINEAR, memory, format(FORMAT_SIGNED32), 12)), 4))
                .as("beyond what the texture has")
                .containsExactly(5, 6, 7, 0);
        assertThat(fetched(texture(resource(ResourceDescriptor.PITCH2D, memory, format(FORMAT_SIGNED32), 2, 1, 32)), 3))
                .containsExactly(5, 6, 0);
        assertThat(fetched(texture(resource(ResourceDescriptor.ARRAY, array(4, 0))), 4))
                .as("an array by integers")
                .containsOnly(0);
    }

    /** Beyond 4 texels, of a format, with a border of 0.25 and -1: the bits of both channels. */
    private int[] border(int format, int flags) {
        long at = program.room(Layouts.CUDA_ARRAY3D_DESCRIPTOR.BYTES);
        new ArrayDescriptor(4, 0, 0, format, 2, 0).write3D(at);
        long array = program.longFrom(to -> cuda.cuArray3DCreate_v2(to, at));
        long description = description(0, flags);
        NativeMemory.putInt(description, 3);
        long color = description + Layouts.CUDA_TEXTURE_DESC.borderColor;
        NativeMemory.putInt(color, Float.floatToRawIntBits(0.25f));
        NativeMemory.putInt(color + 4, Float.floatToRawIntBits(-1f));
        long resource = resource(ResourceDescriptor.ARRAY, array);
        long texture = program.longFrom(to -> cuda.cuTexObjectCreate(to, resource, description, 0));
        long out = program.alloc(8);
        launch("beyond", 1, texture, out);
        return program.intsAt(out, 2);
    }

    @Test
    void borderIsWhatATexelOfTheFormatCanHold() {
        assertThat(border(FORMAT_FLOAT, 0))
                .containsExactly(Float.floatToRawIntBits(0.25f), Float.floatToRawIntBits(-1f));
        assertThat(border(FORMAT_SIGNED8, 0))
                .containsExactly(Float.floatToRawIntBits(32f / 127), Float.floatToRawIntBits(-1f));
        assertThat(border(FORMAT_UNSIGNED8, 0)).containsExactly(Float.floatToRawIntBits(64f / 255), 0);
        assertThat(border(FORMAT_SIGNED16, READ_AS_INTEGER)).containsExactly(0, 0);
        assertThat(border(FORMAT_SIGNED32, READ_AS_INTEGER)).containsExactly(0x3e80_0000, 0xbf80_0000);
    }

    @Test
    void kernelWritesToASurface() {
        long array = array(4, ArrayDescriptor.SURFACE);
        long resource = resource(ResourceDescriptor.ARRAY, array);
        long surface = program.longFrom(to -> cuda.cuSurfObjectCreate(to, resource));
        launch("negate", 4, surface);
        assertThat(fetched("place", texture(resource), 4)).containsExactly(0, -10, -20, -30);
        ok(cuda.cuSurfObjectDestroy(surface));
        assertThat(cuda.cuSurfObjectDestroy(surface)).isEqualTo(CudaResult.INVALID_VALUE);
    }

    @Test
    void objectsTellWhatTheyWereMadeFrom() {
        long resource = resource(ResourceDescriptor.ARRAY, array(4, ArrayDescriptor.SURFACE));
        long texture = texture(resource);
        long surface = program.longFrom(to -> cuda.cuSurfObjectCreate(to, resource));
        long told = program.room(Layouts.CUDA_RESOURCE_DESC.BYTES);
        byte[] given = NativeMemory.getBytes(resource, Layouts.CUDA_RESOURCE_DESC.BYTES);
        ok(cuda.cuTexObjectGetResourceDesc(told, texture));
        assertThat(NativeMemory.getBytes(told, given.length)).isEqualTo(given);
        NativeMemory.fill(told, given.length, (byte) 0);
        ok(cuda.cuSurfObjectGetResourceDesc(told, surface));
        assertThat(NativeMemory.getBytes(told, given.length)).isEqualTo(given);
        ok(cuda.cuTexObjectGetTextureDesc(told, texture));
        assertThat(cuda.cuTexObjectGetResourceViewDesc(told, texture))
                .as("there is no view")
                .isEqualTo(CudaResult.INVALID_VALUE);
        ok(cuda.cuTexObjectDestroy(texture));
        assertThat(cuda.cuTexObjectGetTextureDesc(told, texture)).isEqualTo(CudaResult.INVALID_VALUE);
        assertThat(cuda.cuTexObjectDestroy(texture)).isEqualTo(CudaResult.INVALID_VALUE);
    }

    @Test
    void resourcesThatCudaRefusesAreRefused() {
        long plain = description(0, 0);
        long memory = program.alloc(4096);
        long ints = format(FORMAT_SIGNED32);
        assertThat(refusal(0, plain)).isEqualTo(CudaResult.INVALID_VALUE);
        assertThat(refusal(resource(7, memory), plain)).as("unknown tag").isEqualTo(CudaResult.INVALID_VALUE);
        assertThat(refusal(resource(ResourceDescriptor.ARRAY, 0), plain)).isEqualTo(CudaResult.INVALID_HANDLE);
        assertThat(refusal(resource(ResourceDescriptor.LINEAR, 0, ints, 16), plain))
                .isEqualTo(CudaResult.INVALID_VALUE);
        assertThat(refusal(resource(ResourceDescriptor.LINEAR, memory + 4, ints, 16), plain))
                .as("not aligned")
                .isEqualTo(CudaResult.INVALID_VALUE);
        assertThat(refusal(resource(ResourceDescriptor.LINEAR, memory, ints, 8192), plain))
                .as("more than there is")
                .isEqualTo(CudaResult.INVALID_VALUE);
        assertThat(refusal(resource(ResourceDescriptor.PITCH2D, memory, ints, 16, 2, 60), plain))
                .as("a pitch that is no multiple of 32")
                .isEqualTo(CudaResult.INVALID_VALUE);
        assertThat(refusal(resource(ResourceDescriptor.PITCH2D, memory, ints, 16, 2, 32), plain))
                .as("a pitch shorter than a row")
                .isEqualTo(CudaResult.INVALID_VALUE);
        long flagged = resource(ResourceDescriptor.LINEAR, memory, ints, 16);
        NativeMemory.putInt(flagged + Layouts.CUDA_RESOURCE_DESC.flags, 1);
        assertThat(refusal(flagged, plain)).isEqualTo(CudaResult.INVALID_VALUE);
    }

    @Test
    void waysOfReadingThatCudaRefusesAreRefused() {
        long ints = resource(ResourceDescriptor.ARRAY, array(4, 0));
        assertThat(refusal(ints, 0)).isEqualTo(CudaResult.INVALID_VALUE);
        assertThat(refusal(ints, description(LINEAR_FILTER, 0)))
                .as("integers cannot be blended")
                .isEqualTo(CudaResult.INVALID_VALUE);
        assertThat(refusal(ints, description(2, 0))).isEqualTo(CudaResult.INVALID_VALUE);
        assertThat(refusal(ints, description(0, 1 << 20))).isEqualTo(CudaResult.INVALID_VALUE);
        assertThat(refusal(ints, description(0, SRGB))).isEqualTo(CudaResult.NOT_SUPPORTED);
        ok(refusal(ints, description(0, READ_AS_INTEGER)));
        long memory = program.alloc(4096);
        long floats = resource(ResourceDescriptor.PITCH2D, memory, format(FORMAT_FLOAT), 8, 2, 32);
        ok(refusal(floats, description(LINEAR_FILTER, 0)));
        long view = program.room(Layouts.CUDA_RESOURCE_VIEW_DESC.BYTES);
        assertThat(cuda.cuTexObjectCreate(program.room(8), floats, description(0, 0), view))
                .as("a view of what is no array")
                .isEqualTo(CudaResult.INVALID_VALUE);
    }

    @Test
    void surfaceNeedsAnArrayThatWasMadeForIt() {
        long to = program.room(8);
        assertThat(cuda.cuSurfObjectCreate(to, resource(ResourceDescriptor.ARRAY, array(4, 0))))
                .isEqualTo(CudaResult.INVALID_VALUE);
        long memory = program.alloc(4096);
        assertThat(cuda.cuSurfObjectCreate(to, resource(ResourceDescriptor.LINEAR, memory, format(FORMAT_FLOAT), 16)))
                .isEqualTo(CudaResult.INVALID_VALUE);
        assertThat(cuda.cuSurfObjectCreate(0, 0)).isEqualTo(CudaResult.INVALID_VALUE);
    }

    @Test
    void objectThatIsGoneEndsTheContextOfTheKernelThatUsesIt() {
        long texture = texture(resource(ResourceDescriptor.ARRAY, array(4, 0)));
        ok(cuda.cuTexObjectDestroy(texture));
        launch("fetch", 4, texture, program.alloc(16));
        assertThat(cuda.cuCtxSynchronize()).isEqualTo(CudaResult.ILLEGAL_ADDRESS);
    }
}
