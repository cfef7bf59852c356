package io.penstock.gpuserver.software;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** One software GPU: its identity, its memory, its primary context and its current memory pool. Any thread. */
final class Device {
    static final String NAME = "Penstock Software GPU";

    private final Machine machine;
    private final int ordinal;
    private final int slot;
    private final UUID uuid;
    private final Heap heap;
    private final MemoryPool defaultPool;
    private final long primaryHandle;

    private volatile MemoryPool pool;

    // guarded by this
    private @Nullable Context primary;
    private int primaryReferences;
    private int primaryFlags;
    private int primaryFault;

    Device(Machine machine, int ordinal, AddressSpace space, SoftwareConfig config) {
        this.machine = machine;
        this.ordinal = ordinal;
        this.slot = config.slots().get(ordinal);
        byte[] name = ("penstock-software:" + config.server() + ":" + slot).getBytes(StandardCharsets.UTF_8);
        this.uuid = UUID.nameUUIDFromBytes(name);
        this.heap = new Heap(space, ordinal, config.memoryBytes());
        this.primaryHandle = machine.handles().take();
        this.defaultPool = new MemoryPool(this, machine.handles().take(), true, 0);
        this.pool = defaultPool;
        machine.handles().put(defaultPool.handle(), defaultPool);
    }

    Machine machine() {
        return machine;
    }

    int ordinal() {
        return ordinal;
    }

    UUID uuid() {
        return uuid;
    }

    Heap heap() {
        return heap;
    }

    MemoryPool defaultPool() {
        return defaultPool;
    }

    MemoryPool pool() {
        return pool;
    }

    void setPool(MemoryPool chosen) {
        pool = chosen;
    }

    /** The PCI bus that the device pretends to sit on, from 1. */
    int pciBus() {
        return slot + 1;
    }

    String pciBusId() {
        return String.format(Locale.ROOT, "0000:%02X:00.0", pciBus());
    }

    /** Counts one more user of the primary context and answers it, made if need be; the handle stays the same for ever. */
    synchronized Context retainPrimary() {
        if (primary == null) {
            primary = new Context(this, primaryHandle, primaryFlags, true);
            machine.handles().put(primaryHandle, primary);
        }
        if (primaryReferences++ == 0) {
            primary.activate(primaryFault);
        }
        return primary;
    }

    /** Takes one user away; false when there was none. */
    boolean releasePrimary() {
        Context ended;
        synchronized (this) {
            if (primaryReferences == 0) {
                return false;
            }
            if (--primaryReferences > 0) {
                return true;
            }
            ended = primary;
        }
        end(ended);
        return true;
    }

    /** Ends the primary context whoever uses it; a fault outlives it. */
    void resetPrimary() {
        Context ended;
        synchronized (this) {
            ended = primaryReferences > 0 ? primary : null;
            primaryReferences = 0;
        }
        end(ended);
    }

    private void end(@Nullable Context ended) {
        if (ended == null) {
            return;
        }
        ended.end();
        synchronized (this) {
            primaryFault = ended.fault();
        }
    }

    synchronized boolean primaryActive() {
        return primaryReferences > 0;
    }

    synchronized int primaryFlags() {
        return primaryFlags;
    }

    synchronized void setPrimaryFlags(int flags) {
        primaryFlags = flags;
        if (primary != null) {
            primary.setFlags(flags);
        }
    }
}
