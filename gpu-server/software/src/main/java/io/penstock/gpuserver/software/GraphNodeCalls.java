package io.penstock.gpuserver.software;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.protocol.codec.CudaResult;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/** Nodes by type: added, asked, changed in their graph and in executable ones. */
interface GraphNodeCalls extends GraphObjects {
    @Override
    default int cuGraphNodeGetType(long hNode, long type) {
        return onNode(hNode, node -> {
            NativeMemory.putInt(type, node.work.nodeType().number());
            return CudaResult.SUCCESS;
        });
    }

    /** A node of a graph that allocates memory stays. */
    @Override
    default int cuGraphDestroyNode(long hNode) {
        return onNode(hNode, node -> {
            if (node.work instanceof GraphMemoryWork) {
                return CudaResult.NOT_SUPPORTED;
            }
            node.graph.remove(node);
            return CudaResult.SUCCESS;
        });
    }

    @Override
    default int cuGraphAddEmptyNode(long phGraphNode, long hGraph, long dependencies, long numDependencies) {
        return add(phGraphNode, hGraph, dependencies, numDependencies, MarkWork.EMPTY);
    }

    // ---- events

    private @Nullable Work mark(long event) {
        Event found = machine().handles().get(event, Event.class);
        return found == null ? null : new EventNodeWork.Mark(found);
    }

    private @Nullable Work await(long event) {
        Event found = machine().handles().get(event, Event.class);
        return found == null ? null : new EventNodeWork.Wait(found);
    }

    @Override
    default int cuGraphAddEventRecordNode(
            long phGraphNode, long hGraph, long dependencies, long numDependencies, long event) {
        return add(phGraphNode, hGraph, dependencies, numDependencies, mark(event));
    }

    @Override
    default int cuGraphAddEventWaitNode(
            long phGraphNode, long hGraph, long dependencies, long numDependencies, long event) {
        return add(phGraphNode, hGraph, dependencies, numDependencies, await(event));
    }

    @Override
    default int cuGraphEventRecordNodeGetEvent(long hNode, long event_out) {
        return putEvent(hNode, event_out, NodeType.EVENT_RECORD);
    }

    @Override
    default int cuGraphEventWaitNodeGetEvent(long hNode, long event_out) {
        return putEvent(hNode, event_out, NodeType.WAIT_EVENT);
    }

    private int putEvent(long hNode, long out, NodeType type) {
        return onNode(hNode, node -> {
            if (node.work.nodeType() != type || !(node.work instanceof EventNodeWork work)) {
                return CudaResult.INVALID_VALUE;
            }
            NativeMemory.putLong(out, machine().handles().find(work.event()));
            return CudaResult.SUCCESS;
        });
    }

    @Override
    default int cuGraphEventRecordNodeSetEvent(long hNode, long event) {
        return set(hNode, mark(event));
    }

    @Override
    default int cuGraphEventWaitNodeSetEvent(long hNode, long event) {
        return set(hNode, await(event));
    }

    @Override
    default int cuGraphExecEventRecordNodeSetEvent(long hGraphExec, long hNode, long event) {
        return set(hGraphExec, hNode, mark(event));
    }

    @Override
    default int cuGraphExecEventWaitNodeSetEvent(long hGraphExec, long hNode, long event) {
        return set(hGraphExec, hNode, await(event));
    }

    // ---- kernels

    private int withKernel(long nodeParams, ToIntFunction<Work> call) {
        return inContext(context -> {
            if (nodeParams == 0) {
                return CudaResult.INVALID_VALUE;
            }
            Launch launch = KernelNodeParams.read(this, context, nodeParams);
            return launch.work() == null ? launch.result() : call.applyAsInt(launch.work());
        });
    }

    @Override
    default int cuGraphAddKernelNode_v2(
            long phGraphNode, long hGraph, long dependencies, long numDependencies, long nodeParams) {
        return withKernel(nodeParams, work -> add(phGraphNode, hGraph, dependencies, numDependencies, work));
    }

    @Override
    default int cuGraphKernelNodeSetParams_v2(long hNode, long nodeParams) {
        return withKernel(nodeParams, work -> set(hNode, work));
    }

    @Override
    default int cuGraphExecKernelNodeSetParams_v2(long hGraphExec, long hNode, long nodeParams) {
        return withKernel(nodeParams, work -> set(hGraphExec, hNode, work));
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

    private int onKernelNode(long hNode, int attribute, ToIntFunction<GraphNode> call) {
        return onNode(
                hNode,
                node -> node.work.nodeType() == NodeType.KERNEL && KernelNodeAttributes.known(attribute)
                        ? call.applyAsInt(node)
                        : CudaResult.INVALID_VALUE);
    }

    @Override
    default int cuGraphKernelNodeGetAttribute(long hNode, int attr, long value_out) {
        return onKernelNode(hNode, attr, node -> {
            node.attributes.get(attr, value_out);
            return CudaResult.SUCCESS;
        });
    }

    @Override
    default int cuGraphKernelNodeSetAttribute(long hNode, int attr, long value) {
        return onKernelNode(hNode, attr, node -> {
            int refusal = node.attributes.set(attr, value);
            node.setWork(node.work);
            return refusal;
        });
    }

    @Override
    default int cuGraphKernelNodeCopyAttributes(long dst, long src) {
        return onKernelNode(
                dst,
                KernelNodeAttributes.COOPERATIVE,
                to -> onKernelNode(src, KernelNodeAttributes.COOPERATIVE, from -> {
                    to.attributes.copy(from.attributes);
                    to.setWork(to.work);
                    return CudaResult.SUCCESS;
                }));
    }

    // ---- memory, set and copied

    /** CUDA_MEMSET_NODE_PARAMS: destination, pitch, value, element bytes, width, height. */
    private @Nullable Work memset(long params) {
        int element = NativeMemory.getInt(params + 20);
        if (element != 1 && element != 2 && element != 4) {
            return null;
        }
        MemsetWork work = new MemsetWork(
                machine(),
                NativeMemory.getLong(params),
                NativeMemory.getLong(params + 8),
                NativeMemory.getInt(params + 16),
                element,
                NativeMemory.getLong(params + 24),
                NativeMemory.getLong(params + 32));
        boolean known = machine().isDeviceRange(work.destination(), work.span())
                || machine().isPinned(work.destination(), work.span());
        return work.valid() && known ? work : null;
    }

    @Override
    default int cuGraphAddMemsetNode(
            long phGraphNode, long hGraph, long dependencies, long numDependencies, long memsetParams, long ctx) {
        return add(phGraphNode, hGraph, dependencies, numDependencies, memset(memsetParams));
    }

    @Override
    default int cuGraphMemsetNodeSetParams(long hNode, long nodeParams) {
        return set(hNode, memset(nodeParams));
    }

    @Override
    default int cuGraphExecMemsetNodeSetParams(long hGraphExec, long hNode, long memsetParams, long ctx) {
        return set(hGraphExec, hNode, memset(memsetParams));
    }

    @Override
    default int cuGraphMemsetNodeGetParams(long hNode, long nodeParams) {
        return onNode(hNode, node -> {
            if (!(node.work instanceof MemsetWork work)) {
                return CudaResult.INVALID_VALUE;
            }
            NativeMemory.putLong(nodeParams, work.destination());
            NativeMemory.putLong(nodeParams + 8, work.pitch());
            NativeMemory.putInt(nodeParams + 16, work.value());
            NativeMemory.putInt(nodeParams + 20, work.elementBytes());
            NativeMemory.putLong(nodeParams + 24, work.width());
            NativeMemory.putLong(nodeParams + 32, work.height());
            return CudaResult.SUCCESS;
        });
    }

    private int withCopy(long params, ToIntFunction<Work> call) {
        CopyShape.Parsed parsed = CopyShape.of3D(params, machine());
        if (parsed.result() != CudaResult.SUCCESS) {
            return parsed.result();
        }
        CopyWork copy = new CopyWork(machine(), parsed.shape());
        return copy.possible() ? call.applyAsInt(CopyNodeWork.of(copy, params)) : CudaResult.INVALID_VALUE;
    }

    @Override
    default int cuGraphAddMemcpyNode(
            long phGraphNode, long hGraph, long dependencies, long numDependencies, long copyParams, long ctx) {
        return withCopy(copyParams, work -> add(phGraphNode, hGraph, dependencies, numDependencies, work));
    }

    @Override
    default int cuGraphMemcpyNodeSetParams(long hNode, long nodeParams) {
        return withCopy(nodeParams, work -> set(hNode, work));
    }

    @Override
    default int cuGraphExecMemcpyNodeSetParams(long hGraphExec, long hNode, long copyParams, long ctx) {
        return withCopy(copyParams, work -> set(hGraphExec, hNode, work));
    }

    @Override
    default int cuGraphMemcpyNodeGetParams(long hNode, long nodeParams) {
        return onNode(hNode, node -> {
            switch (node.work) {
                case CopyNodeWork work -> work.write(nodeParams);
                case CopyWork work -> work.shape().write3D(machine().space(), nodeParams);
                default -> {
                    return CudaResult.INVALID_VALUE;
                }
            }
            return CudaResult.SUCCESS;
        });
    }

    // ---- graphs inside graphs

    private @Nullable Work child(long graph) {
        Graph found = machine().handles().get(graph, Graph.class);
        Graph copy = found == null ? null : found.copy();
        return copy == null ? null : new ChildWork(copy);
    }

    @Override
    default int cuGraphAddChildGraphNode(
            long phGraphNode, long hGraph, long dependencies, long numDependencies, long childGraph) {
        return add(phGraphNode, hGraph, dependencies, numDependencies, child(childGraph));
    }

    @Override
    default int cuGraphChildGraphNodeGetGraph(long hNode, long phGraph) {
        return onNode(hNode, node -> {
            if (!(node.work instanceof ChildWork work)) {
                return CudaResult.INVALID_VALUE;
            }
            NativeMemory.putLong(phGraph, work.graph().handle());
            return CudaResult.SUCCESS;
        });
    }

    @Override
    default int cuGraphExecChildGraphNodeSetParams(long hGraphExec, long hNode, long childGraph) {
        return onGraph(childGraph, graph -> set(hGraphExec, hNode, new ChildWork(graph)));
    }
}
