package io.penstock.gpuserver.driver;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

final class NvmlLibraryTest {
    @Test
    void aMissingLibraryIsTheSentinelAndAnswersEveryQuestion() {
        NvmlLibrary nvml = JnaNvmlLibrary.open("libpenstock-no-such-library.so.1");
        assertThat(nvml).isSameAs(NvmlLibrary.ABSENT);
        assertThat(nvml.nvmlInit_v2()).isEqualTo(NvmlLibrary.LIBRARY_NOT_FOUND);
        assertThat(NvmlDevice.readAll(nvml)).isEmpty();
    }

    @Test
    void aFunctionThatTheLibraryLacksIsNotFoundAndDoesNotThrow() {
        NvmlLibrary notNvml = JnaNvmlLibrary.open("libc.so.6");
        assertThat(notNvml.nvmlInit_v2()).isEqualTo(NvmlLibrary.FUNCTION_NOT_FOUND);
        assertThat(NvmlDevice.readAll(notNvml)).isEmpty();
    }

    @Test
    void aDeviceIsReadFieldByFieldAndWhatItDoesNotReportIsEmpty() {
        assertThat(NvmlDevice.readAll(new OneGpu()))
                .containsExactly(new NvmlDevice(
                        0,
                        "Test Device",
                        "GPU-00000000",
                        "00000000:00:06.0",
                        1000,
                        10,
                        690,
                        300,
                        OptionalInt.of(37),
                        OptionalInt.of(12),
                        OptionalInt.of(55),
                        OptionalInt.empty(),
                        List.of(new NvmlDevice.ComputeProcess(4711, 256))));
    }

    /** Writes what NVML's documentation says a device with these figures would write. */
    private static final class OneGpu implements NvmlLibrary {
        @Override
        public int nvmlDeviceGetCount_v2(long deviceCount) {
            NativeMemory.putInt(deviceCount, 1);
            return SUCCESS;
        }

        @Override
        public int nvmlDeviceGetHandleByIndex_v2(int index, long device) {
            NativeMemory.putLong(device, 77);
            return SUCCESS;
        }

        @Override
        public int nvmlDeviceGetName(long device, long name, int length) {
            NativeMemory.putString(name, "Test Device", length);
            return SUCCESS;
        }

        @Override
        public int nvmlDeviceGetUUID(long device, long uuid, int length) {
            NativeMemory.putString(uuid, "GPU-00000000", length);
            return SUCCESS;
        }

        @Override
        public int nvmlDeviceGetPciInfo_v3(long device, long pci) {
            NativeMemory.putString(pci + 36, "00000000:00:06.0", 32);
            return SUCCESS;
        }

        @Override
        public int nvmlDeviceGetMemoryInfo_v2(long device, long memory) {
            assertThat(NativeMemory.getInt(memory)).isEqualTo(0x2000028);
            NativeMemory.putLong(memory + 8, 1000);
            NativeMemory.putLong(memory + 16, 10);
            NativeMemory.putLong(memory + 24, 690);
            NativeMemory.putLong(memory + 32, 300);
            return SUCCESS;
        }

        @Override
        public int nvmlDeviceGetUtilizationRates(long device, long utilization) {
            NativeMemory.putInt(utilization, 37);
            NativeMemory.putInt(utilization + 4, 12);
            return SUCCESS;
        }

        @Override
        public int nvmlDeviceGetTemperature(long device, int sensor, long temperature) {
            NativeMemory.putInt(temperature, 55);
            return SUCCESS;
        }

        @Override
        public int nvmlDeviceGetComputeRunningProcesses_v3(long device, long infoCount, long infos) {
            NativeMemory.putInt(infoCount, 1);
            NativeMemory.putInt(infos, 4711);
            NativeMemory.putLong(infos + 8, 256);
            return SUCCESS;
        }
    }
}
