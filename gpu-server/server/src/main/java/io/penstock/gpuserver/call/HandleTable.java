package io.penstock.gpuserver.call;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.protocol.codec.HandleKind;
import io.penstock.protocol.codec.Limits;
import io.penstock.protocol.codec.ProtocolException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * From handles as they travel to the driver's own. Index and generation are checked, and the kind; a stale or invented
 * handle is {@link #INVALID}, never somebody else's object. Executor thread only.
 *
 * <p>The client makes most handles; those the server makes (what a driver call returns) have the highest bit of their
 * index set.
 */
public final class HandleTable {
    /** No driver handle has this value. */
    public static final long INVALID = -1;

    /** Streams that are numbers: legacy and per-thread, as in CUDA. */
    static final long STREAM_LEGACY = 1;

    static final long STREAM_PER_THREAD = 2;

    private static final int SERVER_MADE = 0x8000_0000;

    /** Kinds that the client makes and that driver calls may return all the same. */
    private static final Set<HandleKind> MADE_BY_CLIENT =
            EnumSet.of(HandleKind.CONTEXT, HandleKind.STREAM, HandleKind.EVENT, HandleKind.FUNCTION, HandleKind.KERNEL);

    private final Side client = new Side();
    private final Side server = new Side();
    private final Map<Made, Long> made = new HashMap<>();
    /** By the wire handle of a module, a library, or a kernel that has functions. */
    private final Map<Long, List<Owned>> owned = new HashMap<>();

    private final StreamResolver streams;
    /** Indices of server-made handles that have ended, oldest first. */
    private final ArrayDeque<Integer> free = new ArrayDeque<>();

    private int serverUsed = 1;

    /** A server-made object: the same driver handle is the same wire handle. */
    private record Made(HandleKind kind, long handle) {}

    /** A client-made handle that ends with another one. */
    private record Owned(HandleKind kind, long wire) {}

    /** What streams 0, 1 and 2 are for the call being executed. */
    interface StreamResolver {
        /** The driver's stream for the per-thread default stream of the caller. */
        long perThread();

        /** Told of each stream a call names. */
        void used(long stream);
    }

    HandleTable(StreamResolver streams) {
        this.streams = streams;
    }

    /** The driver's handle, 0 for NULL, or {@link #INVALID}. */
    public long nativeOf(HandleKind kind, long wire) {
        if (kind == HandleKind.STREAM) {
            long stream = streamOf(wire);
            if (stream != INVALID) {
                streams.used(stream);
            }
            return stream;
        }
        return wire == 0 ? 0 : find(kind, wire);
    }

    /** The driver's handle for a context's index, as frame headers name it; {@link #INVALID} if there is none. */
    long contextAt(int index) {
        return client.at(HandleKind.CONTEXT, index);
    }

    private long streamOf(long wire) {
        if (wire == 0 || wire == STREAM_LEGACY) {
            return wire;
        }
        return wire == STREAM_PER_THREAD ? streams.perThread() : find(HandleKind.STREAM, wire);
    }

    private long find(HandleKind kind, long wire) {
        int index = (int) wire;
        Side side = index < 0 ? server : client;
        long handle = side.find(kind, index & ~SERVER_MADE, (int) (wire >>> 32));
        // cudart passes kernels where functions are asked for
        return handle == INVALID && kind == HandleKind.FUNCTION ? find(HandleKind.KERNEL, wire) : handle;
    }

    /** Replaces wire handles in native memory by the driver's; false when one is invalid. */
    public boolean toNative(HandleKind kind, long address, long count) {
        for (long at = address; at < address + 8 * count; at += 8) {
            long handle = nativeOf(kind, NativeMemory.getLong(at));
            if (handle == INVALID) {
                return false;
            }
            NativeMemory.putLong(at, handle);
        }
        return true;
    }

    /** Replaces the driver's handles in native memory by wire handles, made here where they are new. */
    public void toWire(HandleKind kind, long address, long count) {
        for (long at = address; at < address + 8 * count; at += 8) {
            NativeMemory.putLong(at, wireOf(kind, NativeMemory.getLong(at)));
        }
    }

    /** The wire handle of a driver's handle; made here if it is new. 0 stays 0. */
    public long wireOf(HandleKind kind, long handle) {
        if (handle == 0 || (kind == HandleKind.STREAM && (handle == STREAM_LEGACY || handle == STREAM_PER_THREAD))) {
            return handle;
        }
        long client = this.client.wireOf(kind, handle);
        if (client != 0) {
            return client;
        }
        return made.computeIfAbsent(new Made(kind, handle), key -> {
            int index = freeIndex();
            int generation = server.nextGeneration(index);
            server.bind(kind, index, generation, handle);
            return (long) generation << 32 | Integer.toUnsignedLong(index | SERVER_MADE);
        });
    }

    private int freeIndex() {
        Integer ended = free.poll();
        if (ended != null) {
            return ended;
        }
        if (serverUsed >= Limits.HANDLES_MAX) {
            throw new ProtocolException("the session has " + serverUsed + " server-made handles, the limit");
        }
        return serverUsed++;
    }

    /** The wire handle of a driver's handle that one of the two sides has made; 0 when there is none. */
    long known(HandleKind kind, long handle) {
        long wire = client.wireOf(kind, handle);
        return wire != 0 ? wire : made.getOrDefault(new Made(kind, handle), 0L);
    }

    /** Ends the server-made handle of a driver's object that is gone, if there is one. */
    void forget(HandleKind kind, long handle) {
        Long wire = made.get(new Made(kind, handle));
        if (wire != null) {
            drop(kind, wire);
        }
    }

    /**
     * Gives a handle that the client made its object.
     *
     * @throws ProtocolException when the index is out of bounds or in use
     */
    public void bind(HandleKind kind, long wire, long handle) {
        int index = (int) wire;
        if (index <= 0 || index >= Limits.HANDLES_MAX) {
            throw new ProtocolException("the client made handle index " + Integer.toUnsignedString(index)
                    + "; allowed are 1 to " + (Limits.HANDLES_MAX - 1));
        }
        client.bind(kind, index, (int) (wire >>> 32), handle);
    }

    /** As {@link #bind(HandleKind, long, long)}, for an object that ends with another: see {@link #dropOwned}. */
    void bind(HandleKind kind, long wire, long handle, long owner) {
        bind(kind, wire, handle);
        owned.computeIfAbsent(owner, key -> new ArrayList<>()).add(new Owned(kind, wire));
    }

    /** Ends what was bound to this owner, and what was bound to that. */
    void dropOwned(long owner) {
        List<Owned> ended = owned.remove(owner);
        if (ended != null) {
            for (Owned each : ended) {
                dropOwned(each.wire());
                drop(each.kind(), each.wire());
            }
        }
    }

    /** Ends a handle; the driver's object is the caller's business. */
    public void drop(HandleKind kind, long wire) {
        int index = (int) wire;
        if (index < 0) {
            long handle = server.drop(kind, index & ~SERVER_MADE, (int) (wire >>> 32));
            if (made.remove(new Made(kind, handle)) != null) {
                free.add(index & ~SERVER_MADE);
            }
        } else {
            client.drop(kind, index, (int) (wire >>> 32));
        }
    }

    /** Every live object of a kind. */
    void each(HandleKind kind, LongConsumer action) {
        client.each(kind, action);
        server.each(kind, action);
    }

    /** The objects that one side has made, by index. */
    private static final class Side {
        private static final int FIRST = 1024;

        private long[] handles = new long[FIRST];
        private int[] generations = new int[FIRST];
        private @Nullable HandleKind[] kinds = new HandleKind[FIRST];

        long find(HandleKind kind, int index, int generation) {
            return index > 0 && index < handles.length && kinds[index] == kind && generations[index] == generation
                    ? handles[index]
                    : INVALID;
        }

        long at(HandleKind kind, int index) {
            return index > 0 && index < handles.length && kinds[index] == kind ? handles[index] : INVALID;
        }

        void bind(HandleKind kind, int index, int generation, long handle) {
            if (index >= handles.length) {
                int size = Math.max(index + 1, handles.length * 2);
                handles = Arrays.copyOf(handles, size);
                generations = Arrays.copyOf(generations, size);
                kinds = Arrays.copyOf(kinds, size);
            }
            if (kinds[index] != null && (kinds[index] != kind || generations[index] != generation)) {
                throw new ProtocolException("the client made handle index " + index + " of kind " + kind
                        + " while it is a live " + kinds[index]);
            }
            kinds[index] = kind;
            generations[index] = generation;
            handles[index] = handle;
        }

        long drop(HandleKind kind, int index, int generation) {
            long handle = find(kind, index, generation);
            if (handle != INVALID) {
                kinds[index] = null;
                handles[index] = 0;
            }
            return handle;
        }

        /** The generation of the index's next life; never 0. */
        int nextGeneration(int index) {
            int last = index < generations.length ? generations[index] : 0;
            return last == -1 ? 1 : last + 1;
        }

        /** Looks at every index: only rare calls return objects that the client has made. */
        long wireOf(HandleKind kind, long handle) {
            if (!MADE_BY_CLIENT.contains(kind)) {
                return 0;
            }
            for (int index = 1; index < handles.length; index++) {
                if (kinds[index] == kind && handles[index] == handle) {
                    return (long) generations[index] << 32 | index;
                }
            }
            return 0;
        }

        void each(HandleKind kind, LongConsumer action) {
            for (int index = 1; index < handles.length; index++) {
                if (kinds[index] == kind) {
                    action.accept(handles[index]);
                }
            }
        }
    }
}
