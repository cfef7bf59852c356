package io.penstock.gpuserver.software;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.protocol.codec.CudaResult;
import java.util.List;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/** What the calls on graphs share: the objects behind handles, lists of nodes, new nodes. */
interface GraphObjects extends FunctionCalls {
    /** Answers the call with the graph, or what refuses it. */
    default int onGraph(long handle, ToIntFunction<Graph> call) {
        if (!machine().initialised()) {
            return CudaResult.NOT_INITIALIZED;
        }
        Graph graph = machine().handles().get(handle, Graph.class);
        return graph == null ? CudaResult.INVALID_VALUE : call.applyAsInt(graph);
    }

    /** Answers the call with the node, or what refuses it. */
    default int onNode(long handle, ToIntFunction<GraphNode> call) {
        if (!machine().initialised()) {
            return CudaResult.NOT_INITIALIZED;
        }
        GraphNode node = machine().handles().get(handle, GraphNode.class);
        return node == null ? CudaResult.INVALID_VALUE : call.applyAsInt(node);
    }

    /** Answers the call with the executable graph, or what refuses it. */
    default int onExec(long handle, ToIntFunction<GraphExec> call) {
        if (!machine().initialised()) {
            return CudaResult.NOT_INITIALIZED;
        }
        GraphExec exec = machine().handles().get(handle, GraphExec.class);
        return exec == null ? CudaResult.INVALID_VALUE : call.applyAsInt(exec);
    }

    /** Fills an array of node handles as CUDA does: its length first, zeros where there is more room than nodes. */
    default int putNodes(long array, long count, List<GraphNode> nodes) {
        if (count == 0) {
            return CudaResult.INVALID_VALUE;
        }
        if (array == 0) {
            NativeMemory.putLong(count, nodes.size());
            return CudaResult.SUCCESS;
        }
        long room = NativeMemory.getLong(count);
        for (int i = 0; i < room; i++) {
            NativeMemory.putLong(array + 8L * i, i < nodes.size() ? nodes.get(i).handle : 0);
        }
        NativeMemory.putLong(count, Math.min(room, nodes.size()));
        return CudaResult.SUCCESS;
    }

    /** Adds a node after others; work that is null has been found wrong. */
    default int add(long phGraphNode, long hGraph, long dependencies, long count, @Nullable Work work) {
        return onGraph(hGraph, graph -> {
            List<GraphNode> before = graph.nodesAt(dependencies, count);
            if (phGraphNode == 0 || before == null || work == null) {
                return CudaResult.INVALID_VALUE;
            }
            NativeMemory.putLong(phGraphNode, graph.add(work, before).handle);
            return CudaResult.SUCCESS;
        });
    }

    /** Gives a node other work of its own type. */
    default int set(long hNode, @Nullable Work work) {
        return onNode(hNode, node -> {
            if (work == null || work.nodeType() != node.work.nodeType()) {
                return CudaResult.INVALID_VALUE;
            }
            node.setWork(work);
            return CudaResult.SUCCESS;
        });
    }

    /** Gives a node of an executable graph other work of its own type. */
    default int set(long hGraphExec, long hNode, @Nullable Work work) {
        return onExec(
                hGraphExec,
                exec -> work != null && exec.replace(hNode, work) ? CudaResult.SUCCESS : CudaResult.INVALID_VALUE);
    }
}
