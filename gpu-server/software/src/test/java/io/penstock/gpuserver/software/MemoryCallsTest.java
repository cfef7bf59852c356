package io.penstock.gpuserver.software;

import static io.penstock.gpuserver.software.CudaProgram.ok;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.protocol.codec.CudaResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class MemoryCallsTest {
    private final CudaProgram program = CudaProgram.started();
    private final SoftwareCudaDriver cuda = program.cuda;

    @AfterEach
    void end() {
        program.close();
    }

    @Test
    void bytesThatGoUpComeDownAgain() {
        long device = program.alloc(16);
        ok(cuda.cuMemcpyHtoD_v2(device, program.ints(1, 2, 3, 4), 16));
        assertThat(program.intsAt(device, 4)).containsExactly(1, 2, 3, 4);
        ok(cuda.cuMemFree_v2(device));
    }

    @Test
    void smallBlocksLieIn512ByteStepsAndLargeOnesAt2MiB() {
        long one = program.alloc(1);
        long two = program.alloc(513);
        long three = program.alloc(4);
        assertThat(one).isGreaterThanOrEqualTo(AddressSpace.ORIGIN);
        assertThat(two - one).isEqualTo(512);
        assertThat(three - two).isEqualTo(1024);
        assertThat(program.alloc(3 << 20) % (2 << 20)).isZero();
    }

    @Test
    void aProgramThatAsksForNothingOrForTooMuchIsRefused() {
        long at = program.room(8);
        assertThat(cuda.cuMemAlloc_v2(at, 0)).isEqualTo(CudaResult.INVALID_VALUE);
        assertThat(cuda.cuMemAlloc_v2(0, 8)).isEqualTo(CudaResult.INVALID_VALUE);
        assertThat(cuda.cuMemAlloc_v2(at, CudaProgram.MEMORY_BYTES + 1)).isEqualTo(CudaResult.OUT_OF_MEMORY);
        assertThat(cuda.cuMemAlloc_v2(at, -1)).isEqualTo(CudaResult.OUT_OF_MEMORY);
    }

    @Test
    void aProgramThatFreesWhatItNeverHadIsRefused() {
        long device = program.alloc(4096);
        assertThat(cuda.cuMemFree_v2(device + 512)).isEqualTo(CudaResult.INVALID_VALUE);
        assertThat(cuda.cuMemFree_v2(12345)).isEqualTo(CudaResult.INVALID_VALUE);
        ok(cuda.cuMemFree_v2(device));
        assertThat(cuda.cuMemFree_v2(device)).as("twice").isEqualTo(CudaResult.INVALID_VALUE);
        ok(cuda.cuMemFree_v2(0));
    }

    @Test
    void allMemoryCanBeTakenAndTheAccountIsExact() {
        assertThat(program.freeBytes()).isEqualTo(CudaProgram.MEMORY_BYTES);
        long all = program.alloc(CudaProgram.MEMORY_BYTES);
        assertThat(program.freeBytes()).isZero();
        assertThat(cuda.cuMemAlloc_v2(program.room(8), 1)).isEqualTo(CudaResult.OUT_OF_MEMORY);
        ok(cuda.cuMemFree_v2(all));
        long small = program.alloc(1000);
        assertThat(program.freeBytes()).isEqualTo(CudaProgram.MEMORY_BYTES - 1024);
        ok(cuda.cuMemFree_v2(small));
        assertThat(program.freeBytes()).isEqualTo(CudaProgram.MEMORY_BYTES);
    }

    @Test
    void anyOrderOfAllocationsAndFreesKeepsBlocksApartAndTheAccountExact() {
        Random random = new Random(7);
        List<long[]> live = new ArrayList<>();
        long used = 0;
        for (int step = 0; step < 2000; step++) {
            if (!live.isEmpty() && random.nextInt(100) < 48) {
                long[] block = live.remove(random.nextInt(live.size()));
                assertThat(program.intsAt(block[0], 1)).containsExactly((int) block[2]);
                ok(cuda.cuMemFree_v2(block[0]));
                used -= block[1] + 511L & -512L;
            } else {
                long bytes = 4L + random.nextInt(random.nextInt(8) == 0 ? 300_000 : 5000);
                long mark = random.nextInt();
                long[] block = {program.alloc(bytes), bytes, mark};
                ok(cuda.cuMemsetD32_v2(block[0], (int) block[2], bytes / 4));
                live.add(block);
                used += bytes + 511L & -512L;
            }
            assertThat(program.freeBytes()).isEqualTo(CudaProgram.MEMORY_BYTES - used);
        }
    }

    @Test
    void freedMemoryOfWholeChunksComesBackZeroed() {
        long device = program.alloc(8 << 20);
        ok(cuda.cuMemsetD8_v2(device, 0xff, 8 << 20));
        ok(cuda.cuMemFree_v2(device));
        long again = program.alloc(8 << 20);
        assertThat(again).isEqualTo(device);
        assertThat(program.intsAt(again, 2)).containsExactly(0, 0);
    }

    @Test
    void theRangeOfAnInteriorAddressIsTheBlockAsAskedFor() {
        long device = program.alloc(1000);
        long size = program.room(8);
        assertThat(program.longFrom(at -> cuda.cuMemGetAddressRange_v2(at, size, device + 999)))
                .isEqualTo(device);
        assertThat(NativeMemory.getLong(size)).isEqualTo(1000);
        assertThat(cuda.cuMemGetAddressRange_v2(0, size, device + 1000)).isEqualTo(CudaResult.NOT_FOUND);
        assertThat(cuda.cuMemGetAddressRange_v2(0, size, size)).isEqualTo(CudaResult.NOT_FOUND);
    }

    @Test
    void pitchedRowsStartAtMultiplesOf512() {
        long pitch = program.room(8);
        long device = program.longFrom(at -> cuda.cuMemAllocPitch_v2(at, pitch, 700, 3, 4));
        assertThat(NativeMemory.getLong(pitch)).isEqualTo(1024);
        ok(cuda.cuMemsetD8_v2(device, 1, 3 * 1024));
        assertThat(cuda.cuMemsetD8_v2(device, 1, 3 * 1024 + 1)).isEqualTo(CudaResult.INVALID_VALUE);
        assertThat(cuda.cuMemAllocPitch_v2(device, pitch, 700, 3, 5)).isEqualTo(CudaResult.INVALID_VALUE);
    }

    @Test
    void hostMemoryHasOneAddressOnBothSides() {
        long host = program.longFrom(at -> cuda.cuMemHostAlloc(at, 100, 0));
        assertThat(program.longFrom(at -> cuda.cuMemHostGetDevicePointer_v2(at, host, 0)))
                .isEqualTo(host);
        assertThat(program.intFrom(at -> cuda.cuMemHostGetFlags(at, host))).isEqualTo(3);
        assertThat(cuda.cuMemHostGetDevicePointer_v2(program.room(8), program.room(8), 0))
                .isEqualTo(CudaResult.INVALID_VALUE);
        ok(cuda.cuMemFreeHost(host));
        assertThat(cuda.cuMemFreeHost(host)).isEqualTo(CudaResult.INVALID_VALUE);
    }

    @Test
    void memoryIsRegisteredOnceAndUnregisteredOnce() {
        long host = program.room(64);
        ok(cuda.cuMemHostRegister_v2(host, 64, 0));
        assertThat(cuda.cuMemHostRegister_v2(host + 32, 8, 0)).isEqualTo(CudaResult.HOST_MEMORY_ALREADY_REGISTERED);
        ok(cuda.cuMemHostUnregister(host));
        assertThat(cuda.cuMemHostUnregister(host)).isEqualTo(CudaResult.HOST_MEMORY_NOT_REGISTERED);
    }

    @Test
    void copiesOutsideABlockAreRefused() {
        long device = program.alloc(16);
        long host = program.room(64);
        assertThat(cuda.cuMemcpyHtoD_v2(device, host, 17)).isEqualTo(CudaResult.INVALID_VALUE);
        assertThat(cuda.cuMemcpyDtoH_v2(host, device + 1, 16)).isEqualTo(CudaResult.INVALID_VALUE);
        assertThat(cuda.cuMemcpyHtoD_v2(host, host, 8)).as("not device memory").isEqualTo(CudaResult.INVALID_VALUE);
        assertThat(cuda.cuMemcpyDtoD_v2(device, 77, 8)).isEqualTo(CudaResult.INVALID_VALUE);
        ok(cuda.cuMemcpyHtoD_v2(device, host, 0));
    }

    @Test
    void memsetsOfEveryWidthFillTheirRowsOnly() {
        long device = program.alloc(64);
        ok(cuda.cuMemsetD32_v2(device, 0x01020304, 16));
        ok(cuda.cuMemsetD16_v2(device, 0xabcd, 2));
        ok(cuda.cuMemsetD2D8_v2(device + 16, 16, 0xee, 4, 2));
        assertThat(program.intsAt(device, 9))
                .containsExactly(
                        0xabcdabcd,
                        0x01020304,
                        0x01020304,
                        0x01020304,
                        0xeeeeeeee,
                        0x01020304,
                        0x01020304,
                        0x01020304,
                        0xeeeeeeee);
        assertThat(cuda.cuMemsetD32_v2(device + 2, 0, 1)).as("misaligned").isEqualTo(CudaResult.INVALID_VALUE);
    }

    @Test
    void aRectangleIsCutOutOfLargerRows() {
        long device = program.alloc(64);
        ok(cuda.cuMemcpyHtoD_v2(device, program.ints(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15), 64));
        long host = program.room(16);
        long copy = program.room(128);
        NativeMemory.putLong(copy, 4); // x
        NativeMemory.putLong(copy + 8, 1); // y
        NativeMemory.putInt(copy + 16, 2); // device
        NativeMemory.putLong(copy + 32, device);
        NativeMemory.putLong(copy + 48, 16);
        NativeMemory.putInt(copy + 72, 1); // host
        NativeMemory.putLong(copy + 80, host);
        NativeMemory.putLong(copy + 104, 8);
        NativeMemory.putLong(copy + 112, 8);
        NativeMemory.putLong(copy + 120, 2);
        ok(cuda.cuMemcpy2D_v2(copy));
        assertThat(NativeMemory.getInt(host)).isEqualTo(5);
        assertThat(NativeMemory.getInt(host + 4)).isEqualTo(6);
        assertThat(NativeMemory.getInt(host + 8)).isEqualTo(9);
        assertThat(NativeMemory.getInt(host + 12)).isEqualTo(10);
        NativeMemory.putLong(copy + 104, 4);
        assertThat(cuda.cuMemcpy2D_v2(copy)).as("rows overlap").isEqualTo(CudaResult.INVALID_VALUE);
    }
}
