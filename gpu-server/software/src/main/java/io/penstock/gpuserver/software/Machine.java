package io.penstock.gpuserver.software;

import io.penstock.gpuserver.driver.LibC;
import io.penstock.gpuserver.software.ptx.DeviceMemory;
import io.penstock.protocol.codec.CudaResult;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;

/**
 * All the state of one software driver: devices, handles, blocks of memory, the timeline.
 *
 * <p>{@link #enter} is the door of every call that needs a context and decides the code it is refused with. Any thread.
 */
final class Machine implements AutoCloseable {
    static final long LEGACY_STREAM_ID = 7;

    private final ThreadLocal<ThreadState> threads = ThreadLocal.withInitial(ThreadState::new);
    private final HandleTable handles = new HandleTable();
    private final BlockTable blocks = new BlockTable();
    private final Timeline timeline = new Timeline();
    private final Captures captures = new Captures();
    private final ConcurrentMap<Long, GraphAllocation> graphAllocations = new ConcurrentHashMap<>();
    /** Held for reading while work touches device memory; whoever gets it for writing may unmap memory. */
    private final ReadWriteLock memoryInUse = new ReentrantReadWriteLock();

    private final AtomicLong contextIds = new AtomicLong();
    private final AtomicLong streamIds = new AtomicLong(LEGACY_STREAM_ID);
    private final AtomicLong blockIds = new AtomicLong();
    private final AddressSpace space;
    private final VirtualMemory virtualMemory;
    private final List<Device> devices;
    private final DeviceOutput output;

    private volatile boolean initialised;

    Machine(SoftwareConfig config) {
        output = new DeviceOutput(config.output(), config.errors());
        space = new AddressSpace(config.slots().size());
        virtualMemory = new VirtualMemory(space);
        List<Device> made = new ArrayList<>();
        for (int ordinal = 0; ordinal < config.slots().size(); ordinal++) {
            made.add(new Device(this, ordinal, space, config));
        }
        devices = List.copyOf(made);
    }

    HandleTable handles() {
        return handles;
    }

    BlockTable blocks() {
        return blocks;
    }

    Timeline timeline() {
        return timeline;
    }

    Captures captures() {
        return captures;
    }

    /** What nodes of graphs allocate, by address. */
    ConcurrentMap<Long, GraphAllocation> graphAllocations() {
        return graphAllocations;
    }

    VirtualMemory virtualMemory() {
        return virtualMemory;
    }

    AddressSpace space() {
        return space;
    }

    ReadWriteLock memoryInUse() {
        return memoryInUse;
    }

    DeviceOutput output() {
        return output;
    }

    ThreadState thread() {
        return threads.get();
    }

    boolean initialised() {
        return initialised;
    }

    void initialise() {
        initialised = true;
    }

    List<Device> devices() {
        return devices;
    }

    @Nullable
    Device device(int ordinal) {
        return ordinal >= 0 && ordinal < devices.size() ? devices.get(ordinal) : null;
    }

    long nextContextId() {
        return contextIds.incrementAndGet();
    }

    long nextStreamId() {
        return streamIds.incrementAndGet();
    }

    /** The code that a call of this thread is refused with for want of a usable context, or 0. */
    int enter() {
        if (!initialised) {
            return CudaResult.NOT_INITIALIZED;
        }
        Context current = thread().current();
        return current == null ? CudaResult.INVALID_CONTEXT : usable(current);
    }

    /** The code that every use of the context is refused with, or 0. */
    int usable(Context context) {
        if (context.fault() != 0) {
            return context.fault();
        }
        return context.active() ? CudaResult.SUCCESS : CudaResult.CONTEXT_IS_DESTROYED;
    }

    /** The current context of this thread; only after {@link #enter} has answered 0. */
    Context current() {
        Context current = thread().current();
        if (current == null) {
            throw new IllegalStateException("no current context: enter() was not asked");
        }
        return current;
    }

    Block addBlock(long base, long bytes, Block.Kind kind, Context context, int flags, @Nullable MemoryPool pool) {
        boolean anonymous = kind == Block.Kind.POOL || kind == Block.Kind.RESERVED;
        long owner = anonymous ? 0 : context.handle();
        Block block = new Block(base, bytes, kind, context.device(), owner, blockIds.incrementAndGet(), flags, pool);
        blocks.add(block);
        return block;
    }

    /** Memory of a device for a context's program, or null when there is not so much. */
    @Nullable
    Block allocate(Context context, long bytes, Block.Kind kind, @Nullable MemoryPool pool) {
        Heap heap = context.device().heap();
        trim(heap);
        long address = heap.allocate(bytes);
        return address == 0 ? null : addBlock(address, bytes, kind, context, 0, pool);
    }

    /** Memory of a device that belongs to no context; null when there is not so much. */
    @Nullable
    Block allocateForGraph(Device device, long bytes) {
        trim(device.heap());
        long address = device.heap().allocate(bytes);
        if (address == 0) {
            return null;
        }
        Block block = new Block(address, bytes, Block.Kind.GRAPH, device, 0, blockIds.incrementAndGet(), 0, null);
        blocks.add(block);
        return block;
    }

    /** Gives a heap's block back; false when the address is not the first of one. */
    boolean freeBlock(long address) {
        Block block = blocks.at(address);
        if (block == null || block.isHost() || block.kind() == Block.Kind.RESERVED || !blocks.remove(block)) {
            return false;
        }
        block.device().heap().free(block.base(), block.bytes());
        trim(block.device().heap());
        return true;
    }

    /** Takes empty chunks' memory away unless something is running that may still hold their addresses. */
    private void trim(Heap heap) {
        if (heap.hasEmptyChunks() && memoryInUse.writeLock().tryLock()) {
            try {
                heap.releaseEmptyChunks();
            } finally {
                memoryInUse.writeLock().unlock();
            }
        }
    }

    /** Frees what a context's program left. */
    void freeAllOf(Context context) {
        for (Block block : blocks.where(b -> b.context() == context.handle())) {
            if (block.kind() == Block.Kind.HOST) {
                freeHost(block);
            } else if (block.kind() == Block.Kind.REGISTERED) {
                blocks.remove(block);
            } else {
                freeBlock(block.base());
            }
        }
    }

    boolean freeHost(Block block) {
        if (!blocks.remove(block)) {
            return false;
        }
        LibC.munmap(block.base(), block.bytes());
        return true;
    }

    /** The array of a handle, or null; those of a context that has ended are gone. */
    @Nullable
    CudaArray array(long handle) {
        CudaArray array = handles.get(handle, CudaArray.class);
        return array != null && array.block().equals(blocks.at(array.block().base())) ? array : null;
    }

    /** The block that a program's pointer means; a reserved address without memory and an array's memory are none. */
    @Nullable
    Block pointed(long pointer) {
        Block block = blocks.find(pointer);
        boolean empty =
                block != null && block.kind() == Block.Kind.RESERVED && virtualMemory.mappingAt(pointer) == null;
        boolean array = block != null && block.kind() == Block.Kind.ARRAY;
        return empty || array ? null : block;
    }

    /** Records an event after everything in the stream, or in its capture. */
    int recordEvent(long handle, @Nullable Stream stream) {
        Event event = handles.get(handle, Event.class);
        if (event == null || stream == null || stream.context() != event.context()) {
            return CudaResult.INVALID_HANDLE;
        }
        if (!captures.record(stream, event, false)) {
            event.record(timeline.submit(stream, MarkWork.RECORD, List.of()));
        }
        return CudaResult.SUCCESS;
    }

    /** Whether the range is one that copies of a device may read and write. */
    boolean isDeviceRange(long address, long bytes) {
        Block block = blocks.find(address);
        if (block == null || block.isHost() || !block.contains(address, bytes)) {
            return false;
        }
        return block.kind() != Block.Kind.RESERVED || space.accessible(address, bytes);
    }

    /** Whether it is such a range and copies may write it. */
    boolean isWritableRange(long address, long bytes) {
        return isDeviceRange(address, bytes) && space.writable(address, bytes);
    }

    /** Host memory that the driver allocated or registered: copies from and to it need not wait. */
    boolean isPinned(long address, long bytes) {
        Block block = blocks.find(address);
        return block != null && block.isHost() && block.contains(address, bytes);
    }

    /** The memory around an address that kernels may touch, or null. */
    DeviceMemory.@Nullable Range rangeOf(long address) {
        if (!space.contains(address)) {
            Block block = blocks.find(address);
            return block != null && block.isHost()
                    ? new DeviceMemory.Range(block.base(), block.base() + block.bytes())
                    : null;
        }
        return space.rangeOf(address);
    }

    /** As {@link #rangeOf}, of what they may write. */
    DeviceMemory.@Nullable Range writableRangeOf(long address) {
        return space.contains(address) ? space.writableRangeOf(address) : rangeOf(address);
    }

    @Override
    public void close() {
        timeline.close();
        space.close();
    }
}
