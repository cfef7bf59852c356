package io.penstock.gpuserver.software;

import io.penstock.gpuserver.driver.NativeMemory;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Work and its order, to be made into something that can be launched. Guarded by itself. */
final class Graph {
    private final Machine machine;
    private final Set<GraphNode> nodes = new LinkedHashSet<>();

    private final long handle;

    Graph(Machine machine) {
        this.machine = machine;
        this.handle = machine.handles().add(this);
    }

    long handle() {
        return handle;
    }

    synchronized GraphNode add(Work work, Collection<GraphNode> dependencies) {
        GraphNode node = new GraphNode(this, machine.handles().take(), work);
        node.dependencies.addAll(dependencies);
        nodes.add(node);
        machine.handles().put(node.handle, node);
        return node;
    }

    /** Another graph of the same work in the same order; null when this one allocates memory or goes in a circle. */
    @Nullable
    Graph copy() {
        List<GraphNode> order = inOrder();
        if (order == null || order.stream().anyMatch(node -> node.work instanceof GraphMemoryWork)) {
            return null;
        }
        Graph copy = new Graph(machine);
        Map<GraphNode, GraphNode> twins = new HashMap<>();
        for (GraphNode node : order) {
            List<GraphNode> before =
                    dependenciesOf(node).stream().map(twins::get).toList();
            Graph inside = node.work instanceof ChildWork child ? child.graph().copy() : null;
            GraphNode twin = copy.add(inside == null ? node.work : new ChildWork(inside), before);
            twin.original = node.handle;
            twin.attributes.copy(node.attributes);
            twins.put(node, twin);
        }
        return copy;
    }

    synchronized void remove(GraphNode node) {
        nodes.remove(node);
        for (GraphNode other : nodes) {
            other.dependencies.remove(node);
        }
        end(node);
    }

    private void end(GraphNode node) {
        machine.handles().remove(node.handle, GraphNode.class);
        if (node.work instanceof ChildWork child) {
            child.graph().forget();
        } else if (node.work instanceof GraphMemoryWork.Allocate allocate) {
            allocate.allocation().letGo();
        }
    }

    synchronized List<GraphNode> nodes() {
        return List.copyOf(nodes);
    }

    /** The nodes of a C array of handles, or null when one of them is not this graph's. */
    @Nullable
    List<GraphNode> nodesAt(long array, long count) {
        List<GraphNode> found = new ArrayList<>();
        for (long i = 0; i < count; i++) {
            GraphNode node = machine.handles().get(NativeMemory.getLong(array + 8 * i), GraphNode.class);
            if (node == null || node.graph != this) {
                return null;
            }
            found.add(node);
        }
        return found;
    }

    synchronized List<GraphNode> roots() {
        return nodes.stream().filter(node -> node.dependencies.isEmpty()).toList();
    }

    synchronized List<GraphNode> dependenciesOf(GraphNode node) {
        return List.copyOf(node.dependencies);
    }

    synchronized List<GraphNode> dependentsOf(GraphNode node) {
        return nodes.stream().filter(other -> other.dependencies.contains(node)).toList();
    }

    /** Every node after all that it depends on, or null when the dependencies go in a circle. */
    synchronized @Nullable List<GraphNode> inOrder() {
        List<GraphNode> order = new ArrayList<>();
        Set<GraphNode> placed = new LinkedHashSet<>();
        Set<GraphNode> left = new LinkedHashSet<>(nodes);
        while (!left.isEmpty()) {
            boolean progress = left.removeIf(node -> {
                boolean ready = placed.containsAll(node.dependencies);
                if (ready) {
                    placed.add(node);
                    order.add(node);
                }
                return ready;
            });
            if (!progress) {
                return null;
            }
        }
        return order;
    }

    /** Orders each target after its source; false, and nothing changed, when one of the pairs is there already. */
    synchronized boolean connect(List<GraphNode> sources, List<GraphNode> targets) {
        for (int i = 0; i < targets.size(); i++) {
            if (targets.get(i).dependencies.contains(sources.get(i))) {
                return false;
            }
        }
        for (int i = 0; i < targets.size(); i++) {
            targets.get(i).dependencies.add(sources.get(i));
        }
        return true;
    }

    /** Takes pairs away; false, and nothing changed, when one of them is not there. */
    synchronized boolean disconnect(List<GraphNode> sources, List<GraphNode> targets) {
        for (int i = 0; i < targets.size(); i++) {
            if (!targets.get(i).dependencies.contains(sources.get(i))) {
                return false;
            }
        }
        for (int i = 0; i < targets.size(); i++) {
            targets.get(i).dependencies.remove(sources.get(i));
        }
        return true;
    }

    /** Takes the graph's and its nodes' handles back. */
    void forget() {
        machine.handles().remove(handle, Graph.class);
        nodes().forEach(this::end);
    }
}
