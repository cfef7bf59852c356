package io.penstock.gpuserver.software;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.protocol.codec.CudaResult;
import java.util.concurrent.locks.Lock;

/**
 * Rows of equal elements.
 *
 * @param pitch bytes from one row's start to the next's
 * @param value the element, its low bytes used
 * @param elementBytes 1, 2 or 4
 * @param width elements in a row
 * @param height rows
 */
record MemsetWork(Machine machine, long destination, long pitch, int value, int elementBytes, long width, long height)
        implements Work {
    private static final long BRIEF_BYTES = 1 << 20;

    /** The bytes from the first element to the last row's end. */
    long span() {
        return width == 0 || height == 0 ? 0 : (height - 1) * pitch + width * elementBytes;
    }

    /** Whether elements and rows are aligned, and rows do not overlap. */
    boolean valid() {
        if (width < 0 || height < 0 || destination % elementBytes != 0) {
            return false;
        }
        return height <= 1 || (pitch % elementBytes == 0 && pitch >= width * elementBytes);
    }

    @Override
    public void run() throws DeviceFault {
        Lock inUse = machine.memoryInUse().readLock();
        inUse.lock();
        try {
            if (machine.space().contains(destination) && !machine.space().accessible(destination, span())) {
                throw new DeviceFault(
                        CudaResult.ILLEGAL_ADDRESS,
                        "a memset at 0x" + Long.toHexString(destination) + ", which was freed before it");
            }
            for (long y = 0; y < height; y++) {
                fill(destination + y * pitch);
            }
        } finally {
            inUse.unlock();
        }
    }

    private void fill(long row) {
        long bytes = width * elementBytes;
        byte low = (byte) value;
        boolean uniform = elementBytes == 1
                || value == low * 0x01010101
                || (elementBytes == 2 && ((value >> 8) & 0xff) == (value & 0xff));
        if (uniform) {
            NativeMemory.fill(row, bytes, low);
        } else if (elementBytes == 2) {
            for (long at = row; at < row + bytes; at += 2) {
                NativeMemory.putShort(at, (short) value);
            }
        } else {
            for (long at = row; at < row + bytes; at += 4) {
                NativeMemory.putInt(at, value);
            }
        }
    }

    @Override
    public boolean brief() {
        return span() <= BRIEF_BYTES;
    }

    @Override
    public NodeType nodeType() {
        return NodeType.MEMSET;
    }
}
