package io.penstock.gpuserver.software;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.protocol.codec.CudaResult;
import java.util.Locale;

/** Initialisation and what programs ask about devices. */
interface DeviceCalls extends DriverCalls {
    /** The CUDA version that the software GPU speaks: 13.0. */
    int DRIVER_VERSION = 13000;

    @Override
    default int cuInit(int flags) {
        if (flags != 0) {
            return CudaResult.INVALID_VALUE;
        }
        machine().initialise();
        return CudaResult.SUCCESS;
    }

    @Override
    default int cuDriverGetVersion(long driverVersion) {
        if (driverVersion == 0) {
            return CudaResult.INVALID_VALUE;
        }
        NativeMemory.putInt(driverVersion, DRIVER_VERSION);
        return CudaResult.SUCCESS;
    }

    @Override
    default int cuDeviceGetCount(long count) {
        if (!machine().initialised()) {
            return CudaResult.NOT_INITIALIZED;
        }
        if (count == 0) {
            return CudaResult.INVALID_VALUE;
        }
        NativeMemory.putInt(count, machine().devices().size());
        return CudaResult.SUCCESS;
    }

    @Override
    default int cuDeviceGet(long device, int ordinal) {
        return onDevice(ordinal, found -> {
            NativeMemory.putInt(device, ordinal);
            return CudaResult.SUCCESS;
        });
    }

    @Override
    default int cuDeviceGetName(long name, int len, int dev) {
        return onDevice(dev, device -> {
            if (name == 0 || len <= 0) {
                return CudaResult.INVALID_VALUE;
            }
            NativeMemory.putString(name, Device.NAME, len);
            return CudaResult.SUCCESS;
        });
    }

    @Override
    default int cuDeviceGetUuid(long uuid, int dev) {
        return cuDeviceGetUuid_v2(uuid, dev);
    }

    @Override
    default int cuDeviceGetUuid_v2(long uuid, int dev) {
        return onDevice(dev, device -> {
            NativeMemory.putLong(uuid, Long.reverseBytes(device.uuid().getMostSignificantBits()));
            NativeMemory.putLong(uuid + 8, Long.reverseBytes(device.uuid().getLeastSignificantBits()));
            return CudaResult.SUCCESS;
        });
    }

    @Override
    default int cuDeviceTotalMem_v2(long bytes, int dev) {
        return onDevice(dev, device -> {
            NativeMemory.putLong(bytes, device.heap().totalBytes());
            return CudaResult.SUCCESS;
        });
    }

    @Override
    default int cuDeviceGetAttribute(long pi, int attrib, int dev) {
        return onDevice(dev, device -> {
            Integer value = DeviceAttributes.get(device, attrib);
            if (value == null || pi == 0) {
                return CudaResult.INVALID_VALUE;
            }
            NativeMemory.putInt(pi, value);
            return CudaResult.SUCCESS;
        });
    }

    @Override
    default int cuDeviceComputeCapability(long major, long minor, int dev) {
        return onDevice(dev, device -> {
            NativeMemory.putInt(major, 8);
            NativeMemory.putInt(minor, 0);
            return CudaResult.SUCCESS;
        });
    }

    /** The structure of CUDA 2: eight limits, ten ints in all with the dimensions. */
    @Override
    default int cuDeviceGetProperties(long prop, int dev) {
        return onDevice(dev, device -> {
            int[] attributes = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14};
            for (int i = 0; i < attributes.length; i++) {
                NativeMemory.putInt(prop + 4L * i, DeviceAttributes.limit(attributes[i]));
            }
            return CudaResult.SUCCESS;
        });
    }

    @Override
    default int cuDeviceGetPCIBusId(long pciBusId, int len, int dev) {
        return onDevice(dev, device -> {
            if (pciBusId == 0 || len <= 0) {
                return CudaResult.INVALID_VALUE;
            }
            NativeMemory.putString(pciBusId, device.pciBusId(), len);
            return CudaResult.SUCCESS;
        });
    }

    @Override
    default int cuDeviceGetByPCIBusId(long dev, long pciBusId) {
        if (!machine().initialised()) {
            return CudaResult.NOT_INITIALIZED;
        }
        String wanted = NativeMemory.getString(pciBusId).toUpperCase(Locale.ROOT);
        for (Device device : machine().devices()) {
            String id = device.pciBusId();
            if (wanted.endsWith(id) || wanted.equals(id.substring(5)) || (wanted + ".0").equals(id)) {
                NativeMemory.putInt(dev, device.ordinal());
                return CudaResult.SUCCESS;
            }
        }
        return CudaResult.INVALID_DEVICE;
    }

    @Override
    default int cuDeviceCanAccessPeer(long canAccessPeer, int dev, int peerDev) {
        return onDevice(
                dev,
                device -> onDevice(peerDev, peer -> {
                    NativeMemory.putInt(canAccessPeer, device == peer ? 0 : 1);
                    return CudaResult.SUCCESS;
                }));
    }

    @Override
    default int cuDeviceGetP2PAttribute(long value, int attrib, int srcDevice, int dstDevice) {
        return onDevice(
                srcDevice,
                source -> onDevice(dstDevice, destination -> {
                    if (source == destination) {
                        return CudaResult.INVALID_DEVICE;
                    }
                    switch (attrib) {
                        case 1 -> NativeMemory.putInt(value, 0); // performance rank
                        case 2, 3 -> NativeMemory.putInt(value, 1); // access, native atomics
                        case 4, 5 -> NativeMemory.putInt(value, 0); // arrays, partial atomics
                        default -> {
                            return CudaResult.INVALID_VALUE;
                        }
                    }
                    return CudaResult.SUCCESS;
                }));
    }

    @Override
    default int cuDeviceGetExecAffinitySupport(long pi, int type, int dev) {
        return onDevice(dev, device -> {
            NativeMemory.putInt(pi, 0);
            return CudaResult.SUCCESS;
        });
    }

    /** Lazy: CU_MODULE_LAZY_LOADING. */
    @Override
    default int cuModuleGetLoadingMode(long mode) {
        if (!machine().initialised()) {
            return CudaResult.NOT_INITIALIZED;
        }
        NativeMemory.putInt(mode, 2);
        return CudaResult.SUCCESS;
    }
}
