package io.penstock.gpuserver.software;

import io.penstock.gpuserver.software.ptx.DeviceMemory;
import io.penstock.gpuserver.software.ptx.LaunchContext;
import io.penstock.gpuserver.software.ptx.Texels;
import io.penstock.gpuserver.software.ptx.Texture;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
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

    /** Waits for its work, gives back its memory and leaves its handle without a use. */
    void end() {
        Machine machine = device.machine();
        machine.timeline().await(streams);
        active = false;
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

    void setLimit(int limit, long value) {
        limits[limit] = value;
    }

    /** Memory of this device, of devices whose context it may use, of the host, and what programs mapped themselves. */
    @Override
    public @Nullable Range rangeOf(long address) {
        Machine machine = device.machine();
        Device owner = machine.device(machine.space().heapOf(address));
        boolean reachable = owner == null || owner == device || peers.stream().anyMatch(peer -> peer.device() == owner);
        return reachable ? machine.rangeOf(address) : null;
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
        try {
            device.machine().output().write(text.getBytes(StandardCharsets.ISO_8859_1));
            device.machine().output().flush();
        } catch (IOException unwritable) {
            throw new UncheckedIOException("device output cannot be written", unwritable);
        }
    }

    @Override
    public long malloc(long bytes) {
        return kernelHeap.allocate(bytes, limits[LIMIT_MALLOC_BYTES], size -> {
            long address = device.heap().allocate(size);
            if (address != 0) {
                device.machine().addBlock(address, size, Block.Kind.DEVICE, this, 0, null);
            }
            return address;
        });
    }

    @Override
    public void free(long address) {
        if (kernelHeap.free(address)) {
            device.machine().freeBlock(address);
        }
    }
}
