package io.penstock.gpuserver.software;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.protocol.codec.CudaResult;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/** Nodes that allocate and free memory, nodes that write and await words of it, and what a device's graphs hold. */
interface GraphMemoryCalls extends GraphObjects {
    /** Size of CUmemPoolProps, the beginning of CUDA_MEM_ALLOC_NODE_PARAMS. */
    int PROPERTIES_BYTES = 88;
    /** Size of CUmemAccessDesc. */
    int ACCESS_BYTES = 12;

    /** CUDA_MEM_ALLOC_NODE_PARAMS: properties (location at 8), access descriptions, their number, bytes, address out. */
    @Override
    default int cuGraphAddMemAllocNode(
            long phGraphNode, long hGraph, long dependencies, long numDependencies, long nodeParams) {
        return inContext(context -> onDevice(NativeMemory.getInt(nodeParams + 12), device -> {
            long bytes = NativeMemory.getLong(nodeParams + 104);
            if (NativeMemory.getInt(nodeParams + 8) != PoolCalls.LOCATION_DEVICE || bytes <= 0) {
                return bytes < 0 ? CudaResult.OUT_OF_MEMORY : CudaResult.INVALID_VALUE;
            }
            Block block = machine().allocateForGraph(device, bytes);
            if (block == null) {
                return CudaResult.OUT_OF_MEMORY;
            }
            GraphAllocation allocation = allocation(block, nodeParams);
            int result =
                    add(phGraphNode, hGraph, dependencies, numDependencies, new GraphMemoryWork.Allocate(allocation));
            if (result != CudaResult.SUCCESS) {
                machine().freeBlock(block.base());
                return result;
            }
            machine().graphAllocations().put(block.base(), allocation);
            NativeMemory.putLong(nodeParams + 112, block.base());
            return result;
        }));
    }

    private GraphAllocation allocation(Block block, long params) {
        long access = NativeMemory.getLong(params + 88);
        int count = access == 0 ? 0 : (int) NativeMemory.getLong(params + 96);
        return new GraphAllocation(
                machine(),
                block,
                NativeMemory.getBytes(params, PROPERTIES_BYTES),
                count == 0 ? new byte[0] : NativeMemory.getBytes(access, ACCESS_BYTES * count));
    }

    @Override
    default int cuGraphMemAllocNodeGetParams(long hNode, long params_out) {
        return onNode(hNode, node -> {
            if (!(node.work instanceof GraphMemoryWork.Allocate work)) {
                return CudaResult.INVALID_VALUE;
            }
            GraphAllocation allocation = work.allocation();
            NativeMemory.putBytes(params_out, allocation.properties());
            NativeMemory.putLong(params_out + 88, node.show(allocation.access()));
            NativeMemory.putLong(params_out + 96, allocation.access().length / ACCESS_BYTES);
            NativeMemory.putLong(params_out + 104, allocation.block().bytes());
            NativeMemory.putLong(params_out + 112, allocation.block().base());
            return CudaResult.SUCCESS;
        });
    }

    @Override
    default int cuGraphAddMemFreeNode(
            long phGraphNode, long hGraph, long dependencies, long numDependencies, long dptr) {
        GraphAllocation allocation = machine().graphAllocations().get(dptr);
        Work work = allocation == null ? null : new GraphMemoryWork.Free(allocation);
        return add(phGraphNode, hGraph, dependencies, numDependencies, work);
    }

    @Override
    default int cuGraphMemFreeNodeGetParams(long hNode, long dptr_out) {
        return onNode(hNode, node -> {
            if (!(node.work instanceof GraphMemoryWork.Free work)) {
                return CudaResult.INVALID_VALUE;
            }
            NativeMemory.putLong(dptr_out, work.allocation().block().base());
            return CudaResult.SUCCESS;
        });
    }

    /** CUgraphMem_attribute: 0 used, 1 its highest, 2 reserved, 3 its highest. What is used is what is reserved. */
    @Override
    default int cuDeviceGetGraphMemAttribute(int device, int attr, long value) {
        return onDevice(device, found -> {
            if (attr < 0 || attr > 3 || value == 0) {
                return CudaResult.INVALID_VALUE;
            }
            long bytes = 0;
            for (GraphAllocation allocation : machine().graphAllocations().values()) {
                if (allocation.block().device() == found && (attr >= 2 || allocation.allocated())) {
                    bytes += allocation.block().bytes();
                }
            }
            NativeMemory.putLong(value, bytes);
            return CudaResult.SUCCESS;
        });
    }

    /** Nothing is kept that is not in use. */
    @Override
    default int cuDeviceGraphMemTrim(int device) {
        return onDevice(device, found -> CudaResult.SUCCESS);
    }

    // ---- operations on words

    /** CUDA_BATCH_MEM_OP_NODE_PARAMS: context, count, operations, flags. */
    private int withBatch(long params, ToIntFunction<Work> call) {
        return inContext(current -> {
            long handle = NativeMemory.getLong(params);
            Context context = handle == 0 ? current : machine().handles().get(handle, Context.class);
            int count = NativeMemory.getInt(params + 8);
            if (context == null
                    || count < 0
                    || count > StreamCalls.BATCH_MAX
                    || NativeMemory.getInt(params + 24) != 0) {
                return context == null ? CudaResult.INVALID_CONTEXT : CudaResult.INVALID_VALUE;
            }
            long array = NativeMemory.getLong(params + 16);
            List<Work> operations = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                Work operation = operation(context, array + (long) StreamCalls.BATCH_OPERATION_BYTES * i);
                if (operation == null) {
                    return CudaResult.INVALID_VALUE;
                }
                operations.add(operation);
            }
            byte[] given =
                    count == 0 ? new byte[0] : NativeMemory.getBytes(array, StreamCalls.BATCH_OPERATION_BYTES * count);
            return call.applyAsInt(new BatchWork(context, operations, given));
        });
    }

    /** CUstreamBatchMemOpParams: operation, address, value, flags. */
    private @Nullable Work operation(Context context, long at) {
        long address = NativeMemory.getLong(at + 8);
        long value = NativeMemory.getLong(at + 16);
        int flags = NativeMemory.getInt(at + 24);
        int kind = NativeMemory.getInt(at);
        int bytes = kind >= 4 ? Long.BYTES : Integer.BYTES;
        if (kind == 3 || kind == 6) {
            return MarkWork.EMPTY; // flush and barrier: memory here is one
        }
        boolean known = machine().isDeviceRange(address, bytes) || machine().isPinned(address, bytes);
        if (!known || address % bytes != 0) {
            return null;
        }
        return switch (kind) {
            case 1, 4 -> new WordWork.Await(context, address, value, bytes, flags & 3);
            case 2, 5 -> new WordWork.Write(machine(), address, value, bytes);
            default -> null;
        };
    }

    @Override
    default int cuGraphAddBatchMemOpNode(
            long phGraphNode, long hGraph, long dependencies, long numDependencies, long nodeParams) {
        return withBatch(nodeParams, work -> add(phGraphNode, hGraph, dependencies, numDependencies, work));
    }

    @Override
    default int cuGraphBatchMemOpNodeSetParams(long hNode, long nodeParams) {
        return withBatch(nodeParams, work -> set(hNode, work));
    }

    @Override
    default int cuGraphExecBatchMemOpNodeSetParams(long hGraphExec, long hNode, long nodeParams) {
        return withBatch(nodeParams, work -> set(hGraphExec, hNode, work));
    }

    @Override
    default int cuGraphBatchMemOpNodeGetParams(long hNode, long nodeParams_out) {
        return onNode(hNode, node -> {
            if (!(node.work instanceof BatchWork work)) {
                return CudaResult.INVALID_VALUE;
            }
            NativeMemory.putLong(nodeParams_out, work.context().handle());
            NativeMemory.putLong(nodeParams_out + 8, work.operations().size());
            NativeMemory.putLong(nodeParams_out + 16, node.show(work.params()));
            NativeMemory.putLong(nodeParams_out + 24, 0);
            return CudaResult.SUCCESS;
        });
    }
}
