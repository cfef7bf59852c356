package io.penstock.gpuserver.driver;

/**
 * NVIDIA's management library in C vocabulary: one method a function that the daemon itself needs, the exact C name,
 * every pointer a {@code long} address, the result an {@code nvmlReturn_t}.
 *
 * <p>Device handles are opaque {@code long}s. A library that is not installed is {@link #ABSENT}, which answers every
 * call with {@link #LIBRARY_NOT_FOUND}: code that asks it needs no second path. A function that the installed library
 * lacks answers {@link #FUNCTION_NOT_FOUND}.
 */
public interface NvmlLibrary {
    int SUCCESS = 0;
    int INSUFFICIENT_SIZE = 7;
    int LIBRARY_NOT_FOUND = 12;
    int FUNCTION_NOT_FOUND = 13;

    /** nvmlTemperatureSensors_t: the GPU's die. */
    int TEMPERATURE_GPU = 0;

    /** The library that is not there. */
    NvmlLibrary ABSENT = new NvmlLibrary() {};

    default int nvmlInit_v2() {
        return LIBRARY_NOT_FOUND;
    }

    default int nvmlShutdown() {
        return LIBRARY_NOT_FOUND;
    }

    default int nvmlSystemGetDriverVersion(long version, int length) {
        return LIBRARY_NOT_FOUND;
    }

    default int nvmlSystemGetNVMLVersion(long version, int length) {
        return LIBRARY_NOT_FOUND;
    }

    default int nvmlSystemGetCudaDriverVersion_v2(long cudaDriverVersion) {
        return LIBRARY_NOT_FOUND;
    }

    default int nvmlDeviceGetCount_v2(long deviceCount) {
        return LIBRARY_NOT_FOUND;
    }

    default int nvmlDeviceGetHandleByIndex_v2(int index, long device) {
        return LIBRARY_NOT_FOUND;
    }

    default int nvmlDeviceGetName(long device, long name, int length) {
        return LIBRARY_NOT_FOUND;
    }

    default int nvmlDeviceGetUUID(long device, long uuid, int length) {
        return LIBRARY_NOT_FOUND;
    }

    /** {@code pci}: nvmlPciInfo_t, {@link NvmlDevice#PCI_INFO_BYTES} bytes. */
    default int nvmlDeviceGetPciInfo_v3(long device, long pci) {
        return LIBRARY_NOT_FOUND;
    }

    /** {@code memory}: nvmlMemory_v2_t with its version field set by the caller. */
    default int nvmlDeviceGetMemoryInfo_v2(long device, long memory) {
        return LIBRARY_NOT_FOUND;
    }

    /** {@code utilization}: two unsigned ints, per cent of the last sample period: GPU, memory. */
    default int nvmlDeviceGetUtilizationRates(long device, long utilization) {
        return LIBRARY_NOT_FOUND;
    }

    /** {@code infoCount} in: room in {@code infos}; out: processes. {@link #INSUFFICIENT_SIZE} when the room is too small. */
    default int nvmlDeviceGetComputeRunningProcesses_v3(long device, long infoCount, long infos) {
        return LIBRARY_NOT_FOUND;
    }

    /** {@code temperature} in degrees Celsius. */
    default int nvmlDeviceGetTemperature(long device, int sensor, long temperature) {
        return LIBRARY_NOT_FOUND;
    }

    /** {@code power} in milliwatts. */
    default int nvmlDeviceGetPowerUsage(long device, long power) {
        return LIBRARY_NOT_FOUND;
    }

    default int nvmlDeviceGetCudaComputeCapability(long device, long major, long minor) {
        return LIBRARY_NOT_FOUND;
    }

    /**
     * Any other function, by its exact C name: what only monitoring asks is data ({@link NvmlQuestion}), not a method.
     *
     * @param arguments in C's order: an int or enumeration as {@code Integer}, a handle or an address as {@code Long}
     */
    default int call(String function, Object... arguments) {
        return LIBRARY_NOT_FOUND;
    }
}
