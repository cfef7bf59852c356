package io.penstock.gpuserver.software;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.protocol.codec.CudaResult;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/** Graphs as captures make them: asked, cloned, instantiated, updated, launched. Nodes run one after the other. */
interface GraphCalls extends FunctionCalls {
    private int onGraph(long handle, ToIntFunction<Graph> call) {
        if (!machine().initialised()) {
            return CudaResult.NOT_INITIALIZED;
        }
        Graph graph = machine().handles().get(handle, Graph.class);
        return graph == null ? CudaResult.INVALID_VALUE : call.applyAsInt(graph);
    }

    private int onNode(long handle, ToIntFunction<GraphNode> call) {
        if (!machine().initialised()) {
            return CudaResult.NOT_INITIALIZED;
        }
        GraphNode node = machine().handles().get(handle, GraphNode.class);
        return node == null ? CudaResult.INVALID_VALUE : call.applyAsInt(node);
    }

    private int onExec(long handle, ToIntFunction<GraphExec> call) {
        if (!machine().initialised()) {
            return CudaResult.NOT_INITIALIZED;
        }
        GraphExec exec = machine().handles().get(handle, GraphExec.class);
        return exec == null ? CudaResult.INVALID_VALUE : call.applyAsInt(exec);
    }

    @Override
    default int cuGraphCreate(long phGraph, int flags) {
        if (!machine().initialised()) {
            return CudaResult.NOT_INITIALIZED;
        }
        if (phGraph == 0 || flags != 0) {
            return CudaResult.INVALID_VALUE;
        }
        NativeMemory.putLong(phGraph, new Graph(machine()).handle());
        return CudaResult.SUCCESS;
    }

    @Override
    default int cuGraphDestroy(long hGraph) {
        return onGraph(hGraph, graph -> {
            graph.forget();
            return CudaResult.SUCCESS;
        });
    }

    @Override
    default int cuGraphClone(long phGraphClone, long originalGraph) {
        return onGraph(originalGraph, original -> {
            List<GraphNode> order = original.inOrder();
            if (order == null) {
                return CudaResult.INVALID_VALUE;
            }
            Graph clone = new Graph(machine());
            Map<GraphNode, GraphNode> twins = new HashMap<>();
            for (GraphNode node : order) {
                List<GraphNode> before = new ArrayList<>();
                for (GraphNode dependency : original.dependenciesOf(node)) {
                    GraphNode twin = twins.get(dependency);
                    if (twin != null) {
                        before.add(twin);
                    }
                }
                twins.put(node, clone.add(node.work, before));
            }
            NativeMemory.putLong(phGraphClone, clone.handle());
            return CudaResult.SUCCESS;
        });
    }

    /** Fills an array of node handles as CUDA does: its length first, zeros where there is more room than nodes. */
    private static int putNodes(long array, long count, List<GraphNode> nodes) {
        if (count == 0) {
            return CudaResult.INVALID_VALUE;
        }
        if (array != 0) {
            long room = NativeMemory.getLong(count);
            for (int i = 0; i < room; i++) {
                NativeMemory.putLong(array + 8L * i, i < nodes.size() ? nodes.get(i).handle : 0);
            }
            NativeMemory.putLong(count, Math.min(room, nodes.size()));
        } else {
            NativeMemory.putLong(count, nodes.size());
        }
        return CudaResult.SUCCESS;
    }

    @Override
    default int cuGraphGetNodes(long hGraph, long nodes, long numNodes) {
        return onGraph(hGraph, graph -> putNodes(nodes, numNodes, graph.nodes()));
    }

    @Override
    default int cuGraphGetRootNodes(long hGraph, long rootNodes, long numRootNodes) {
        return onGraph(hGraph, graph -> putNodes(rootNodes, numRootNodes, graph.roots()));
    }

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
        return edgeData == 0 ? cuGraphGetEdges(hGraph, from, to, numEdges) : CudaResult.NOT_SUPPORTED;
    }

    @Override
    default int cuGraphNodeGetDependencies(long hNode, long dependencies, long numDependencies) {
        return onNode(hNode, node -> putNodes(dependencies, numDependencies, node.graph.dependenciesOf(node)));
    }

    @Override
    default int cuGraphNodeGetDependentNodes(long hNode, long dependentNodes, long numDependentNodes) {
        return onNode(hNode, node -> putNodes(dependentNodes, numDependentNodes, node.graph.dependentsOf(node)));
    }

    @Override
    default int cuGraphNodeGetType(long hNode, long type) {
        return onNode(hNode, node -> {
            NativeMemory.putInt(type, node.work.nodeType().number());
            return CudaResult.SUCCESS;
        });
    }

    @Override
    default int cuGraphDestroyNode(long hNode) {
        return onNode(hNode, node -> {
            node.graph.remove(node);
            return CudaResult.SUCCESS;
        });
    }

    /** The nodes of a C array of handles that all belong to the graph, or null. */
    private @Nullable List<GraphNode> nodes(Graph graph, long array, long count) {
        return graph.nodesAt(array, count);
    }

    private int add(long phGraphNode, long hGraph, long dependencies, long count, @Nullable Work work) {
        return onGraph(hGraph, graph -> {
            List<GraphNode> before = nodes(graph, dependencies, count);
            if (phGraphNode == 0 || before == null || work == null) {
                return CudaResult.INVALID_VALUE;
            }
            NativeMemory.putLong(phGraphNode, graph.add(work, before).handle);
            return CudaResult.SUCCESS;
        });
    }

    @Override
    default int cuGraphAddEmptyNode(long phGraphNode, long hGraph, long dependencies, long numDependencies) {
        return add(phGraphNode, hGraph, dependencies, numDependencies, MarkWork.EMPTY);
    }

    @Override
    default int cuGraphAddEventRecordNode(
            long phGraphNode, long hGraph, long dependencies, long numDependencies, long event) {
        Event found = machine().handles().get(event, Event.class);
        Work work = found == null ? null : new EventNodeWork.Mark(found);
        return add(phGraphNode, hGraph, dependencies, numDependencies, work);
    }

    @Override
    default int cuGraphAddEventWaitNode(
            long phGraphNode, long hGraph, long dependencies, long numDependencies, long event) {
        Event found = machine().handles().get(event, Event.class);
        Work work = found == null ? null : new EventNodeWork.Wait(found);
        return add(phGraphNode, hGraph, dependencies, numDependencies, work);
    }

    @Override
    default int cuGraphAddKernelNode_v2(
            long phGraphNode, long hGraph, long dependencies, long numDependencies, long nodeParams) {
        return inContext(context -> {
            Launch launch = KernelNodeParams.read(this, context, nodeParams);
            return launch.work() == null
                    ? launch.result()
                    : add(phGraphNode, hGraph, dependencies, numDependencies, launch.work());
        });
    }

    @Override
    default int cuGraphKernelNodeSetParams_v2(long hNode, long nodeParams) {
        return inContext(context -> onNode(hNode, node -> {
            Launch launch = KernelNodeParams.read(this, context, nodeParams);
            if (launch.work() == null || node.work.nodeType() != NodeType.KERNEL) {
                return launch.work() == null ? launch.result() : CudaResult.INVALID_VALUE;
            }
            node.work = launch.work();
            return CudaResult.SUCCESS;
        }));
    }

    @Override
    default int cuGraphExecKernelNodeSetParams_v2(long hGraphExec, long hNode, long nodeParams) {
        return inContext(context -> onExec(hGraphExec, exec -> {
            Launch launch = KernelNodeParams.read(this, context, nodeParams);
            if (launch.work() == null) {
                return launch.result();
            }
            return exec.replace(hNode, launch.work()) ? CudaResult.SUCCESS : CudaResult.INVALID_VALUE;
        }));
    }

    @Override
    default int cuGraphKernelNodeGetParams_v2(long hNode, long nodeParams) {
        return onNode(hNode, node -> {
            if (!(node.work instanceof KernelWork work)) {
                return CudaResult.INVALID_VALUE;
            }
            KernelNodeParams.write(work, nodeParams);
            return CudaResult.SUCCESS;
        });
    }

    /** CUDA_HOST_NODE_PARAMS: function, user data. */
    @Override
    default int cuGraphAddHostNode(
            long phGraphNode, long hGraph, long dependencies, long numDependencies, long nodeParams) {
        Work work = HostWork.function(NativeMemory.getLong(nodeParams), NativeMemory.getLong(nodeParams + 8));
        return add(phGraphNode, hGraph, dependencies, numDependencies, work);
    }

    /** CUDA_MEMSET_NODE_PARAMS: destination, pitch, value, element bytes, width, height. */
    @Override
    default int cuGraphAddMemsetNode(
            long phGraphNode, long hGraph, long dependencies, long numDependencies, long memsetParams, long ctx) {
        MemsetWork work = new MemsetWork(
                machine(),
                NativeMemory.getLong(memsetParams),
                NativeMemory.getLong(memsetParams + 8),
                NativeMemory.getInt(memsetParams + 16),
                NativeMemory.getInt(memsetParams + 20),
                NativeMemory.getLong(memsetParams + 24),
                NativeMemory.getLong(memsetParams + 32));
        boolean valid = work.valid() && machine().isDeviceRange(work.destination(), work.span());
        return add(phGraphNode, hGraph, dependencies, numDependencies, valid ? work : null);
    }

    @Override
    default int cuGraphAddMemcpyNode(
            long phGraphNode, long hGraph, long dependencies, long numDependencies, long copyParams, long ctx) {
        CopyShape.Parsed parsed = CopyShape.of3D(copyParams);
        if (parsed.result() != CudaResult.SUCCESS) {
            return parsed.result();
        }
        return add(phGraphNode, hGraph, dependencies, numDependencies, new CopyWork(machine(), parsed.shape()));
    }

    @Override
    default int cuGraphAddDependencies(long hGraph, long from, long to, long numDependencies) {
        return onGraph(hGraph, graph -> {
            List<GraphNode> sources = nodes(graph, from, numDependencies);
            List<GraphNode> targets = nodes(graph, to, numDependencies);
            return sources != null && targets != null && graph.connect(sources, targets)
                    ? CudaResult.SUCCESS
                    : CudaResult.INVALID_VALUE;
        });
    }

    @Override
    default int cuGraphRemoveDependencies(long hGraph, long from, long to, long numDependencies) {
        return onGraph(hGraph, graph -> {
            List<GraphNode> sources = nodes(graph, from, numDependencies);
            List<GraphNode> targets = nodes(graph, to, numDependencies);
            return sources != null && targets != null && graph.disconnect(sources, targets)
                    ? CudaResult.SUCCESS
                    : CudaResult.INVALID_VALUE;
        });
    }

    @Override
    default int cuGraphInstantiateWithFlags(long phGraphExec, long hGraph, long flags) {
        return onGraph(hGraph, graph -> {
            List<GraphNode> order = graph.inOrder();
            if (phGraphExec == 0 || order == null) {
                return CudaResult.INVALID_VALUE;
            }
            NativeMemory.putLong(phGraphExec, machine().handles().add(new GraphExec(order, flags)));
            return CudaResult.SUCCESS;
        });
    }

    @Override
    default int cuGraphInstantiate(long phGraphExec, long hGraph, long phErrorNode, long logBuffer, long bufferSize) {
        return cuGraphInstantiateWithFlags(phGraphExec, hGraph, 0);
    }

    @Override
    default int cuGraphInstantiate_v2(
            long phGraphExec, long hGraph, long phErrorNode, long logBuffer, long bufferSize) {
        return cuGraphInstantiateWithFlags(phGraphExec, hGraph, 0);
    }

    /** CUDA_GRAPH_INSTANTIATE_PARAMS: flags, upload stream, error node out, result out. */
    @Override
    default int cuGraphInstantiateWithParams(long phGraphExec, long hGraph, long instantiateParams) {
        int result = cuGraphInstantiateWithFlags(phGraphExec, hGraph, NativeMemory.getLong(instantiateParams));
        NativeMemory.putInt(instantiateParams + 24, result == CudaResult.SUCCESS ? 0 : 1);
        return result;
    }

    @Override
    default int cuGraphExecDestroy(long hGraphExec) {
        return onExec(hGraphExec, exec -> {
            machine().handles().remove(hGraphExec, GraphExec.class);
            return CudaResult.SUCCESS;
        });
    }

    @Override
    default int cuGraphExecGetFlags(long hGraphExec, long flags) {
        return onExec(hGraphExec, exec -> {
            NativeMemory.putLong(flags, exec.flags());
            return CudaResult.SUCCESS;
        });
    }

    /** CUgraphExecUpdateResultInfo: result, error node, error from node. */
    @Override
    default int cuGraphExecUpdate_v2(long hGraphExec, long hGraph, long resultInfo) {
        return onExec(
                hGraphExec,
                exec -> onGraph(hGraph, graph -> {
                    List<GraphNode> order = graph.inOrder();
                    boolean same = order != null && exec.update(order);
                    NativeMemory.putInt(resultInfo, same ? 0 : 2);
                    return same ? CudaResult.SUCCESS : CudaResult.GRAPH_EXEC_UPDATE_FAILURE;
                }));
    }

    @Override
    default int cuGraphNodeSetEnabled(long hGraphExec, long hNode, int isEnabled) {
        return onExec(hGraphExec, exec -> {
            if (!exec.holds(hNode)) {
                return CudaResult.INVALID_VALUE;
            }
            exec.setEnabled(hNode, isEnabled != 0);
            return CudaResult.SUCCESS;
        });
    }

    @Override
    default int cuGraphNodeGetEnabled(long hGraphExec, long hNode, long isEnabled) {
        return onExec(hGraphExec, exec -> {
            if (!exec.holds(hNode)) {
                return CudaResult.INVALID_VALUE;
            }
            NativeMemory.putInt(isEnabled, exec.isEnabled(hNode) ? 1 : 0);
            return CudaResult.SUCCESS;
        });
    }

    @Override
    default int cuGraphUpload(long hGraph, long hStream) {
        return onExec(hGraph, exec -> onStream(hStream, stream -> CudaResult.SUCCESS));
    }

    @Override
    default int cuGraphLaunch(long hGraph, long hStream) {
        return onExec(
                hGraph,
                exec -> onStream(hStream, stream -> {
                    List<Work> steps = exec.enabled();
                    if (machine().captures().isCapturing(stream)) {
                        steps.forEach(stream::enqueue);
                        return CudaResult.SUCCESS;
                    }
                    List<Operation> before = new ArrayList<>();
                    for (Work step : steps) {
                        if (step instanceof EventNodeWork.Wait wait
                                && wait.event().recorded() != null) {
                            before.add(wait.event().recorded());
                        }
                    }
                    Operation launch = machine().timeline().submit(stream, new GraphWork(steps), before);
                    for (Work step : steps) {
                        if (step instanceof EventNodeWork.Mark mark) {
                            mark.event().record(launch);
                        }
                    }
                    return CudaResult.SUCCESS;
                }));
    }
}
