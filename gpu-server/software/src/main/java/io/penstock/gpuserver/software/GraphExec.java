package io.penstock.gpuserver.software;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A graph made ready to be launched any number of times: its work in an order that suits the dependencies. Guarded by itself. */
final class GraphExec {
    /** CUgraphExecUpdateResult. */
    static final int UPDATED = 0;

    private static final int TOPOLOGY_CHANGED = 2;
    private static final int NODE_TYPE_CHANGED = 3;

    /** How an update went: a CUgraphExecUpdateResult, and the node of the other graph that does not fit, or 0. */
    record Update(int result, long node) {}

    /** One node with its place in the order; the work of a child graph is its nodes'. */
    private static final class Step {
        private final long node;
        private final NodeType type;
        private final Set<Integer> after;
        private List<Work> work;
        private boolean enabled = true;

        private Step(GraphNode node, Set<Integer> after) {
            this.node = node.handle;
            this.type = node.work.nodeType();
            this.after = after;
            this.work = parts(node.work);
        }
    }

    private final long flags;
    // guarded by this
    private final List<Step> steps;
    private @Nullable Operation lastLaunch;

    private GraphExec(List<Step> steps, long flags) {
        this.steps = steps;
        this.flags = flags;
    }

    /** An executable graph; null when the dependencies go in a circle, or when memory it allocates has one already. */
    static @Nullable GraphExec of(Graph graph, long flags) {
        List<Step> steps = stepsOf(graph);
        if (steps == null) {
            return null;
        }
        GraphExec exec = new GraphExec(steps, flags);
        List<GraphAllocation> held = new ArrayList<>();
        for (GraphAllocation allocation : exec.allocations()) {
            if (!allocation.hold()) {
                held.forEach(GraphAllocation::letGo);
                return null;
            }
            held.add(allocation);
        }
        return exec;
    }

    private static @Nullable List<Step> stepsOf(Graph graph) {
        List<GraphNode> order = graph.inOrder();
        if (order == null) {
            return null;
        }
        Map<GraphNode, Integer> places = new HashMap<>();
        List<Step> steps = new ArrayList<>();
        for (GraphNode node : order) {
            Set<Integer> after =
                    graph.dependenciesOf(node).stream().map(places::get).collect(Collectors.toSet());
            places.put(node, steps.size());
            steps.add(new Step(node, after));
        }
        return steps;
    }

    /** The work of one node; that of a child graph taken apart, as it is now. */
    private static List<Work> parts(Work work) {
        if (!(work instanceof ChildWork child)) {
            return List.of(work);
        }
        List<GraphNode> order = child.graph().inOrder();
        if (order == null) {
            throw new IllegalStateException("a child graph that goes in a circle");
        }
        return order.stream().flatMap(node -> parts(node.work).stream()).toList();
    }

    long flags() {
        return flags;
    }

    synchronized void launched(Operation launch) {
        lastLaunch = launch;
    }

    synchronized @Nullable Operation lastLaunch() {
        return lastLaunch;
    }

    /** What a launch does now. */
    synchronized List<Work> enabled() {
        return steps.stream()
                .filter(step -> step.enabled)
                .flatMap(step -> step.work.stream())
                .toList();
    }

    /** What it allocates. */
    synchronized List<GraphAllocation> allocations() {
        List<GraphAllocation> allocations = new ArrayList<>();
        for (Step step : steps) {
            for (Work work : step.work) {
                if (work instanceof GraphMemoryWork.Allocate node) {
                    allocations.add(node.allocation());
                }
            }
        }
        return allocations;
    }

    private @Nullable Step find(long node) {
        return steps.stream().filter(step -> step.node == node).findFirst().orElse(null);
    }

    synchronized boolean holds(long node) {
        return find(node) != null;
    }

    synchronized boolean isEnabled(long node) {
        Step step = find(node);
        return step != null && step.enabled;
    }

    synchronized void setEnabled(long node, boolean enabled) {
        Step step = find(node);
        if (step != null) {
            step.enabled = enabled;
        }
    }

    /** Gives one node other work of the same type; false when that cannot be. */
    synchronized boolean replace(long node, Work other) {
        Step step = find(node);
        if (step == null || step.type != other.nodeType()) {
            return false;
        }
        step.work = parts(other);
        return true;
    }

    /** Takes over the work of a graph of the same shape; changes nothing when it has another. */
    synchronized Update update(Graph graph) {
        List<Step> others = stepsOf(graph);
        if (others == null || others.size() != steps.size()) {
            return new Update(TOPOLOGY_CHANGED, 0);
        }
        for (int i = 0; i < steps.size(); i++) {
            Step other = others.get(i);
            if (!other.after.equals(steps.get(i).after)) {
                return new Update(TOPOLOGY_CHANGED, other.node);
            }
            if (other.type != steps.get(i).type) {
                return new Update(NODE_TYPE_CHANGED, other.node);
            }
        }
        for (int i = 0; i < steps.size(); i++) {
            steps.get(i).work = others.get(i).work;
        }
        return new Update(UPDATED, 0);
    }
}
