package io.penstock.gpuserver.device;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.gpuserver.driver.NvmlLibrary;
import io.penstock.protocol.appliance.GpuReport;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class NvmlInventoryTest {
    @Test
    void theDriverIsReadWhenTheInventoryIsMade() {
        assertThat(new NvmlInventory(new Driver()).system())
                .containsEntry("cuda", "13000")
                .containsEntry("driver", "580.105.08")
                .containsEntry("nvml", "13.580.105.08")
                .containsEntry("branch", "r580_00")
                .hasSize(4);
    }

    @Test
    void aGpuIsLookedAtByItsPlaceOnTheServer() {
        NvmlInventory inventory = new NvmlInventory(new Driver());
        Gpu gpu = inventory.look().getFirst();
        assertThat(gpu.report().uuid()).isEqualTo("GPU-0");
        assertThat(inventory.facts(gpu).values()).containsEntry("power", "70123");
    }

    @Test
    void aGpuThatHasMovedUpIsLookedAtInItsNewPlace() {
        Driver driver = new Driver();
        NvmlInventory inventory = new NvmlInventory(driver);
        Gpu gpu = inventory.look().getFirst();
        inventory.facts(gpu);
        driver.lookedAt.clear();
        GpuReport was = gpu.report();
        GpuReport is = new GpuReport(was.uuid(), 1, was.name(), was.memoryBytes(), was.computeCapability(), was.kind());
        inventory.facts(new Gpu(is, gpu.usage(), gpu.pciBusId()));
        assertThat(driver.lookedAt.getFirst()).isEqualTo(1);
    }

    @Test
    void whatTheLibraryLacksIsLeftOut() {
        assertThat(new NvmlInventory(NvmlLibrary.ABSENT).system()).containsOnlyKeys("cuda");
    }

    private static final class Driver implements NvmlLibrary {
        private final List<Integer> lookedAt = new ArrayList<>();

        @Override
        public int nvmlSystemGetDriverVersion(long version, int length) {
            NativeMemory.putString(version, "580.105.08", length);
            return SUCCESS;
        }

        @Override
        public int nvmlSystemGetNVMLVersion(long version, int length) {
            NativeMemory.putString(version, "13.580.105.08", length);
            return SUCCESS;
        }

        @Override
        public int nvmlSystemGetCudaDriverVersion_v2(long cudaDriverVersion) {
            NativeMemory.putInt(cudaDriverVersion, 13_000);
            return SUCCESS;
        }

        @Override
        public int nvmlDeviceGetCount_v2(long deviceCount) {
            NativeMemory.putInt(deviceCount, 1);
            return SUCCESS;
        }

        @Override
        public int nvmlDeviceGetHandleByIndex_v2(int index, long device) {
            lookedAt.add(index);
            NativeMemory.putLong(device, 7);
            return SUCCESS;
        }

        @Override
        public int nvmlDeviceGetUUID(long device, long uuid, int length) {
            NativeMemory.putString(uuid, "GPU-0", length);
            return SUCCESS;
        }

        @Override
        public int call(String function, Object... arguments) {
            return switch (function) {
                case "nvmlSystemGetDriverBranch" -> {
                    assertThat(NativeMemory.getInt((long) arguments[0])).isEqualTo(0x1000054);
                    NativeMemory.putString((long) arguments[0] + 4, "r580_00", (int) arguments[1]);
                    yield SUCCESS;
                }
                case "nvmlDeviceGetPowerUsage" -> {
                    NativeMemory.putInt((long) arguments[1], 70_123);
                    yield SUCCESS;
                }
                default -> FUNCTION_NOT_FOUND;
            };
        }
    }
}
