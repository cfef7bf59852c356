package io.penstock.gpuserver.software;

import static io.penstock.gpuserver.software.CudaProgram.ok;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.protocol.codec.CudaResult;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class ContextCallsTest {
    private final CudaProgram program = CudaProgram.loaded(2);
    private final SoftwareCudaDriver cuda = program.cuda;

    @AfterEach
    void end() {
        program.close();
    }

    private long current() {
        return program.longFrom(cuda::cuCtxGetCurrent);
    }

    private long retained() {
        return program.longFrom(at -> cuda.cuDevicePrimaryCtxRetain(at, 0));
    }

    @Test
    void beforeInitialisationEverythingButTheVersionIsRefusedWith3() {
        long at = program.room(64);
        assertThat(cuda.cuDeviceGetCount(at)).isEqualTo(CudaResult.NOT_INITIALIZED);
        assertThat(cuda.cuCtxGetCurrent(at)).isEqualTo(CudaResult.NOT_INITIALIZED);
        assertThat(cuda.cuMemAlloc_v2(at, 8)).isEqualTo(CudaResult.NOT_INITIALIZED);
        assertThat(program.intFrom(cuda::cuDriverGetVersion)).isEqualTo(13000);
        assertThat(cuda.cuInit(1)).isEqualTo(CudaResult.INVALID_VALUE);
        ok(cuda.cuInit(0));
        ok(cuda.cuInit(0));
        assertThat(program.intFrom(cuda::cuDeviceGetCount)).isEqualTo(2);
        assertThat(cuda.cuDeviceGet(at, 2)).isEqualTo(CudaResult.INVALID_DEVICE);
    }

    @Test
    void aDeviceSaysThatItIsSoftwareAndWhichOneItIs() {
        ok(cuda.cuInit(0));
        long name = program.room(256);
        ok(cuda.cuDeviceGetName(name, 256, 0));
        assertThat(NativeMemory.getString(name))
                .isEqualTo("Penstock Software GPU")
                .doesNotContain("NVIDIA");
        long[] uuids = new long[4];
        for (int device = 0; device < 2; device++) {
            long uuid = program.room(16);
            ok(cuda.cuDeviceGetUuid_v2(uuid, device));
            uuids[2 * device] = NativeMemory.getLong(uuid);
            uuids[2 * device + 1] = NativeMemory.getLong(uuid + 8);
        }
        assertThat(uuids).doesNotHaveDuplicates();
        try (CudaProgram sameServer = CudaProgram.started(1)) {
            long uuid = program.room(16);
            ok(sameServer.cuda.cuDeviceGetUuid_v2(uuid, 0));
            assertThat(NativeMemory.getLong(uuid)).isEqualTo(uuids[0]);
        }
        long bus = program.room(16);
        ok(cuda.cuDeviceGetPCIBusId(bus, 16, 1));
        assertThat(NativeMemory.getString(bus)).isEqualTo("0000:02:00.0");
        assertThat(program.intFrom(at -> cuda.cuDeviceGetByPCIBusId(at, bus))).isEqualTo(1);
        assertThat(program.intFrom(at -> cuda.cuDeviceGetAttribute(at, 33, 1))).isEqualTo(2);
    }

    @Test
    void attributesAreThoseOfComputeCapability80() {
        ok(cuda.cuInit(0));
        assertThat(program.intFrom(at -> cuda.cuDeviceGetAttribute(at, 75, 0))).isEqualTo(8);
        assertThat(program.intFrom(at -> cuda.cuDeviceGetAttribute(at, 76, 0))).isZero();
        assertThat(program.intFrom(at -> cuda.cuDeviceGetAttribute(at, 10, 0))).isEqualTo(32);
        assertThat(program.intFrom(at -> cuda.cuDeviceGetAttribute(at, 97, 0))).isEqualTo(163 << 10);
        for (int attribute = 1; attribute <= 147; attribute++) {
            int known = cuda.cuDeviceGetAttribute(program.room(4), attribute, 0);
            assertThat(known).as("attribute " + attribute).isIn(CudaResult.SUCCESS, CudaResult.INVALID_VALUE);
        }
        assertThat(cuda.cuDeviceGetAttribute(program.room(4), 148, 0)).isEqualTo(CudaResult.INVALID_VALUE);
        assertThat(program.longFrom(at -> cuda.cuDeviceTotalMem_v2(at, 0))).isEqualTo(CudaProgram.MEMORY_BYTES);
    }

    @Test
    void aThreadWithoutAContextIsRefusedWith201() {
        ok(cuda.cuInit(0));
        long at = program.room(64);
        assertThat(current()).isZero();
        assertThat(cuda.cuCtxGetDevice(at)).isEqualTo(CudaResult.INVALID_CONTEXT);
        assertThat(cuda.cuCtxPopCurrent_v2(at)).isEqualTo(CudaResult.INVALID_CONTEXT);
        assertThat(cuda.cuCtxSynchronize()).isEqualTo(CudaResult.INVALID_CONTEXT);
        assertThat(cuda.cuMemAlloc_v2(at, 8)).isEqualTo(CudaResult.INVALID_CONTEXT);
        assertThat(cuda.cuStreamCreate(at, 0)).isEqualTo(CudaResult.INVALID_CONTEXT);
        assertThat(cuda.cuStreamQuery(0)).isEqualTo(CudaResult.INVALID_CONTEXT);
        assertThat(cuda.cuEventCreate(at, 0)).isEqualTo(CudaResult.INVALID_CONTEXT);
        assertThat(cuda.cuModuleLoadData(at, at)).isEqualTo(CudaResult.INVALID_CONTEXT);
        assertThat(cuda.cuCtxPushCurrent_v2(0)).isEqualTo(CudaResult.INVALID_VALUE);
        ok(cuda.cuCtxSetCurrent(0));
        ok(cuda.cuMemFree_v2(0));
    }

    @Test
    void settingNullPopsTheTopOfTheStack() {
        ok(cuda.cuInit(0));
        long primary = retained();
        assertThat(current()).as("retaining makes nothing current").isZero();
        long created = program.longFrom(at -> cuda.cuCtxCreate_v2(at, 0, 0));
        assertThat(current()).isEqualTo(created);
        ok(cuda.cuCtxPushCurrent_v2(primary));
        ok(cuda.cuCtxSetCurrent(0));
        assertThat(current()).isEqualTo(created);
        ok(cuda.cuCtxSetCurrent(primary));
        assertThat(program.longFrom(cuda::cuCtxPopCurrent_v2)).isEqualTo(primary);
        assertThat(current()).isZero();
    }

    @Test
    void destroyingTheCurrentContextPopsIt() {
        ok(cuda.cuInit(0));
        long created = program.longFrom(at -> cuda.cuCtxCreate_v2(at, 0, 1));
        assertThat(program.intFrom(cuda::cuCtxGetDevice)).isEqualTo(1);
        ok(cuda.cuCtxDestroy_v2(created));
        assertThat(current()).isZero();
        assertThat(cuda.cuCtxSetCurrent(created)).isEqualTo(CudaResult.INVALID_CONTEXT);
        assertThat(cuda.cuCtxDestroy_v2(retained())).as("the primary context").isEqualTo(CudaResult.INVALID_CONTEXT);
    }

    @Test
    void aNewThreadStartsWithoutAContext() {
        ok(cuda.cuInit(0));
        ok(cuda.cuCtxSetCurrent(retained()));
        long seen = CompletableFuture.supplyAsync(this::current, Thread::startVirtualThread)
                .join();
        assertThat(seen).isZero();
        assertThat(current()).isNotZero();
    }

    @Test
    void aReleasedPrimaryContextStaysCurrentButIsGone() {
        ok(cuda.cuInit(0));
        long primary = retained();
        ok(cuda.cuCtxSetCurrent(primary));
        long id = program.longFrom(at -> cuda.cuCtxGetId(0, at));
        program.alloc(1 << 20);
        ok(cuda.cuDevicePrimaryCtxRelease_v2(0));
        assertThat(cuda.cuDevicePrimaryCtxRelease_v2(0)).isEqualTo(CudaResult.INVALID_CONTEXT);
        assertThat(current()).isEqualTo(primary);
        assertThat(program.intFrom(cuda::cuCtxGetDevice)).isZero();
        assertThat(cuda.cuMemAlloc_v2(program.room(8), 8)).isEqualTo(CudaResult.CONTEXT_IS_DESTROYED);
        assertThat(cuda.cuCtxGetId(0, program.room(8))).isEqualTo(CudaResult.CONTEXT_IS_DESTROYED);
        assertThat(retained()).isEqualTo(primary);
        assertThat(program.longFrom(at -> cuda.cuCtxGetId(0, at))).isGreaterThan(id);
        assertThat(program.freeBytes()).as("its memory went with it").isEqualTo(CudaProgram.MEMORY_BYTES);
    }

    @Test
    void aResetPrimaryContextIsGoneUntilRetainedAgain() {
        ok(cuda.cuInit(0));
        ok(cuda.cuCtxSetCurrent(retained()));
        long flags = program.room(4);
        assertThat(program.intFrom(at -> cuda.cuDevicePrimaryCtxGetState(0, flags, at)))
                .isEqualTo(1);
        ok(cuda.cuDevicePrimaryCtxReset_v2(0));
        assertThat(program.intFrom(at -> cuda.cuDevicePrimaryCtxGetState(0, flags, at)))
                .isZero();
        assertThat(cuda.cuMemAlloc_v2(program.room(8), 8)).isEqualTo(CudaResult.CONTEXT_IS_DESTROYED);
        retained();
        program.alloc(8);
    }

    @Test
    void limitsPrioritiesAndVersionsAreAnswered() {
        ok(cuda.cuInit(0));
        ok(cuda.cuCtxSetCurrent(retained()));
        ok(cuda.cuCtxSetLimit(0, 4096));
        assertThat(program.longFrom(at -> cuda.cuCtxGetLimit(at, 0))).isEqualTo(4096);
        assertThat(cuda.cuCtxGetLimit(program.room(8), 99)).isEqualTo(CudaResult.UNSUPPORTED_LIMIT);
        long least = program.room(4);
        assertThat(program.intFrom(at -> cuda.cuCtxGetStreamPriorityRange(least, at)))
                .isEqualTo(-5);
        assertThat(program.intFrom(at -> cuda.cuCtxGetApiVersion(0, at))).isEqualTo(3020);
    }

    @Test
    void peersAreEnabledOnceAndDisabledOnce() {
        ok(cuda.cuInit(0));
        ok(cuda.cuCtxSetCurrent(retained()));
        long peer = program.longFrom(at -> cuda.cuDevicePrimaryCtxRetain(at, 1));
        assertThat(program.intFrom(at -> cuda.cuDeviceCanAccessPeer(at, 0, 1))).isEqualTo(1);
        ok(cuda.cuCtxEnablePeerAccess(peer, 0));
        assertThat(cuda.cuCtxEnablePeerAccess(peer, 0)).isEqualTo(CudaResult.PEER_ACCESS_ALREADY_ENABLED);
        ok(cuda.cuCtxDisablePeerAccess(peer));
        assertThat(cuda.cuCtxDisablePeerAccess(peer)).isEqualTo(CudaResult.PEER_ACCESS_NOT_ENABLED);
    }
}
