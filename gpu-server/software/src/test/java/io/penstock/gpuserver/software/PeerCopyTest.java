package io.penstock.gpuserver.software;

import static io.penstock.gpuserver.software.CudaProgram.ok;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.protocol.codec.CudaResult;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The order of copies between two devices in the legacy stream. A device is held up by a wait for a word in host memory: no
 * test sleeps.
 */
@Timeout(20)
final class PeerCopyTest {
    private final CudaProgram program = CudaProgram.started(2);
    private final SoftwareCudaDriver cuda = program.cuda;
    private final long gate = program.longFrom(at -> cuda.cuMemHostAlloc(at, 64, 0));
    private final long mine = program.alloc(16);
    private final long here = program.longFrom(at -> cuda.cuCtxGetCurrent(at));
    private final long there = program.longFrom(at -> cuda.cuDevicePrimaryCtxRetain(at, 1));
    private long theirs;

    @BeforeEach
    void describeTheOther() {
        ok(cuda.cuCtxSetCurrent(there));
        theirs = program.alloc(16);
        ok(cuda.cuMemsetD32_v2(theirs, 1, 4));
        ok(cuda.cuCtxSetCurrent(here));
        ok(cuda.cuMemsetD32_v2(mine, 0, 4));
    }

    @AfterEach
    void end() {
        release();
        for (long context : new long[] {here, there}) {
            ok(cuda.cuCtxSetCurrent(context));
            ok(cuda.cuCtxSynchronize());
        }
        program.close();
    }

    private void hold() {
        ok(cuda.cuStreamWaitValue32_v2(0, gate, 1, 0));
    }

    private void release() {
        NativeMemory.putInt(gate, 1);
    }

    @Test
    void aCopyWaitsForWhatTheOtherDeviceHasToDoBefore() {
        ok(cuda.cuCtxSetCurrent(there));
        hold();
        ok(cuda.cuMemsetD32Async(theirs, 2, 4, 0));
        ok(cuda.cuCtxSetCurrent(here));
        ok(cuda.cuMemcpyDtoDAsync_v2(mine, theirs, 16, 0));
        assertThat(cuda.cuStreamQuery(0)).isEqualTo(CudaResult.NOT_READY);
        release();
        assertThat(program.intsAt(mine, 4)).containsExactly(2, 2, 2, 2);
    }

    @Test
    void theOtherDeviceWaitsForACopyThatWasAskedForBefore() {
        hold();
        ok(cuda.cuMemcpyAsync(theirs, mine, 16, 0));
        ok(cuda.cuCtxSetCurrent(there));
        assertThat(cuda.cuStreamQuery(0)).isEqualTo(CudaResult.NOT_READY);
        release();
        assertThat(program.intsAt(theirs, 4)).containsExactly(0, 0, 0, 0);
    }

    @Test
    void copiesInOtherStreamsKeepNobodyUp() {
        long free = program.longFrom(at -> cuda.cuStreamCreate(at, Stream.NON_BLOCKING));
        ok(cuda.cuStreamWaitValue32_v2(free, gate, 1, 0));
        ok(cuda.cuMemcpyAsync(theirs, mine, 16, free));
        ok(cuda.cuCtxSetCurrent(there));
        ok(cuda.cuStreamQuery(0));
    }
}
