package io.penstock.gpuserver.software;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.protocol.codec.CudaResult;
import java.util.ArrayList;
import java.util.List;

/** Graphs as a whole: made, cloned, instantiated, updated, launched. Nodes run one after the other. */
interface GraphCalls extends GraphObjects {
    /** CUDA_GRAPH_INSTANTIATE_FLAG_AUTO_FREE_ON_LAUNCH. */
    int AUTO_FREE_ON_LAUNCH = 1;

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

    /** A graph that allocates memory cannot be cloned. */
    @Override
    default int cuGraphClone(long phGraphClone, long originalGraph) {
        return onGraph(originalGraph, original -> {
            Graph clone = original.copy();
            if (phGraphClone == 0 || clone == null) {
                return clone == null ? CudaResult.NOT_SUPPORTED : CudaResult.INVALID_VALUE;
            }
            NativeMemory.putLong(phGraphClone, clone.handle());
            return CudaResult.SUCCESS;
        });
    }

    @Override
    default int cuGraphNodeFindInClone(long phNode, long hOriginalNode, long hClonedGraph) {
        return onGraph(hClonedGraph, clone -> {
            for (GraphNode node : clone.nodes()) {
                if (node.original == hOriginalNode && hOriginalNode != 0) {
                    NativeMemory.putLong(phNode, node.handle);
                    return CudaResult.SUCCESS;
                }
            }
            return CudaResult.INVALID_VALUE;
        });
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
    default int cuGraphInstantiateWithFlags(long phGraphExec, long hGraph, long flags) {
        return onGraph(hGraph, graph -> {
            GraphExec exec = phGraphExec == 0 ? null : GraphExec.of(graph, flags);
            if (exec == null) {
                return CudaResult.INVALID_VALUE;
            }
            NativeMemory.putLong(phGraphExec, machine().handles().add(exec));
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

    /** Memory that it allocates stays in use until what was launched has run. */
    @Override
    default int cuGraphExecDestroy(long hGraphExec) {
        return onExec(hGraphExec, exec -> {
            machine().handles().remove(hGraphExec, GraphExec.class);
            List<GraphAllocation> allocations = exec.allocations();
            if (!allocations.isEmpty()) {
                machine().timeline().await(exec.lastLaunch());
                allocations.forEach(GraphAllocation::letGo);
            }
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
                    GraphExec.Update update = exec.update(graph);
                    NativeMemory.putInt(resultInfo, update.result());
                    NativeMemory.putLong(resultInfo + 8, update.node());
                    NativeMemory.putLong(resultInfo + 16, 0);
                    return update.result() == GraphExec.UPDATED
                            ? CudaResult.SUCCESS
                            : CudaResult.GRAPH_EXEC_UPDATE_FAILURE;
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
        return onExec(hGraph, exec -> onStream(hStream, stream -> launch(exec, stream)));
    }

    private int launch(GraphExec exec, Stream stream) {
        List<Work> steps = exec.enabled();
        if (machine().captures().isCapturing(stream)) {
            if (!exec.allocations().isEmpty()) {
                return CudaResult.NOT_SUPPORTED;
            }
            steps.forEach(stream::enqueue);
            return CudaResult.SUCCESS;
        }
        if (!GraphMemoryWork.account(steps, (exec.flags() & AUTO_FREE_ON_LAUNCH) != 0)) {
            return CudaResult.INVALID_VALUE;
        }
        List<Operation> before = new ArrayList<>();
        for (Work step : steps) {
            if (step instanceof EventNodeWork.Wait wait && wait.event().recorded() != null) {
                before.add(wait.event().recorded());
            }
        }
        Operation launch = machine().timeline().submit(stream, new GraphWork(steps), before);
        exec.launched(launch);
        for (Work step : steps) {
            if (step instanceof EventNodeWork.Mark mark) {
                mark.event().record(launch);
            }
        }
        return CudaResult.SUCCESS;
    }
}
