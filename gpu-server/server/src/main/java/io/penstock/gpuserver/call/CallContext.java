package io.penstock.gpuserver.call;

import io.penstock.gpuserver.driver.CudaDriver;
import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.gpuserver.driver.Scratch;
import io.penstock.protocol.codec.CudaResult;
import io.penstock.protocol.codec.HandleKind;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Executor;

/**
 * What the executors of calls stand on: the driver, the session's handles and memory, and the call being executed.
 * Executor thread only, except {@link #driver()}.
 */
public final class CallContext implements HandleTable.StreamResolver {
    private final CudaDriver driver;
    private final HandleTable handles = new HandleTable(this);
    private final StreamTable streams;
    private final EventPool events;
    private final DeviceMemory memory;
    private final MappedMemory mapped;
    private final DownCopies downs;
    private final Fence fence;
    private final HostCallbacks callbacks;
    private final GraphCallbacks graphCallbacks;
    private final Waits waits;
    private final Replies replies;
    private final Payloads payloads;
    private final Executor tasks;
    private final Map<PerThread, Long> perThread = new HashMap<>();
    private final Map<Long, Long> lives = new HashMap<>(); // the driver's id of each context, by handle
    private final Map<Integer, Long> primaries = new HashMap<>(); // by device

    // of the call being executed
    private long sequence;
    private int number;
    private int thread;
    private boolean posted;
    private int contextIndex;
    private long context;
    private Pending.Caller caller = Pending.Caller.NONE;

    /** The context that this thread has made current in the driver. */
    private long current;

    private long launches;

    private record PerThread(int thread, long context) {}

    /**
     * A session's state.
     *
     * @param ledger of the lease; the driver's device N is its GPU N
     * @param tasks runs on the executor thread, between calls
     */
    public CallContext(
            CudaDriver driver, MemoryLedger ledger, Waits waits, Replies replies, Payloads payloads, Executor tasks) {
        this.driver = driver;
        this.tasks = tasks;
        this.waits = waits;
        this.replies = replies;
        this.payloads = payloads;
        this.streams = new StreamTable();
        this.events = new EventPool(driver);
        this.memory = new DeviceMemory(ledger);
        this.mapped = new MappedMemory(driver, replies);
        this.downs = new DownCopies(driver, events, waits, replies);
        this.fence = new Fence(driver, streams, events, waits);
        this.graphCallbacks = new GraphCallbacks(replies);
        this.callbacks = new HostCallbacks(driver, fence, downs, replies);
    }

    public CudaDriver driver() {
        return driver;
    }

    public HandleTable handles() {
        return handles;
    }

    StreamTable streams() {
        return streams;
    }

    EventPool events() {
        return events;
    }

    /** Who holds how much of which GPU. */
    public DeviceMemory memory() {
        return memory;
    }

    /** Memory of the client that the GPU uses by its address. */
    public MappedMemory mapped() {
        return mapped;
    }

    HostCallbacks callbacks() {
        return callbacks;
    }

    GraphCallbacks graphCallbacks() {
        return graphCallbacks;
    }

    /** The client has run a host function. */
    public void callbackDone(long id) {
        if (GraphCallbacks.isOfGraph(id)) {
            graphCallbacks.done(id);
        } else {
            callbacks.done(id);
        }
    }

    DownCopies downs() {
        return downs;
    }

    Fence fence() {
        return fence;
    }

    Waits waits() {
        return waits;
    }

    Replies replies() {
        return replies;
    }

    Executor tasks() {
        return tasks;
    }

    Payloads payloads() {
        return payloads;
    }

    /**
     * Prepares for a call: makes its caller's context current.
     *
     * @return 0, or the CUresult with which the call fails before it is issued
     */
    public int begin(long callSequence, int callNumber, int callThread, int callContext, boolean isPosted) {
        sequence = callSequence;
        number = callNumber;
        thread = callThread;
        posted = isPosted;
        if (callContext != contextIndex || (context == 0 && callContext != 0)) {
            contextIndex = callContext;
            context = callContext == 0 ? 0 : handles.contextAt(callContext);
            if (context == HandleTable.INVALID) {
                // a primary context that nobody has retained yet, or one that is gone: the driver has none to work in,
                // and says so
                context = 0;
            }
            caller = new Pending.Caller(contextIndex, context);
        }
        return makeCurrent(context);
    }

    /** Makes a context current on the executor thread; {@link #begin} of the next call undoes it. */
    int makeCurrent(long wanted) {
        if (wanted == current) {
            return CudaResult.SUCCESS;
        }
        int result = driver.cuCtxSetCurrent(wanted);
        if (result == CudaResult.SUCCESS) {
            current = wanted;
        }
        return result;
    }

    /** After a driver call that changes the thread's current context by itself. */
    void forgetCurrent() {
        current = HandleTable.INVALID;
        contextIndex = 0;
        context = 0;
        caller = Pending.Caller.NONE;
    }

    /** The caller's context as the driver knows it; 0 for none. */
    long context() {
        return context;
    }

    int thread() {
        return thread;
    }

    /** Takes the reply of the present call out of its hands, to be given later from any thread. */
    Pending defer() {
        return present();
    }

    /** The call being executed. */
    public Pending present() {
        return new Pending(sequence, number, thread, posted, caller);
    }

    /** The device of the caller's context, or -1. */
    int device() {
        try (Scratch scratch = new Scratch()) {
            long out = scratch.room(Integer.BYTES);
            return driver.cuCtxGetDevice(out) == CudaResult.SUCCESS ? NativeMemory.getInt(out) : -1;
        }
    }

    void launched() {
        launches++;
    }

    /** Kernel launches issued so far; any thread may read a value that is a moment old. */
    public long launches() {
        return launches;
    }

    /** The client's thread ended: its per-thread streams go once they are idle. */
    public void abandon(int gone) {
        perThread.entrySet().removeIf(entry -> {
            if (entry.getKey().thread() != gone) {
                return false;
            }
            streams.remove(entry.getValue());
            if (makeCurrent(entry.getKey().context()) == CudaResult.SUCCESS) {
                driver.cuStreamDestroy_v2(entry.getValue());
            }
            return true;
        });
    }

    /** A context is gone: so are its streams, its events and its pinned memory. */
    void contextGone(long gone) {
        perThread.keySet().removeIf(key -> key.context() == gone);
        streams.contextGone(gone);
        events.contextGone(gone);
        downs.contextGone(gone);
        callbacks.contextGone(gone);
        lives.remove(gone);
    }

    /** A context is there, with this id: a primary one has the same handle in each of its lives, and another id. */
    void contextLives(long handle, long id) {
        Long before = lives.get(handle);
        if (before != null && before != id) {
            contextGone(handle);
        }
        lives.put(handle, id);
    }

    /** The primary context of a device; 0 when the program never had it. */
    long primary(int device) {
        return primaries.getOrDefault(device, 0L);
    }

    void setPrimary(int device, long handle) {
        primaries.put(device, handle);
    }

    @Override
    public long perThread() {
        return perThread.computeIfAbsent(new PerThread(thread, context), key -> {
            try (Scratch scratch = new Scratch()) {
                long out = scratch.room(Long.BYTES);
                int result = driver.cuStreamCreate(out, 0);
                if (result != CudaResult.SUCCESS) {
                    return HandleTable.INVALID;
                }
                long stream = NativeMemory.getLong(out);
                streams.add(context, stream);
                return stream;
            }
        });
    }

    @Override
    public void used(long stream) {
        streams.used(stream);
    }

    /** Whether work on this stream is being recorded instead of done; asks the driver only while a capture lives. */
    boolean isCapturing(long stream) {
        if (!streams.anyCapturing() || stream == HandleTable.INVALID) {
            return false;
        }
        try (Scratch scratch = new Scratch()) {
            long status = scratch.room(Integer.BYTES);
            return driver.cuStreamIsCapturing(stream, status) == CudaResult.SUCCESS && NativeMemory.getInt(status) != 0;
        }
    }

    /** The context to which a stream belongs: the caller's for the legacy stream. */
    long contextOf(long stream) {
        return stream <= HandleTable.STREAM_LEGACY ? context : streams.contextOf(stream, context);
    }

    /** A new stream of the caller's context is known by this wire handle. */
    void bindStream(long wire, long stream) {
        handles.bind(HandleKind.STREAM, wire, stream);
        streams.add(context, stream);
    }
}
