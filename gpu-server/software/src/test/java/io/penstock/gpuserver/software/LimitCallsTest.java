package io.penstock.gpuserver.software;

import static io.penstock.gpuserver.software.CudaProgram.ok;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.protocol.codec.CudaResult;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What cuCtxSetLimit sets holds for kernels. */
@Timeout(60)
final class LimitCallsTest {
    private static final int LIMIT_MALLOC_HEAP_SIZE = 2;

    /** Allocates so many bytes once, leaves the address, and frees what it is given. */
    private static final String ALLOCATE = """
            .version 7.0
            .target sm_80
            .address_size 64
            .extern .func (.param .b64 address) malloc (.param .b64 bytes);
            .extern .func free (.param .b64 address);
            .visible .entry k(.param .u64 out, .param .u64 bytes, .param .u64 old) {
              .reg .b64 %rd<5>;
              ld.param.u64 %rd1, [out]; ld.param.u64 %rd2, [bytes]; ld.param.u64 %rd3, [old];
              {
                .param .b64 given;
                st.param.b64 [given], %rd3;
                call.uni free, (given);
              }
              {
                .param .b64 given; .param .b64 got;
                st.param.b64 [given], %rd2;
                call.uni (got), malloc, (given);
                ld.param.b64 %rd4, [got];
              }
              st.global.u64 [%rd1], %rd4;
              ret;
            }
            """;

    private final CudaProgram program = CudaProgram.started();
    private final SoftwareCudaDriver cuda = program.cuda;

    @AfterEach
    void end() {
        program.close();
    }

    private long allocated(long bytes, long freed) {
        long module = program.longFrom(at -> cuda.cuModuleLoadData(at, program.text(ALLOCATE)));
        long kernel = program.longFrom(at -> cuda.cuModuleGetFunction(at, module, program.text("k")));
        long out = program.alloc(8);
        long params = program.room(24);
        long values = program.room(24);
        long[] given = {out, bytes, freed};
        for (int i = 0; i < given.length; i++) {
            NativeMemory.putLong(values + 8L * i, given[i]);
            NativeMemory.putLong(params + 8L * i, values + 8L * i);
        }
        ok(cuda.cuLaunchKernel(kernel, 1, 1, 1, 1, 1, 1, 0, 0, params, 0));
        long host = program.room(8);
        ok(cuda.cuMemcpyDtoH_v2(host, out, 8));
        return NativeMemory.getLong(host);
    }

    @Test
    void kernelsAllocateNoMoreThanTheirHeapHolds() {
        ok(cuda.cuCtxSetLimit(LIMIT_MALLOC_HEAP_SIZE, 1 << 20));
        long first = allocated(600 << 10, 0);
        assertThat(first).isNotZero();
        assertThat(allocated(600 << 10, 0)).isZero();
        assertThat(allocated(300 << 10, 0)).isNotZero();
        assertThat(allocated(600 << 10, first))
                .as("where another one was freed")
                .isNotZero();
        assertThat(allocated(-1, 0)).isZero();
    }

    @Test
    void theHeapHasEightMebibytesUnlessAProgramSaysOtherwise() {
        assertThat(allocated(9 << 20, 0)).isZero();
        assertThat(allocated(7 << 20, 0)).isNotZero();
    }

    @Test
    void theHeapCannotBeChangedOnceAKernelHasAllocated() {
        ok(cuda.cuCtxSetLimit(LIMIT_MALLOC_HEAP_SIZE, 16 << 20));
        assertThat(allocated(9 << 20, 0)).isNotZero();
        assertThat(cuda.cuCtxSetLimit(LIMIT_MALLOC_HEAP_SIZE, 32 << 20)).isEqualTo(CudaResult.INVALID_VALUE);
        assertThat(program.longFrom(at -> cuda.cuCtxGetLimit(at, LIMIT_MALLOC_HEAP_SIZE)))
                .isEqualTo(16 << 20);
    }
}
