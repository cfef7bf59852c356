package io.penstock.gpuserver.software;

/** What one operation of a stream does when its turn comes; the same object may be run again by a graph. */
interface Work {
    /** Does it, and returns when it is done. */
    void run() throws DeviceFault;

    /** Whether it is so short that the calling thread may do it at once when nothing is before it. */
    default boolean brief() {
        return true;
    }

    /** The node it becomes when a capture records it. */
    NodeType nodeType();
}
