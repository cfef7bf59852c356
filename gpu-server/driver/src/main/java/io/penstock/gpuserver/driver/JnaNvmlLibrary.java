package io.penstock.gpuserver.driver;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@link NvmlLibrary} by the installed {@code libnvidia-ml.so.1}.
 *
 * <p>Functions are looked up one by one, so an older library loses only what it lacks. Not on any hot path. Any thread:
 * NVML itself is thread-safe.
 */
public final class JnaNvmlLibrary implements NvmlLibrary {
    private static final Logger LOG = LoggerFactory.getLogger(JnaNvmlLibrary.class);

    private final NativeLibrary library;

    private JnaNvmlLibrary(NativeLibrary library) {
        this.library = library;
    }

    /** The installed library, or {@link NvmlLibrary#ABSENT}. */
    public static NvmlLibrary open() {
        return open("libnvidia-ml.so.1");
    }

    static NvmlLibrary open(String name) {
        try {
            return new JnaNvmlLibrary(NativeLibrary.getInstance(name));
        } catch (UnsatisfiedLinkError absent) {
            LOG.debug("{} cannot be loaded: {}", name, absent.getMessage());
            return ABSENT;
        }
    }

    @Override
    public int call(String function, Object... arguments) {
        Function found;
        try {
            found = library.getFunction(function);
        } catch (UnsatisfiedLinkError older) {
            LOG.debug("{} lacks {}: {}", library.getName(), function, older.getMessage());
            return FUNCTION_NOT_FOUND;
        }
        return found.invokeInt(arguments);
    }

    @Override
    public int nvmlInit_v2() {
        return call("nvmlInit_v2");
    }

    @Override
    public int nvmlShutdown() {
        return call("nvmlShutdown");
    }

    @Override
    public int nvmlSystemGetDriverVersion(long version, int length) {
        return call("nvmlSystemGetDriverVersion", version, length);
    }

    @Override
    public int nvmlSystemGetNVMLVersion(long version, int length) {
        return call("nvmlSystemGetNVMLVersion", version, length);
    }

    @Override
    public int nvmlSystemGetCudaDriverVersion_v2(long cudaDriverVersion) {
        return call("nvmlSystemGetCudaDriverVersion_v2", cudaDriverVersion);
    }

    @Override
    public int nvmlDeviceGetCount_v2(long deviceCount) {
        return call("nvmlDeviceGetCount_v2", deviceCount);
    }

    @Override
    public int nvmlDeviceGetHandleByIndex_v2(int index, long device) {
        return call("nvmlDeviceGetHandleByIndex_v2", index, device);
    }

    @Override
    public int nvmlDeviceGetName(long device, long name, int length) {
        return call("nvmlDeviceGetName", device, name, length);
    }

    @Override
    public int nvmlDeviceGetUUID(long device, long uuid, int length) {
        return call("nvmlDeviceGetUUID", device, uuid, length);
    }

    @Override
    public int nvmlDeviceGetPciInfo_v3(long device, long pci) {
        return call("nvmlDeviceGetPciInfo_v3", device, pci);
    }

    @Override
    public int nvmlDeviceGetMemoryInfo_v2(long device, long memory) {
        return call("nvmlDeviceGetMemoryInfo_v2", device, memory);
    }

    @Override
    public int nvmlDeviceGetUtilizationRates(long device, long utilization) {
        return call("nvmlDeviceGetUtilizationRates", device, utilization);
    }

    @Override
    public int nvmlDeviceGetComputeRunningProcesses_v3(long device, long infoCount, long infos) {
        return call("nvmlDeviceGetComputeRunningProcesses_v3", device, infoCount, infos);
    }

    @Override
    public int nvmlDeviceGetTemperature(long device, int sensor, long temperature) {
        return call("nvmlDeviceGetTemperature", device, sensor, temperature);
    }

    @Override
    public int nvmlDeviceGetPowerUsage(long device, long power) {
        return call("nvmlDeviceGetPowerUsage", device, power);
    }

    @Override
    public int nvmlDeviceGetCudaComputeCapability(long device, long major, long minor) {
        return call("nvmlDeviceGetCudaComputeCapability", device, major, minor);
    }
}
