package io.penstock.gpuserver.software;

import io.penstock.gpuserver.driver.LibC;
import io.penstock.protocol.codec.CudaResult;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Address ranges that programs reserve, physical memory that they create, and what is mapped where.
 *
 * <p>Everything is in multiples of 2 MiB. Physical memory is an anonymous file, so it can be mapped at several addresses
 * and outlives its handle while mapped. Guarded by itself.
 */
final class VirtualMemory {
    static final long GRANULARITY_BYTES = AddressSpace.CHUNK_BYTES;

    private final AddressSpace space;

    // guarded by this
    private final TreeMap<Long, Long> reserved = new TreeMap<>();
    private final TreeMap<Long, Mapping> mappings = new TreeMap<>();

    VirtualMemory(AddressSpace space) {
        this.space = space;
    }

    /** Device memory without an address; ends with its last reference, from handles and from mappings. */
    static final class Physical {
        final Device device;
        final long bytes;
        final int fd;
        // guarded by VirtualMemory
        int references = 1;
        // guarded by this: the handle, the same for as long as there is the memory, and how often the program holds it
        private long handle;
        private int held;

        Physical(Device device, long bytes, int fd) {
            this.device = device;
            this.bytes = bytes;
            this.fd = fd;
        }

        /** Its handle, which the program holds once more. */
        synchronized long hold(HandleTable handles) {
            if (handle == 0) {
                handle = handles.take();
            }
            if (held++ == 0) {
                handles.put(handle, this);
            }
            return handle;
        }

        /** The program lets go of the handle; false where it does not hold it. */
        synchronized boolean letGo(HandleTable handles) {
            if (held == 0) {
                return false;
            }
            if (--held == 0) {
                handles.remove(handle, Physical.class);
            }
            return true;
        }
    }

    record Mapping(long address, long bytes, Physical memory) {}

    /** Answers the address of a new reservation, at the wish if that is free, or 0. */
    synchronized long reserve(long bytes, long alignment, long wish) {
        long step = Math.max(alignment, GRANULARITY_BYTES);
        if (wish != 0 && wish % step == 0 && isFree(wish, bytes)) {
            reserved.put(wish, bytes);
            return wish;
        }
        long at = space.virtualBase();
        for (Map.Entry<Long, Long> range : reserved.entrySet()) {
            long aligned = (at + step - 1) & -step;
            if (aligned + bytes <= range.getKey()) {
                break;
            }
            at = Math.max(at, range.getKey() + range.getValue());
        }
        long aligned = (at + step - 1) & -step;
        if (!isFree(aligned, bytes)) {
            return 0;
        }
        reserved.put(aligned, bytes);
        return aligned;
    }

    private boolean isFree(long address, long bytes) {
        if (address < space.virtualBase() || bytes > space.base() + space.size() - address) {
            return false;
        }
        Map.Entry<Long, Long> below = reserved.lowerEntry(address + bytes);
        return below == null || below.getKey() + below.getValue() <= address;
    }

    /** Ends a reservation that was made so and has nothing mapped. */
    synchronized boolean free(long address, long bytes) {
        boolean mapped = !mappings.subMap(address, address + bytes).isEmpty();
        return !mapped && reserved.remove(address, bytes);
    }

    /** New physical memory, or null when the device has not so much. */
    @Nullable
    Physical create(Device device, long bytes) {
        if (!device.heap().charge(bytes)) {
            return null;
        }
        int fd = LibC.memfd_create("penstock-device-memory", LibC.MFD_CLOEXEC);
        if (fd < 0 || LibC.ftruncate(fd, bytes) != 0) {
            LibC.close(fd);
            device.heap().refund(bytes);
            return null;
        }
        return new Physical(device, bytes, fd);
    }

    synchronized void retain(Physical memory) {
        memory.references++;
    }

    synchronized void release(Physical memory) {
        if (--memory.references == 0) {
            LibC.close(memory.fd);
            memory.device.heap().refund(memory.bytes);
        }
    }

    /** Puts memory at reserved addresses, without access yet. */
    synchronized int map(long address, long bytes, long offset, Physical memory) {
        Map.Entry<Long, Long> range = reserved.floorEntry(address);
        boolean inside = range != null && address + bytes <= range.getKey() + range.getValue();
        boolean whole = offset == 0 && bytes == memory.bytes;
        if (!inside || !whole || address % GRANULARITY_BYTES != 0 || overlapsMapping(address, bytes)) {
            return CudaResult.INVALID_VALUE;
        }
        if (!space.mapFile(address, bytes, memory.fd, offset)) {
            return CudaResult.OUT_OF_MEMORY;
        }
        memory.references++;
        mappings.put(address, new Mapping(address, bytes, memory));
        return CudaResult.SUCCESS;
    }

    private boolean overlapsMapping(long address, long bytes) {
        Map.Entry<Long, Mapping> below = mappings.lowerEntry(address + bytes);
        return below != null && below.getKey() + below.getValue().bytes() > address;
    }

    /** Takes whole mappings out of a range; it must be covered by them exactly. */
    synchronized int unmap(long address, long bytes) {
        if (!covered(address, bytes)) {
            return CudaResult.INVALID_VALUE;
        }
        for (Mapping mapping :
                List.copyOf(mappings.subMap(address, address + bytes).values())) {
            mappings.remove(mapping.address());
            space.release(mapping.address(), mapping.bytes());
            release(mapping.memory());
        }
        return CudaResult.SUCCESS;
    }

    synchronized int setAccess(long address, long bytes, byte access) {
        if (!covered(address, bytes)) {
            return CudaResult.INVALID_VALUE;
        }
        return space.setAccess(address, bytes, access) ? CudaResult.SUCCESS : CudaResult.UNKNOWN;
    }

    private boolean covered(long address, long bytes) {
        long at = address;
        while (at < address + bytes) {
            Mapping mapping = mappings.get(at);
            if (mapping == null) {
                return false;
            }
            at += mapping.bytes();
        }
        return at == address + bytes;
    }

    /** The mapping that holds an address, or null. */
    synchronized @Nullable Mapping mappingAt(long address) {
        Map.Entry<Long, Mapping> below = mappings.floorEntry(address);
        boolean holds =
                below != null && address < below.getKey() + below.getValue().bytes();
        return holds ? below.getValue() : null;
    }
}
