package io.penstock.gpuserver.call;

import io.penstock.gpuserver.driver.CudaDriver;
import io.penstock.gpuserver.driver.LibC;
import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.gpuserver.driver.Scratch;
import io.penstock.protocol.codec.CudaResult;
import io.penstock.protocol.codec.FrameType;
import io.penstock.protocol.codec.Limits;
import io.penstock.protocol.codec.ProtocolException;
import io.penstock.protocol.codec.Reader;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Pinned memory of the client that the GPU uses by its address: pages of this process at the same address, which the
 * driver maps. The client's changes are written when they come, in program order; the GPU's are sent before anything
 * that may prove them. Each block remembers what both sides agreed on last, and only bytes that differ travel. Any
 * thread.
 */
public final class MappedMemory {
    private static final Logger log = LoggerFactory.getLogger(MappedMemory.class);
    private static final long PAGE = 4096;
    /** Below it Linux maps nothing; above, no address of a program lies. */
    private static final long ADDRESS_MIN = 1 << 16;

    private static final long ADDRESS_MAX = 1L << 47;
    /** CU_MEMHOSTREGISTER_PORTABLE and CU_MEMHOSTREGISTER_DEVICEMAP. */
    private static final int FOR_EVERY_CONTEXT = 3;

    /**
     * One block.
     *
     * @param agreed its contents as both sides knew them last
     */
    private record Block(long base, int bytes, MemorySegment agreed) {
        long pages() {
            return base & -PAGE;
        }

        long pageBytes() {
            return (base + bytes + PAGE - 1 & -PAGE) - pages();
        }
    }

    private final CudaDriver driver;
    private final Replies replies;

    /** Whether there is a block: without one, nothing is locked. */
    private volatile boolean any;

    // guarded by this
    private final TreeMap<Long, Block> blocks = new TreeMap<>();
    private final byte[] now = new byte[Limits.MAPPED_BLOCK_BYTES_MAX];
    private long mapped;
    private int ending;

    MappedMemory(CudaDriver driver, Replies replies) {
        this.driver = driver;
        this.replies = replies;
    }

    /**
     * Maps zeros at the client's address, in the current context.
     *
     * @return CUDA_ERROR_ALREADY_MAPPED where this process has something there
     */
    synchronized int map(long base, long bytes) {
        if (bytes <= 0 || bytes > Limits.MAPPED_BLOCK_BYTES_MAX || base < ADDRESS_MIN || base > ADDRESS_MAX - bytes) {
            return CudaResult.INVALID_VALUE;
        }
        Block block = new Block(base, (int) bytes, MemorySegment.ofArray(new byte[(int) bytes]));
        if (mapped + block.pageBytes() > Limits.MAPPED_BYTES_MAX) {
            return CudaResult.OUT_OF_MEMORY;
        }
        long at = LibC.mmap(
                block.pages(),
                block.pageBytes(),
                LibC.PROT_READ | LibC.PROT_WRITE,
                LibC.MAP_PRIVATE | LibC.MAP_ANONYMOUS | LibC.MAP_FIXED_NOREPLACE,
                -1,
                0);
        if (at != block.pages()) {
            if (at != LibC.MAP_FAILED) {
                LibC.munmap(at, block.pageBytes()); // a kernel too old for NOREPLACE takes the address as a hint
            }
            log.info("the client's {} bytes at 0x{} cannot be mapped: taken", bytes, Long.toHexString(base));
            return CudaResult.ALREADY_MAPPED;
        }
        int result = register(block);
        if (result != CudaResult.SUCCESS) {
            LibC.munmap(block.pages(), block.pageBytes());
            return result;
        }
        blocks.put(base, block);
        mapped += block.pageBytes();
        any = true;
        return CudaResult.SUCCESS;
    }

    /** Kernels use the client's addresses as they are: the driver must have the pages at the same one. */
    private int register(Block block) {
        int result = driver.cuMemHostRegister_v2(block.pages(), block.pageBytes(), FOR_EVERY_CONTEXT);
        if (result != CudaResult.SUCCESS) {
            return result;
        }
        try (Scratch scratch = new Scratch()) {
            long out = scratch.room(Long.BYTES);
            result = driver.cuMemHostGetDevicePointer_v2(out, block.pages(), 0);
            if (result == CudaResult.SUCCESS && NativeMemory.getLong(out) != block.pages()) {
                result = CudaResult.NOT_SUPPORTED;
            }
        }
        if (result != CudaResult.SUCCESS) {
            driver.cuMemHostUnregister(block.pages());
        }
        return result;
    }

    /** Ends a block: its changes travel no more, and its pages go as soon as the given moment has come. */
    synchronized int end(long base, Later later) {
        Block block = blocks.remove(base);
        if (block == null) {
            return CudaResult.INVALID_VALUE;
        }
        any = !blocks.isEmpty();
        ending++;
        return later.run(() -> release(block));
    }

    /** Whether a block that has ended still has its pages. */
    synchronized boolean ending() {
        return ending > 0;
    }

    /** Runs something behind the work under way; answers what the call's executor answers. */
    @FunctionalInterface
    interface Later {
        int run(IntSupplier action);
    }

    /** A driver that no longer knows the pages has lost them with their context: the client has nothing to fear of it. */
    private int release(Block block) {
        int result = driver.cuMemHostUnregister(block.pages());
        if (result != CudaResult.SUCCESS) {
            log.info("unregistering 0x{}: {}", Long.toHexString(block.pages()), CudaResult.name(result));
        }
        synchronized (this) {
            LibC.munmap(block.pages(), block.pageBytes());
            mapped -= block.pageBytes();
            ending--;
        }
        return CudaResult.SUCCESS;
    }

    /** The executor: a MAPPED frame of the client, its changes in program order. */
    public synchronized void take(Reader in) {
        while (in.remaining() > 0) {
            long address = in.readU64();
            long bytes = in.readU64();
            Block block = holding(address, bytes);
            MemorySegment changed = in.readBlock(bytes);
            MemorySegment mask = in.readBlock((bytes + 7) / 8);
            Changes.apply(changed, mask, NativeMemory.all().asSlice(address, bytes));
            Changes.apply(changed, mask, block.agreed().asSlice(address - block.base(), bytes));
        }
    }

    private Block holding(long address, long bytes) {
        Map.Entry<Long, Block> below = blocks.floorEntry(address);
        Block block = below == null ? null : below.getValue();
        if (block == null || bytes < 0 || bytes > block.bytes() || address - block.base() > block.bytes() - bytes) {
            throw new ProtocolException("the client changed " + bytes + " bytes at 0x" + Long.toHexString(address)
                    + ", which is no mapped memory");
        }
        return block;
    }

    /** Sends what the GPU has changed so far: before whatever may prove it to the client. */
    public void send() {
        if (any) {
            sendChanges();
        }
    }

    private synchronized void sendChanges() {
        for (Block block : blocks.values()) {
            MemorySegment live = NativeMemory.all().asSlice(block.base(), block.bytes());
            if (live.mismatch(block.agreed()) < 0) {
                continue;
            }
            // the GPU may be writing: looked at once
            MemorySegment seen = MemorySegment.ofArray(now).asSlice(0, block.bytes());
            seen.copyFrom(live);
            Changes changes = new Changes(block.base(), seen, block.agreed());
            while (changes.find()) {
                replies.send(FrameType.MAPPED, 0, changes::write);
            }
        }
    }
}
