package io.penstock.gpuserver.software;

/**
 * Memory that a node of a graph allocates: the same address at each launch. It is there from the adding of the node until
 * the graph and its executable graph are gone and nothing is allocated. Guarded by itself.
 */
final class GraphAllocation {
    private final Machine machine;
    private final Block block;
    private final byte[] properties;
    private final byte[] access;

    // guarded by this
    private int holders = 1;
    private boolean allocated;

    /**
     * Of the graph that holds it first.
     *
     * @param properties CUmemPoolProps, as it was given
     * @param access the array of CUmemAccessDesc
     */
    GraphAllocation(Machine machine, Block block, byte[] properties, byte[] access) {
        this.machine = machine;
        this.block = block;
        this.properties = properties;
        this.access = access;
    }

    Block block() {
        return block;
    }

    byte[] properties() {
        return properties;
    }

    byte[] access() {
        return access;
    }

    synchronized boolean allocated() {
        return allocated;
    }

    /** What a launch, or a free of the program, does; false when it is so already. */
    boolean setAllocated(boolean now) {
        synchronized (this) {
            if (allocated == now) {
                return false;
            }
            allocated = now;
        }
        giveBackIfUnused();
        return true;
    }

    /** An executable graph holds it too; false when one does already, for a graph that allocates has only one. */
    synchronized boolean hold() {
        if (holders > 1) {
            return false;
        }
        holders++;
        return true;
    }

    void letGo() {
        synchronized (this) {
            holders--;
        }
        giveBackIfUnused();
    }

    private void giveBackIfUnused() {
        synchronized (this) {
            if (holders > 0 || allocated) {
                return;
            }
        }
        machine.graphAllocations().remove(block.base());
        machine.freeBlock(block.base());
    }
}
