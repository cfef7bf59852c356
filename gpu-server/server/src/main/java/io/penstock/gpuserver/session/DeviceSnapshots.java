package io.penstock.gpuserver.session;

import io.penstock.gpuserver.call.DeviceMemory;
import io.penstock.gpuserver.driver.CudaDriver;
import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.gpuserver.driver.Scratch;
import io.penstock.protocol.codec.CudaResult;
import io.penstock.protocol.codec.Layouts;
import io.penstock.protocol.codec.Writer;
import java.util.Set;

/**
 * What WELCOME says of the session's devices, so that a program's start needs no questions: names, attributes, and the
 * memory that the lease allows. What cannot work over a network is masked here, and nowhere else.
 */
final class DeviceSnapshots {
    private static final int ATTRIBUTES = 147;
    private static final int NAME_BYTES = 256;
    private static final int ATTRIBUTE_PCI_BUS = 33;
    private static final int ATTRIBUTE_PCI_DEVICE = 34;
    private static final int ATTRIBUTE_PCI_DOMAIN = 50;
    /** What every GPU of today has; a context would be needed to ask. */
    private static final int GREATEST_PRIORITY = -5;

    /**
     * Managed memory (83, 88, 89, 100), registered host pointers (91), GPUDirect (110, 116 to 118, 124), handles between
     * processes (103 to 105, 128), multicast (132) and the decompression engine (136, 137).
     */
    private static final Set<Integer> MASKED =
            Set.of(83, 88, 89, 91, 100, 103, 104, 105, 110, 116, 117, 118, 124, 128, 132, 136, 137);

    private DeviceSnapshots() {}

    /** Writes the count and a snapshot each. */
    static void write(CudaDriver driver, DeviceMemory memory, Writer out) {
        try (Scratch scratch = new Scratch()) {
            long word = scratch.room(Long.BYTES);
            int count = driver.cuDeviceGetCount(word) == CudaResult.SUCCESS ? NativeMemory.getInt(word) : 0;
            out.putU32(count);
            for (int device = 0; device < count; device++) {
                writeOne(driver, memory, device, out.reserve(Layouts.DeviceSnapshot.BYTES));
            }
        }
    }

    private static void writeOne(CudaDriver driver, DeviceMemory memory, int device, long at) {
        driver.cuDeviceGetName(at + Layouts.DeviceSnapshot.name, NAME_BYTES, device);
        driver.cuDeviceGetUuid(at + Layouts.DeviceSnapshot.uuid, device);
        driver.cuDeviceGetLuid(at + Layouts.DeviceSnapshot.luid, at + Layouts.DeviceSnapshot.deviceNodeMask, device);
        long total = at + Layouts.DeviceSnapshot.totalMemory;
        driver.cuDeviceTotalMem_v2(total, device);
        NativeMemory.putLong(total, Math.min(NativeMemory.getLong(total), memory.limit(device)));
        NativeMemory.putInt(at + Layouts.DeviceSnapshot.attributeCount, ATTRIBUTES + 1);
        for (int attribute = 1; attribute <= ATTRIBUTES; attribute++) {
            long value = at + Layouts.DeviceSnapshot.attributes + 4L * attribute;
            if (driver.cuDeviceGetAttribute(value, attribute, device) == CudaResult.SUCCESS) {
                long known = at + Layouts.DeviceSnapshot.attributeKnown + attribute / 8;
                NativeMemory.putByte(known, (byte) (NativeMemory.getByte(known) | 1 << attribute % 8));
                if (MASKED.contains(attribute)) {
                    NativeMemory.putInt(value, 0);
                }
            }
        }
        long attributes = at + Layouts.DeviceSnapshot.attributes;
        NativeMemory.putInt(
                at + Layouts.DeviceSnapshot.pciDomain, NativeMemory.getInt(attributes + 4 * ATTRIBUTE_PCI_DOMAIN));
        NativeMemory.putInt(
                at + Layouts.DeviceSnapshot.pciBus, NativeMemory.getInt(attributes + 4 * ATTRIBUTE_PCI_BUS));
        NativeMemory.putInt(
                at + Layouts.DeviceSnapshot.pciDevice, NativeMemory.getInt(attributes + 4 * ATTRIBUTE_PCI_DEVICE));
        NativeMemory.putInt(at + Layouts.DeviceSnapshot.greatestPriority, GREATEST_PRIORITY);
        driver.cuDeviceGetPCIBusId(at + Layouts.DeviceSnapshot.pciBusId, 16, device);
    }
}
