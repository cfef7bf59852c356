package io.penstock.gpuserver.software;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.protocol.codec.CudaResult;
import java.util.ArrayList;
import java.util.List;

/** The order between nodes. Every edge is a plain one: data of edges is zero, and any other is refused. */
interface GraphEdgeCalls extends GraphObjects {
    /** Size of CUgraphEdgeData. */
    int EDGE_DATA_BYTES = 8;

    @Override
    default int cuGraphGetEdges(long hGraph, long from, long to, long numEdges) {
        return onGraph(hGraph, graph -> {
            List<GraphNode> sources = new ArrayList<>();
            List<GraphNode> targets = new ArrayList<>();
            for (GraphNode node : graph.nodes()) {
                for (GraphNode dependency : graph.dependenciesOf(node)) {
                    sources.add(dependency);
                    targets.add(node);
                }
            }
            if ((from == 0) != (to == 0) || numEdges == 0) {
                return CudaResult.INVALID_VALUE;
            }
            long room = NativeMemory.getLong(numEdges);
            int result = putNodes(from, numEdges, sources);
            if (from != 0) {
                NativeMemory.putLong(numEdges, room);
                result = putNodes(to, numEdges, targets);
            }
            return result;
        });
    }

    @Override
    default int cuGraphGetEdges_v2(long hGraph, long from, long to, long edgeData, long numEdges) {
        int result = cuGraphGetEdges(hGraph, from, to, numEdges);
        return plain(result, edgeData, numEdges);
    }

    @Override
    default int cuGraphNodeGetDependencies(long hNode, long dependencies, long numDependencies) {
        return onNode(hNode, node -> putNodes(dependencies, numDependencies, node.graph.dependenciesOf(node)));
    }

    @Override
    default int cuGraphNodeGetDependencies_v2(long hNode, long dependencies, long edgeData, long numDependencies) {
        return plain(cuGraphNodeGetDependencies(hNode, dependencies, numDependencies), edgeData, numDependencies);
    }

    @Override
    default int cuGraphNodeGetDependentNodes(long hNode, long dependentNodes, long numDependentNodes) {
        return onNode(hNode, node -> putNodes(dependentNodes, numDependentNodes, node.graph.dependentsOf(node)));
    }

    @Override
    default int cuGraphNodeGetDependentNodes_v2(
            long hNode, long dependentNodes, long edgeData, long numDependentNodes) {
        int result = cuGraphNodeGetDependentNodes(hNode, dependentNodes, numDependentNodes);
        return plain(result, edgeData, numDependentNodes);
    }

    private static int plain(int result, long edgeData, long count) {
        if (result == CudaResult.SUCCESS && edgeData != 0) {
            NativeMemory.fill(edgeData, EDGE_DATA_BYTES * NativeMemory.getLong(count), (byte) 0);
        }
        return result;
    }

    private static boolean isPlain(long edgeData, long count) {
        for (long i = 0; edgeData != 0 && i < count; i++) {
            if (NativeMemory.getLong(edgeData + EDGE_DATA_BYTES * i) != 0) {
                return false;
            }
        }
        return true;
    }

    @Override
    default int cuGraphAddDependencies(long hGraph, long from, long to, long numDependencies) {
        return onGraph(hGraph, graph -> {
            List<GraphNode> sources = graph.nodesAt(from, numDependencies);
            List<GraphNode> targets = graph.nodesAt(to, numDependencies);
            return sources != null && targets != null && graph.connect(sources, targets)
                    ? CudaResult.SUCCESS
                    : CudaResult.INVALID_VALUE;
        });
    }

    @Override
    default int cuGraphAddDependencies_v2(long hGraph, long from, long to, long edgeData, long numDependencies) {
        return isPlain(edgeData, numDependencies)
                ? cuGraphAddDependencies(hGraph, from, to, numDependencies)
                : CudaResult.NOT_SUPPORTED;
    }

    @Override
    default int cuGraphRemoveDependencies(long hGraph, long from, long to, long numDependencies) {
        return onGraph(hGraph, graph -> {
            List<GraphNode> sources = graph.nodesAt(from, numDependencies);
            List<GraphNode> targets = graph.nodesAt(to, numDependencies);
            return sources != null && targets != null && graph.disconnect(sources, targets)
                    ? CudaResult.SUCCESS
                    : CudaResult.INVALID_VALUE;
        });
    }

    @Override
    default int cuGraphRemoveDependencies_v2(long hGraph, long from, long to, long edgeData, long numDependencies) {
        return isPlain(edgeData, numDependencies)
                ? cuGraphRemoveDependencies(hGraph, from, to, numDependencies)
                : CudaResult.NOT_SUPPORTED;
    }
}
