package io.penstock.gpuserver.software;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** A graph made ready to be launched any number of times: its work in an order that suits the dependencies. Guarded by itself. */
final class GraphExec {
    private final long flags;
    // guarded by this
    private final List<GraphNode> nodes;
    private final List<Work> work = new ArrayList<>();
    private final Set<Long> disabled = new HashSet<>();

    GraphExec(List<GraphNode> inOrder, long flags) {
        this.flags = flags;
        nodes = new ArrayList<>(inOrder);
        for (GraphNode node : inOrder) {
            work.add(node.work);
        }
    }

    long flags() {
        return flags;
    }

    /** What a launch does now. */
    synchronized List<Work> enabled() {
        List<Work> enabled = new ArrayList<>();
        for (int i = 0; i < nodes.size(); i++) {
            if (!disabled.contains(nodes.get(i).handle)) {
                enabled.add(work.get(i));
            }
        }
        return enabled;
    }

    synchronized boolean holds(long node) {
        return nodes.stream().anyMatch(held -> held.handle == node);
    }

    synchronized boolean isEnabled(long node) {
        return !disabled.contains(node);
    }

    synchronized void setEnabled(long node, boolean enabled) {
        if (enabled) {
            disabled.remove(node);
        } else {
            disabled.add(node);
        }
    }

    /** Gives one node other work of the same type; false when that cannot be. */
    synchronized boolean replace(long node, Work other) {
        for (int i = 0; i < nodes.size(); i++) {
            if (nodes.get(i).handle == node && work.get(i).nodeType() == other.nodeType()) {
                work.set(i, other);
                return true;
            }
        }
        return false;
    }

    /** Takes over the work of a graph of the same shape; false when it has another. */
    synchronized boolean update(List<GraphNode> inOrder) {
        if (inOrder.size() != nodes.size()) {
            return false;
        }
        for (int i = 0; i < inOrder.size(); i++) {
            if (inOrder.get(i).work.nodeType() != work.get(i).nodeType()) {
                return false;
            }
        }
        for (int i = 0; i < inOrder.size(); i++) {
            work.set(i, inOrder.get(i).work);
        }
        return true;
    }
}
