package io.penstock.gpuserver.software;

import static io.penstock.gpuserver.software.CudaProgram.ok;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.protocol.codec.CudaResult;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Constants of a module lie in a bank, and nothing but the bank is read as a constant. */
@Timeout(60)
final class ConstantsTest {
    private static final String READ = """
            .version 7.0
            .target sm_80
            .address_size 64
            .const .align 4 .b32 first[2] = {11, 12};
            .const .align 8 .b32 second[2] = {21, 22};
            .visible .entry k(.param .u64 out, .param .u64 offset) {
              .reg .b32 %r<2>; .reg .b64 %rd<4>;
              ld.param.u64 %rd1, [out]; ld.param.u64 %rd2, [offset];
              mov.u64 %rd3, first; add.u64 %rd3, %rd3, %rd2;
              ld.const.u32 %r1, [%rd3];
              st.global.u32 [%rd1], %r1;
              ret;
            }
            """;

    private final CudaProgram program = CudaProgram.started();
    private final SoftwareCudaDriver cuda = program.cuda;
    private final long module = program.longFrom(at -> cuda.cuModuleLoadData(at, program.text(READ)));
    private final long kernel = program.longFrom(at -> cuda.cuModuleGetFunction(at, module, program.text("k")));
    private final long out = program.alloc(4);

    @AfterEach
    void end() {
        program.close();
    }

    /** Reads so many bytes behind the first constant; the CUresult of the wait. */
    private int read(long offset) {
        long params = program.room(16);
        long values = program.room(16);
        NativeMemory.putLong(values, out);
        NativeMemory.putLong(values + 8, offset);
        NativeMemory.putLong(params, values);
        NativeMemory.putLong(params + 8, values + 8);
        ok(cuda.cuLaunchKernel(kernel, 1, 1, 1, 1, 1, 1, 0, 0, params, 0));
        return cuda.cuCtxSynchronize();
    }

    private long address(String name, long bytes) {
        long size = program.room(8);
        long address = program.longFrom(at -> cuda.cuModuleGetGlobal_v2(at, size, module, program.text(name)));
        assertThat(NativeMemory.getLong(size)).isEqualTo(bytes);
        return address;
    }

    @Test
    void behindOneConstantLiesTheNext() {
        for (int word = 0; word < 4; word++) {
            ok(read(4L * word));
            assertThat(program.intsAt(out, 1)).containsExactly(word < 2 ? 11 + word : 21 + word - 2);
        }
        assertThat(address("second", 8) - address("first", 8)).isEqualTo(8);
        assertThat(address("second", 8) % 8).isZero();
    }

    @Test
    void whatAProgramWritesThereIsRead() {
        ok(cuda.cuMemcpyHtoD_v2(address("second", 8), program.ints(77), 4));
        ok(read(8));
        assertThat(program.intsAt(out, 1)).containsExactly(77);
    }

    @Test
    void pastTheLastConstantAndInOtherMemoryThereIsNothingToRead() {
        assertThat(read(16)).isEqualTo(CudaResult.ILLEGAL_ADDRESS);
    }

    @Test
    void otherMemoryIsNoConstant() {
        assertThat(read(out - address("first", 8))).isEqualTo(CudaResult.ILLEGAL_ADDRESS);
    }
}
