package io.penstock.gpuserver.call;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.protocol.codec.CallNumbers;
import io.penstock.protocol.codec.CudaResult;
import io.penstock.protocol.codec.Layouts;
import org.junit.jupiter.api.Test;

/** Physical memory over the wire, on a software GPU: its handle, and the lease's memory. */
final class VirtualMemoryExecutorsTest extends SoftwareSession {
    private static final long BYTES = 2 << 20;

    private long create() {
        long handle = call(CallNumbers.cuMemCreate, body -> {
                    body.putU64(BYTES);
                    long properties = body.reserve(Layouts.CUmemAllocationProp.BYTES);
                    NativeMemory.fill(properties, Layouts.CUmemAllocationProp.BYTES, (byte) 0);
                    NativeMemory.putInt(properties, 1);
                    NativeMemory.putInt(properties + 8, 1);
                    body.putU64(0);
                })
                .readHandle();
        assertThat(result).isZero();
        return handle;
    }

    private long mapped(long handle) {
        long address = call(CallNumbers.cuMemAddressReserve, body -> {
                    body.putU64(BYTES);
                    body.putU64(0);
                    body.putU64(0);
                    body.putU64(0);
                })
                .readU64();
        call(CallNumbers.cuMemMap, body -> {
            body.putU64(address);
            body.putU64(BYTES);
            body.putU64(0);
            body.putHandle(handle);
            body.putU64(0);
        });
        assertThat(result).isZero();
        return address;
    }

    private long handleAt(long address) {
        long handle = call(CallNumbers.cuMemRetainAllocationHandle, body -> body.putU64(address))
                .readHandle();
        assertThat(result).isZero();
        return handle;
    }

    /** What the release answers: where it waits for the work before it, {@link SoftwareSession} checks the driver's answer. */
    private int release(long handle) {
        call(CallNumbers.cuMemRelease, body -> body.putHandle(handle));
        return result == CallDispatcher.DEFERRED ? CudaResult.SUCCESS : result;
    }

    @Test
    void aHandleThatWasHadBackIsTheSameAndEndsWithItsLastRelease() {
        long handle = create();
        long address = mapped(handle);
        assertThat(handleAt(address + 5)).isEqualTo(handle);
        assertThat(handleAt(address)).isEqualTo(handle);
        assertThat(release(handle)).isZero();
        assertThat(release(handle)).isZero();
        assertThat(context.memory().used(0)).as("held by the program").isEqualTo(BYTES);
        assertThat(release(handle)).isZero();
        assertThat(context.memory().used(0)).isZero();
        assertThat(release(handle)).isEqualTo(CudaResult.INVALID_VALUE);
    }

    @Test
    void aHandleCanBeHadBackOfMemoryThatOnlyItsMappingKeeps() {
        long handle = create();
        long address = mapped(handle);
        assertThat(release(handle)).isZero();
        assertThat(release(handleAt(address))).isZero();
    }
}
