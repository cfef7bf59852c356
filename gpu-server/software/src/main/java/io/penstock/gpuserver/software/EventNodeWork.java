package io.penstock.gpuserver.software;

/** Nodes of a graph that record an event or wait for one; what they do, the launch of the graph does. */
sealed interface EventNodeWork extends Work {
    Event event();

    @Override
    default void run() {
        // the event stands for the launch as a whole
    }

    record Mark(Event event) implements EventNodeWork {
        @Override
        public NodeType nodeType() {
            return NodeType.EVENT_RECORD;
        }
    }

    record Wait(Event event) implements EventNodeWork {
        @Override
        public NodeType nodeType() {
            return NodeType.WAIT_EVENT;
        }
    }
}
