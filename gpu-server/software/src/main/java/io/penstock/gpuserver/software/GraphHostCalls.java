package io.penstock.gpuserver.software;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.protocol.codec.CudaResult;
import org.jspecify.annotations.Nullable;

/** Nodes that call C functions. CUDA_HOST_NODE_PARAMS: function, user data. */
interface GraphHostCalls extends GraphObjects {
    private static @Nullable Work function(long params) {
        long function = params == 0 ? 0 : NativeMemory.getLong(params);
        return function == 0 ? null : HostWork.function(function, NativeMemory.getLong(params + 8));
    }

    @Override
    default int cuGraphAddHostNode(
            long phGraphNode, long hGraph, long dependencies, long numDependencies, long nodeParams) {
        return add(phGraphNode, hGraph, dependencies, numDependencies, function(nodeParams));
    }

    @Override
    default int cuGraphHostNodeGetParams(long hNode, long nodeParams) {
        return onNode(hNode, node -> {
            if (!(node.work instanceof HostWork work) || nodeParams == 0) {
                return CudaResult.INVALID_VALUE;
            }
            NativeMemory.putLong(nodeParams, work.function());
            NativeMemory.putLong(nodeParams + 8, work.userData());
            return CudaResult.SUCCESS;
        });
    }

    @Override
    default int cuGraphHostNodeSetParams(long hNode, long nodeParams) {
        return set(hNode, function(nodeParams));
    }

    @Override
    default int cuGraphExecHostNodeSetParams(long hGraphExec, long hNode, long nodeParams) {
        return set(hGraphExec, hNode, function(nodeParams));
    }
}
