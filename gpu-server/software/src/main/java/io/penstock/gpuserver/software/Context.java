package io.penstock.gpuserver.software;

import io.penstock.gpuserver.software.ptx.DeviceMemory;
import io.penstock.gpuserver.software.ptx.LaunchContext;
import io.penstock.gpuserver.software.ptx.Texels;
import io.penstock.gpuserver.software.ptx.Texture;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * One context: its streams, limits and modules, and the fault that ended it, if one did.
 *
 * <p>A primary context is ended and activated again under one handle, with a new id each time. Any thread.
 */
final class Context implements LaunchContext, DeviceMemory {
    /** An endless kernel keeps a context from its end for so long. */
    private static final long END_PATIENCE_NANOS = 500_000_000;

    private static final int LIMITS = 8;
    private static final int LIMIT_STACK_BYTES = 0;
    private static final int LIMIT_PRINTF_BYTES = 1;
    private static final int LIMIT_MALLOC_BYTES = 2;
    private static final int LIMIT_SYNC_DEPTH = 3;
    private static final int LIMIT_PENDING_LAUNCHES = 4;
    private static final int LIMIT_L2_FETCH_BYTES = 5;

    private final Device device;
    private final long handle;
    private final boolean primary;
    private final Set<Stream> streams = ConcurrentHashMap.newKeySet();
    private final Set<LoadedModule> modules = ConcurrentHashMap.newKeySet();
    private final Set<Context> peers = ConcurrentHashMap.newKeySet();
    private final KernelHeap kernelHeap = new KernelHeap();
    private final long[] limits = new long[LIMITS];
    private final Stream legacy;

    private volatile int flags;
    private volatile long id;
    private volatile boolean active;
    private volatile int fault;

    Context(Device device, long handle, int flags, boolean primary) {
        this.device = device;
        this.handle = handle;
        this.flags = flags;
        this.primary = primary;
        this.legacy = new Stream(this, 0, 0, Machine.LEGACY_STREAM_ID);
        if (!primary) {
            activate(0);
        }
    }

    /** Makes it usable; a device whose primary context was lost to a fault gives the fault again. */
    void activate(int inheritedFault) {
        id = device.machine().nextContextId();
        kernelHeap.clear();
        limits[LIMIT_STACK_BYTES] = 1024;
        limits[LIMIT_PRINTF_BYTES] = 1 << 20;
        limits[LIMIT_MALLOC_BYTES] = 8 << 20;
        limits[LIMIT_SYNC_DEPTH] = 2;
        limits[LIMIT_PENDING_LAUNCHES] = 2048;
        limits[LIMIT_L2_FETCH_BYTES] = 64;
        streams.add(legacy);
        fault = inheritedFault;
        active = true;
    }

    /**
     * Gives its work a moment to end and stops what goes on then, gives back its memory and leaves its handle without a use.
     */
    void end() {
        Machine machine = device.machine();
        machine.timeline().await(streams, END_PATIENCE_NANOS);
        active = false;
        machine.timeline().await(streams);
        streams.clear();
        for (LoadedModule module : modules) {
            module.unload();
        }
        modules.clear();
        machine.freeAllOf(this);
        peers.clear();
    }

    Device device() {
        return device;
    }

    long handle() {
        return handle;
    }

    boolean isPrimary() {
        return primary;
    }

    long id() {
        return id;
    }

    boolean active() {
        return active;
    }

    int flags() {
        return flags;
    }

    void setFlags(int value) {
        flags = value;
    }

    Stream legacy() {
        return legacy;
    }

    Collection<Stream> streams() {
        return streams;
    }

    /** Forgets a stream once what is queued in it has run. */
    void retire(Stream stream) {
        device.machine().timeline().submit(stream, new RetireWork(stream), List.of());
    }

    Set<LoadedModule> modules() {
        return modules;
    }

    /** Contexts whose memory this one was allowed to use. */
    Set<Context> peers() {
        return peers;
    }

    /** 0, or the CUresult that every call of this context answers from now on. */
    int fault() {
        return fault;
    }

    /** Loses the context; the first fault stays. */
    synchronized void fail(int result) {
        if (fault == 0) {
            fault = result;
        }
    }

    boolean knowsLimit(int limit) {
        return limit >= 0 && limit < LIMITS;
    }

    long limit(int limit) {
        return limits[limit];
    }

    /** False for the heap of kernels when one has allocated already, as the documentation of cuCtxSetLimit says. */
    boolean setLimit(int limit, long value) {
        if (limit == LIMIT_MALLOC_BYTES && kernelHeap.begun()) {
            return false;
        }
        limits[limit] = value;
        return true;
    }

    /** Memory of this device, of devices whose context it may use, of the host, and what programs mapped themselves. */
    @Override
    public @Nullable Range rangeOf(long address) {
        return reaches(address) ? device.machine().rangeOf(address) : null;
    }

    @Override
    public @Nullable Range writableRangeOf(long address) {
        return reaches(address) ? device.machine().writableRangeOf(address) : null;
    }

    @Override
    public @Nullable Range constantRangeOf(long address) {
        for (LoadedModule module : modules) {
            Block bank = module.bank();
            if (bank != null && bank.contains(address)) {
                return new Range(bank.base(), bank.base() + bank.bytes());
            }
        }
        return null;
    }

    private boolean reaches(long address) {
        Machine machine = device.machine();
        Device owner = machine.device(machine.space().heapOf(address));
        return owner == null || owner == device || peers.stream().anyMatch(peer -> peer.device() == owner);
    }

    @Override
    public boolean cancelled() {
        return fault != 0 || !active;
    }

    @Override
    public @Nullable Texture texture(long object) {
        TextureObject found = device.machine().handles().get(object, TextureObject.class);
        return found != null && found.context() == this ? found.texture() : null;
    }

    @Override
    public @Nullable Texels surface(long object) {
        SurfaceObject found = device.machine().handles().get(object, SurfaceObject.class);
        return found != null && found.context() == this ? found.texels() : null;
    }

    @Override
    public void print(String text) {
        device.machine().output().print(text);
    }

    @Override
    public void complain(String text) {
        device.machine().output().complain(text);
    }

    @Override
    public long malloc(long bytes) {
        if (!kernelHeap.reserve(bytes, limits[LIMIT_MALLOC_BYTES])) {
            return 0;
        }
        long address = device.heap().allocate(Math.max(bytes, 1));
        if (address != 0) {
            device.machine().addBlock(address, Math.max(bytes, 1), Block.Kind.DEVICE, this, 0, null);
        }
        kernelHeap.took(address, bytes);
        return address;
    }

    @Override
    public void free(long address) {
        if (kernelHeap.free(address)) {
            device.machine().freeBlock(address);
        }
    }

    @Override
    public long stackBytes() {
        return limits[LIMIT_STACK_BYTES];
    }
}
