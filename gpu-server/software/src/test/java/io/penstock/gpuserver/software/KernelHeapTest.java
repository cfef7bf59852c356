package io.penstock.gpuserver.software;

import static io.penstock.gpuserver.software.CudaProgram.ok;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.gpuserver.driver.NativeMemory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a kernel takes by malloc is limited as cuCtxSetLimit says, and what it frees can be taken again. */
final class KernelHeapTest {
    private static final int LIMIT_MALLOC_BYTES = 2;
    private static final String TEXT = """
            .version 8.0
            .target sm_80
            .address_size 64
            .extern .func (.param .b64 back) malloc (.param .b64 size);
            .extern .func free (.param .b64 block);
            .visible .entry take(.param .u64 out, .param .u64 size) {
            .reg .b64 %d<4>; .reg .b32 %r<2>; .reg .b64 %w<2>;
            ld.param.u64 %d0, [out]; ld.param.u64 %d1, [size]; mov.u32 %r0, %tid.x; mul.wide.u32 %w0, %r0, 8;
            add.u64 %d0, %d0, %w0;
            { .param .b64 size; .param .b64 back; st.param.b64 [size], %d1; call (back), malloc, (size);
            ld.param.b64 %d2, [back]; }
            st.global.u64 [%d0], %d2; ret; }
            .visible .entry give(.param .u64 in) {
            .reg .b64 %d<4>; .reg .b32 %r<2>; .reg .b64 %w<2>;
            ld.param.u64 %d0, [in]; mov.u32 %r0, %tid.x; mul.wide.u32 %w0, %r0, 8; add.u64 %d0, %d0, %w0;
            ld.global.u64 %d2, [%d0];
            { .param .b64 block; st.param.b64 [block], %d2; call free, (block); }
            ret; }
            """;

    private final CudaProgram program = CudaProgram.started();
    private final SoftwareCudaDriver cuda = program.cuda;
    private final long module = program.longFrom(at -> cuda.cuModuleLoadData(at, program.text(TEXT)));
    private final long found = program.alloc(8 * 32);

    @AfterEach
    void end() {
        program.close();
    }

    private void launch(String name, int threads, long... values) {
        long function = program.longFrom(at -> cuda.cuModuleGetFunction(at, module, program.text(name)));
        long array = program.room(8L * values.length);
        for (int i = 0; i < values.length; i++) {
            long value = program.room(8);
            NativeMemory.putLong(value, values[i]);
            NativeMemory.putLong(array + 8L * i, value);
        }
        ok(cuda.cuLaunchKernel(function, 1, 1, 1, threads, 1, 1, 0, 0, array, 0));
        ok(cuda.cuCtxSynchronize());
    }

    /** How many of so many threads get so many bytes. */
    private int taken(int threads, long bytes) {
        ok(cuda.cuMemsetD32_v2(found, -1, 64));
        launch("take", threads, found, bytes);
        int[] words = program.intsAt(found, 2 * threads);
        int count = 0;
        for (int i = 0; i < threads; i++) {
            count += words[2 * i] != 0 || words[2 * i + 1] != 0 ? 1 : 0;
        }
        return count;
    }

    @Test
    void eightMebibytesAreThereUnlessTheProgramSaysMore() {
        assertThat(taken(32, 1 << 20)).isEqualTo(8);
    }

    @Test
    void aProgramMaySayMoreBeforeAKernelTakesSome() {
        ok(cuda.cuCtxSetLimit(LIMIT_MALLOC_BYTES, 20 << 20));
        assertThat(taken(32, 1 << 20)).isEqualTo(20);
    }

    @Test
    void whatIsFreedCanBeTakenAgain() {
        assertThat(taken(1, 8 << 20)).isEqualTo(1);
        launch("give", 1, found);
        assertThat(taken(1, 8 << 20)).isEqualTo(1);
        assertThat(taken(1, 1)).isZero();
    }

    @Test
    void moreThanTheLimitAtOnceIsNothing() {
        assertThat(taken(1, (8 << 20) + 1)).isZero();
        assertThat(taken(1, -1)).isZero();
        assertThat(taken(1, Long.MIN_VALUE)).isZero();
        assertThat(taken(1, 8 << 20)).isEqualTo(1);
    }
}
