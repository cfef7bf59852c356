package io.penstock.gpuserver.software;

import static io.penstock.gpuserver.software.CudaProgram.ok;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.protocol.codec.CudaResult;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class LaunchCallsTest {
    private final CudaProgram program = CudaProgram.started();
    private final SoftwareCudaDriver cuda = program.cuda;
    private final long module = program.longFrom(at -> cuda.cuModuleLoadData(at, program.text(CudaProgram.KERNELS)));

    @AfterEach
    void end() {
        program.close();
    }

    private long function(String name) {
        return program.longFrom(at -> cuda.cuModuleGetFunction(at, module, program.text(name)));
    }

    /** kernelParams: pointers to the values. */
    private long params(long... values) {
        long array = program.room(8L * values.length);
        for (int i = 0; i < values.length; i++) {
            long value = program.room(8);
            NativeMemory.putLong(value, values[i]);
            NativeMemory.putLong(array + 8L * i, value);
        }
        return array;
    }

    private int launch(long function, int blocks, int threads, int shared, long params) {
        return cuda.cuLaunchKernel(function, blocks, 1, 1, threads, 1, 1, shared, 0, params, 0);
    }

    private static long bits(float value) {
        return Float.floatToRawIntBits(value);
    }

    private long variable(String name) {
        return program.longFrom(at -> cuda.cuModuleGetGlobal_v2(at, 0, module, program.text(name)));
    }

    @Test
    void aKernelComputesWhatItsParametersSay() {
        int n = 1000;
        long x = program.alloc(4L * n);
        long y = program.alloc(4L * n);
        ok(cuda.cuMemsetD32_v2(x, Float.floatToRawIntBits(3f), n));
        ok(cuda.cuMemsetD32_v2(y, Float.floatToRawIntBits(1f), n));
        ok(launch(function("saxpy"), 4, 256, 0, params(bits(2f), x, y, n - 1)));
        int[] result = program.intsAt(y, n);
        assertThat(Float.intBitsToFloat(result[0])).isEqualTo(16f);
        assertThat(Float.intBitsToFloat(result[n - 2])).isEqualTo(16f);
        assertThat(Float.intBitsToFloat(result[n - 1])).as("past the end").isEqualTo(1f);
    }

    @Test
    void parametersAreThoseOfTheCallEvenIfTheProgramChangesThemAfterwards() {
        long x = program.alloc(4);
        long y = program.alloc(4);
        long stream = program.longFrom(at -> cuda.cuStreamCreate(at, 0));
        long gate = program.longFrom(at -> cuda.cuMemHostAlloc(at, 4, 0));
        ok(cuda.cuMemsetD32_v2(x, Float.floatToRawIntBits(1f), 1));
        ok(cuda.cuStreamWaitValue32_v2(stream, gate, 1, 0));
        long params = params(bits(4f), x, y, 1);
        ok(cuda.cuLaunchKernel(function("saxpy"), 1, 1, 1, 32, 1, 1, 0, stream, params, 0));
        NativeMemory.putFloat(NativeMemory.getLong(params), 99f);
        NativeMemory.putInt(gate, 1);
        ok(cuda.cuStreamSynchronize(stream));
        assertThat(Float.intBitsToFloat(program.intsAt(y, 1)[0])).isEqualTo(10f);
    }

    @Test
    void variablesOfAModuleAreDeviceMemory() {
        long counter = variable("counter");
        long bytes = program.room(8);
        ok(cuda.cuModuleGetGlobal_v2(0, bytes, module, program.text("counter")));
        assertThat(NativeMemory.getLong(bytes)).isEqualTo(4);
        ok(launch(function("count"), 8, 64, 0, 0));
        assertThat(program.intsAt(counter, 1)).containsExactly(512);
        ok(cuda.cuMemcpyHtoD_v2(variable("scale"), program.ints(Float.floatToRawIntBits(1f)), 4));
        long x = program.alloc(4);
        long y = program.alloc(4);
        ok(cuda.cuMemsetD32_v2(x, Float.floatToRawIntBits(5f), 1));
        ok(launch(function("saxpy"), 1, 1, 0, params(bits(1f), x, y, 1)));
        assertThat(Float.intBitsToFloat(program.intsAt(y, 1)[0])).isEqualTo(5f);
        assertThat(cuda.cuModuleGetGlobal_v2(bytes, 0, module, program.text("none")))
                .isEqualTo(CudaResult.NOT_FOUND);
    }

    @Test
    void dynamicSharedMemoryIsLimitedUntilMoreIsAskedFor() {
        long reverse = function("rev");
        long data = program.alloc(16);
        ok(cuda.cuMemcpyHtoD_v2(data, program.ints(1, 2, 3, 4), 16));
        ok(launch(reverse, 1, 4, 16, params(data)));
        assertThat(program.intsAt(data, 4)).containsExactly(4, 3, 2, 1);
        assertThat(launch(reverse, 1, 4, (48 << 10) + 4, params(data))).isEqualTo(CudaResult.INVALID_VALUE);
        assertThat(cuda.cuFuncSetAttribute(reverse, 8, 164 << 10)).isEqualTo(CudaResult.INVALID_VALUE);
        ok(cuda.cuFuncSetAttribute(reverse, 8, 64 << 10));
        assertThat(program.intFrom(at -> cuda.cuFuncGetAttribute(at, 8, reverse)))
                .isEqualTo(64 << 10);
        ok(launch(reverse, 1, 4, 64 << 10, params(data)));
        assertThat(program.intsAt(data, 4)).containsExactly(1, 2, 3, 4);
    }

    @Test
    void whatIsWrongWithALaunchIsSaidAtOnce() {
        long count = function("count");
        assertThat(launch(count, 0, 32, 0, 0)).isEqualTo(CudaResult.INVALID_VALUE);
        assertThat(launch(count, 1, 0, 0, 0)).isEqualTo(CudaResult.INVALID_VALUE);
        assertThat(launch(count, 1, 2048, 0, 0)).isEqualTo(CudaResult.INVALID_VALUE);
        assertThat(cuda.cuLaunchKernel(count, 1, 65536, 1, 1, 1, 1, 0, 0, 0, 0)).isEqualTo(CudaResult.INVALID_VALUE);
        assertThat(cuda.cuLaunchKernel(count, 1, 1, 1, 1, 1, 65, 0, 0, 0, 0)).isEqualTo(CudaResult.INVALID_VALUE);
        assertThat(launch(function("wild"), 1, 1, 0, 0)).as("no parameters").isEqualTo(CudaResult.INVALID_VALUE);
        assertThat(launch(0, 1, 1, 0, 0)).isEqualTo(CudaResult.INVALID_HANDLE);
        assertThat(cuda.cuLaunchKernel(count, 1, 1, 1, 1, 1, 1, 0, 777, 0, 0)).isEqualTo(CudaResult.INVALID_HANDLE);
        assertThat(cuda.cuLaunchCooperativeKernel(count, 1 << 20, 1, 1, 1024, 1, 1, 0, 0, 0))
                .isEqualTo(CudaResult.COOPERATIVE_LAUNCH_TOO_LARGE);
        ok(cuda.cuCtxSynchronize());
    }

    @Test
    void aParameterBufferMustNotBeLargerThanTheParameters() {
        long x = program.alloc(4);
        long y = program.alloc(4);
        ok(cuda.cuMemsetD32_v2(x, Float.floatToRawIntBits(2f), 1));
        long buffer = program.room(64);
        NativeMemory.putFloat(buffer, 1f);
        NativeMemory.putLong(buffer + 8, x);
        NativeMemory.putLong(buffer + 16, y);
        NativeMemory.putInt(buffer + 24, 1);
        long size = program.room(8);
        long extra = program.room(40);
        NativeMemory.putLong(extra, 1);
        NativeMemory.putLong(extra + 8, buffer);
        NativeMemory.putLong(extra + 16, 2);
        NativeMemory.putLong(extra + 24, size);
        NativeMemory.putLong(size, 28);
        long saxpy = function("saxpy");
        ok(cuda.cuLaunchKernel(saxpy, 1, 1, 1, 1, 1, 1, 0, 0, 0, extra));
        assertThat(Float.intBitsToFloat(program.intsAt(y, 1)[0])).isEqualTo(5f);
        NativeMemory.putLong(size, 29);
        assertThat(cuda.cuLaunchKernel(saxpy, 1, 1, 1, 1, 1, 1, 0, 0, 0, extra))
                .isEqualTo(CudaResult.LAUNCH_OUT_OF_RESOURCES);
    }

    @Test
    void parametersAreDescribedOneByOne() {
        long saxpy = function("saxpy");
        long size = program.room(8);
        assertThat(program.longFrom(at -> cuda.cuFuncGetParamInfo(saxpy, 1, at, size)))
                .isEqualTo(8);
        assertThat(NativeMemory.getLong(size)).isEqualTo(8);
        assertThat(program.longFrom(at -> cuda.cuFuncGetParamInfo(saxpy, 3, at, size)))
                .isEqualTo(24);
        assertThat(cuda.cuFuncGetParamInfo(saxpy, 4, size, size)).isEqualTo(CudaResult.INVALID_VALUE);
        assertThat(cuda.cuFuncGetParamInfo(function("count"), 0, size, size)).isEqualTo(CudaResult.INVALID_VALUE);
    }

    @Test
    void anIllegalAddressLosesTheContextForGood() {
        ok(launch(function("wild"), 1, 1, 0, params(0x123450)));
        assertThat(cuda.cuCtxSynchronize()).isEqualTo(CudaResult.ILLEGAL_ADDRESS);
        long at = program.room(64);
        assertThat(cuda.cuMemAlloc_v2(at, 8)).isEqualTo(CudaResult.ILLEGAL_ADDRESS);
        assertThat(cuda.cuStreamCreate(at, 0)).isEqualTo(CudaResult.ILLEGAL_ADDRESS);
        assertThat(cuda.cuMemGetInfo_v2(at, at)).isEqualTo(CudaResult.ILLEGAL_ADDRESS);
        assertThat(launch(0, 1, 1, 0, 0)).isEqualTo(CudaResult.ILLEGAL_ADDRESS);
        ok(cuda.cuCtxGetCurrent(at));
        ok(cuda.cuCtxGetDevice(at));
        ok(cuda.cuDeviceGetCount(at));
        ok(cuda.cuDevicePrimaryCtxReset_v2(0));
        assertThat(cuda.cuDevicePrimaryCtxRetain(at, 0)).as("not healed").isEqualTo(CudaResult.ILLEGAL_ADDRESS);
    }

    @Test
    void aMisalignedAddressIs716() {
        ok(launch(function("wild"), 1, 1, 0, params(program.alloc(8) + 2)));
        assertThat(cuda.cuCtxSynchronize()).isEqualTo(CudaResult.MISALIGNED_ADDRESS);
    }

    @Test
    void aTrapLosesOnlyItsOwnContext() {
        long other = program.longFrom(at -> cuda.cuCtxCreate_v2(at, 0, 0));
        ok(cuda.cuCtxPopCurrent_v2(0));
        ok(launch(function("trap"), 1, 1, 0, 0));
        assertThat(cuda.cuStreamSynchronize(0)).isEqualTo(CudaResult.LAUNCH_FAILED);
        ok(cuda.cuCtxPushCurrent_v2(other));
        program.alloc(16);
        ok(cuda.cuCtxSynchronize());
    }

    @Test
    void freedMemoryIsAnIllegalAddress() {
        long block = program.alloc(4 << 20);
        ok(cuda.cuMemFree_v2(block));
        ok(launch(function("wild"), 1, 1, 0, params(block)));
        assertThat(cuda.cuCtxSynchronize()).isEqualTo(CudaResult.ILLEGAL_ADDRESS);
    }

    @Test
    void aLaunchReturnsBeforeItsKernelEnds() {
        long gate = program.longFrom(at -> cuda.cuMemHostAlloc(at, 4, 0));
        long event = program.longFrom(at -> cuda.cuEventCreate(at, 0));
        ok(launch(function("spin"), 1, 1, 0, params(gate)));
        ok(cuda.cuEventRecord(event, 0));
        assertThat(cuda.cuEventQuery(event)).isEqualTo(CudaResult.NOT_READY);
        NativeMemory.putInt(gate, 1);
        ok(cuda.cuEventSynchronize(event));
    }

    /** A kernel that waits for a word that nobody writes. */
    private void launchForEver(long loaded) {
        long gate = program.longFrom(at -> cuda.cuMemHostAlloc(at, 4, 0));
        long spin = program.longFrom(at -> cuda.cuModuleGetFunction(at, loaded, program.text("spin")));
        ok(launch(spin, 1, 1, 0, params(gate)));
        ok(launch(spin, 1, 1, 0, params(gate)));
    }

    @Test
    void anEndlessKernelEndsWithItsContextAndDisturbsNoOther() {
        long doomed = program.longFrom(at -> cuda.cuCtxCreate_v2(at, 0, 0));
        launchForEver(program.longFrom(at -> cuda.cuModuleLoadData(at, program.text(CudaProgram.KERNELS))));
        ok(cuda.cuCtxDestroy_v2(doomed));
        ok(launch(function("count"), 1, 1, 0, 0));
        ok(cuda.cuCtxSynchronize());
    }

    @Test
    void aPrimaryContextThatIsResetUnderAnEndlessKernelCanBeRetainedAgain() {
        launchForEver(module);
        ok(cuda.cuDevicePrimaryCtxReset_v2(0));
        long primary = program.longFrom(at -> cuda.cuDevicePrimaryCtxRetain(at, 0));
        ok(cuda.cuCtxSetCurrent(primary));
        long again = program.longFrom(at -> cuda.cuModuleLoadData(at, program.text(CudaProgram.KERNELS)));
        long count = program.longFrom(at -> cuda.cuModuleGetFunction(at, again, program.text("count")));
        ok(launch(count, 1, 1, 0, 0));
        ok(cuda.cuCtxSynchronize());
    }

    @Test
    void deviceOutputArrivesByTheSynchronisation() {
        ok(launch(function("hello"), 1, 2, 0, params(42)));
        ok(cuda.cuCtxSynchronize());
        assertThat(program.output.toString(StandardCharsets.UTF_8).lines())
                .containsExactlyInAnyOrder("hello 42 from 0", "hello 42 from 1");
    }

    @Test
    void aCapturedLaunchRunsAtEachReplay() {
        long stream = program.longFrom(at -> cuda.cuStreamCreate(at, 0));
        long counter = variable("counter");
        ok(cuda.cuStreamBeginCapture_v2(stream, Capture.MODE_GLOBAL));
        ok(cuda.cuLaunchKernel(function("count"), 1, 1, 1, 10, 1, 1, 0, stream, 0, 0));
        long graph = program.longFrom(at -> cuda.cuStreamEndCapture(stream, at));
        assertThat(program.intsAt(counter, 1)).containsExactly(0);
        long exec = program.longFrom(at -> cuda.cuGraphInstantiateWithFlags(at, graph, 0));
        for (int i = 0; i < 5; i++) {
            ok(cuda.cuGraphLaunch(exec, stream));
        }
        ok(cuda.cuStreamSynchronize(stream));
        assertThat(program.intsAt(counter, 1)).containsExactly(50);
    }

    @Test
    void anExtendedLaunchTakesItsConfigurationAndAttributes() {
        long config = program.room(56);
        long attribute = program.room(72);
        for (int i = 0; i < 6; i++) {
            NativeMemory.putInt(config + 4L * i, 1);
        }
        NativeMemory.putInt(config, 3);
        NativeMemory.putLong(config + 40, attribute);
        NativeMemory.putInt(config + 48, 1);
        NativeMemory.putInt(attribute, 6);
        ok(cuda.cuLaunchKernelEx(config, function("count"), 0, 0));
        assertThat(program.intsAt(variable("counter"), 1)).containsExactly(3);
        NativeMemory.putInt(attribute, 4);
        NativeMemory.putInt(attribute + 8, 2);
        NativeMemory.putInt(attribute + 12, 1);
        NativeMemory.putInt(attribute + 16, 1);
        assertThat(cuda.cuLaunchKernelEx(config, function("count"), 0, 0)).isEqualTo(CudaResult.INVALID_CLUSTER_SIZE);
    }

    @Test
    void occupancyFollowsThePublishedRules() {
        long count = function("count");
        assertThat(program.intFrom(at -> cuda.cuOccupancyMaxActiveBlocksPerMultiprocessor(at, count, 1024, 0)))
                .isEqualTo(2);
        assertThat(program.intFrom(at -> cuda.cuOccupancyMaxActiveBlocksPerMultiprocessor(at, count, 32, 0)))
                .isEqualTo(32);
        assertThat(program.intFrom(at -> cuda.cuOccupancyMaxActiveBlocksPerMultiprocessor(at, count, 128, 40 << 10)))
                .isEqualTo(4);
        long block = program.room(4);
        program.intFrom(at -> cuda.cuOccupancyMaxPotentialBlockSize(at, block, count, 0, 0, 0));
        assertThat(NativeMemory.getInt(block)).isBetween(64, 1024);
    }

    @Test
    void anUnloadedModuleIsNoLongerKnown() {
        long count = function("count");
        long free = program.freeBytes();
        ok(cuda.cuModuleUnload(module));
        assertThat(program.freeBytes()).isGreaterThan(free);
        assertThat(launch(count, 1, 1, 0, 0)).isEqualTo(CudaResult.INVALID_HANDLE);
        assertThat(cuda.cuModuleUnload(module)).isEqualTo(CudaResult.INVALID_HANDLE);
    }

    @Test
    void anotherDevicesMemoryIsIllegalUntilPeerAccessIsEnabled() {
        try (CudaProgram two = CudaProgram.started(2)) {
            long loaded = two.longFrom(at -> two.cuda.cuModuleLoadData(at, two.text(CudaProgram.KERNELS)));
            long wild = two.longFrom(at -> two.cuda.cuModuleGetFunction(at, loaded, two.text("wild")));
            long peer = two.longFrom(at -> two.cuda.cuDevicePrimaryCtxRetain(at, 1));
            ok(two.cuda.cuCtxPushCurrent_v2(peer));
            long theirs = two.alloc(16);
            ok(two.cuda.cuCtxPopCurrent_v2(0));
            long value = two.room(8);
            NativeMemory.putLong(value, theirs);
            long params = two.room(8);
            NativeMemory.putLong(params, value);
            ok(two.cuda.cuCtxEnablePeerAccess(peer, 0));
            ok(two.cuda.cuLaunchKernel(wild, 1, 1, 1, 1, 1, 1, 0, 0, params, 0));
            assertThat(two.intsAt(theirs, 1)).containsExactly(1);
            ok(two.cuda.cuCtxDisablePeerAccess(peer));
            ok(two.cuda.cuLaunchKernel(wild, 1, 1, 1, 1, 1, 1, 0, 0, params, 0));
            assertThat(two.cuda.cuCtxSynchronize()).isEqualTo(CudaResult.ILLEGAL_ADDRESS);
        }
    }

    @Test
    void aKernelNodeTellsItsParametersAndTakesOthers() {
        long counter = variable("counter");
        long graph = program.longFrom(at -> cuda.cuGraphCreate(at, 0));
        long node = program.room(72);
        NativeMemory.putLong(node, function("count"));
        for (int i = 0; i < 6; i++) {
            NativeMemory.putInt(node + 8 + 4L * i, 1);
        }
        NativeMemory.putInt(node + 20, 7);
        long added = program.longFrom(at -> cuda.cuGraphAddKernelNode_v2(at, graph, 0, 0, node));
        long told = program.room(72);
        ok(cuda.cuGraphKernelNodeGetParams_v2(added, told));
        assertThat(NativeMemory.getLong(told)).isEqualTo(function("count"));
        assertThat(NativeMemory.getInt(told + 20)).isEqualTo(7);
        long exec = program.longFrom(at -> cuda.cuGraphInstantiateWithFlags(at, graph, 0));
        ok(cuda.cuGraphLaunch(exec, 0));
        assertThat(program.intsAt(counter, 1)).containsExactly(7);
        NativeMemory.putInt(node + 20, 100);
        ok(cuda.cuGraphExecKernelNodeSetParams_v2(exec, added, node));
        ok(cuda.cuGraphLaunch(exec, 0));
        assertThat(program.intsAt(counter, 1)).containsExactly(107);
    }

    @Test
    void workOnTheLegacyStreamIsRefusedWhileABlockingStreamCaptures() {
        long stream = program.longFrom(at -> cuda.cuStreamCreate(at, 0));
        ok(cuda.cuStreamBeginCapture_v2(stream, Capture.MODE_RELAXED));
        assertThat(launch(function("count"), 1, 1, 0, 0)).isEqualTo(CudaResult.STREAM_CAPTURE_IMPLICIT);
        assertThat(cuda.cuStreamIsCapturing(0, program.room(4))).isEqualTo(CudaResult.STREAM_CAPTURE_IMPLICIT);
        assertThat(cuda.cuStreamEndCapture(stream, program.room(8))).isEqualTo(CudaResult.STREAM_CAPTURE_INVALIDATED);
    }
}
