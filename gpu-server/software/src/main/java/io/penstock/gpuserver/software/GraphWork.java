package io.penstock.gpuserver.software;

import java.util.List;

/** One launch of a graph: its work, one after the other. */
record GraphWork(List<Work> steps) implements Work {
    @Override
    public void run() throws DeviceFault {
        for (Work step : steps) {
            step.run();
        }
    }

    @Override
    public boolean brief() {
        return steps.isEmpty();
    }

    @Override
    public NodeType nodeType() {
        return NodeType.EMPTY;
    }
}
