package io.penstock.gpuserver.software;

import io.penstock.protocol.codec.CudaResult;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Copies. What a call waits for is the driver's own rule: host memory that the driver does not know is read before an
 * asynchronous call returns and written before it returns; copies within device memory wait for nothing.
 */
interface CopyCalls extends DriverCalls {
    /** Bytes of pageable memory that an asynchronous upload copies aside; a larger one waits for its turn. */
    long STAGED_BYTES_MAX = 4L << 20;

    /** Which sides of a copy must be device memory. */
    enum Direction {
        HOST_TO_DEVICE(false, true),
        DEVICE_TO_HOST(true, false),
        DEVICE_TO_DEVICE(true, true),
        /** By address: what lies in the device address space is device memory. */
        UNIFIED(false, false);

        private final boolean sourceOnDevice;
        private final boolean destinationOnDevice;

        Direction(boolean sourceOnDevice, boolean destinationOnDevice) {
            this.sourceOnDevice = sourceOnDevice;
            this.destinationOnDevice = destinationOnDevice;
        }
    }

    private int check(long address, long bytes, boolean mustBeDevice, boolean written) {
        if (address == 0) {
            return CudaResult.INVALID_VALUE;
        }
        boolean device = machine().space().contains(address);
        if (!device) {
            return mustBeDevice && !machine().isPinned(address, bytes) ? CudaResult.INVALID_VALUE : CudaResult.SUCCESS;
        }
        boolean there =
                written ? machine().isWritableRange(address, bytes) : machine().isDeviceRange(address, bytes);
        return there ? CudaResult.SUCCESS : CudaResult.INVALID_VALUE;
    }

    private boolean pageable(long address, long bytes) {
        return !machine().space().contains(address) && !machine().isPinned(address, bytes);
    }

    /** Checks a copy and queues it, or makes it now. */
    default int copy(CopyShape shape, Direction direction, long hStream, boolean wait) {
        return onStream(hStream, stream -> {
            if (shape.isEmpty()) {
                return CudaResult.SUCCESS;
            }
            int refusal =
                    check(shape.destination().address(), shape.destinationSpan(), direction.destinationOnDevice, true);
            if (refusal == CudaResult.SUCCESS) {
                refusal = check(shape.source().address(), shape.sourceSpan(), direction.sourceOnDevice, false);
            }
            if (refusal == CudaResult.SUCCESS) {
                refusal = wait
                        ? machine().captures().refuseSynchronous(stream)
                        : machine().captures().refuseImplicit(stream);
            }
            return refusal == CudaResult.SUCCESS ? transfer(stream, shape, wait) : refusal;
        });
    }

    private int transfer(Stream stream, CopyShape shape, boolean wait) {
        boolean toHost = !machine().space().contains(shape.destination().address());
        boolean fromHost = !machine().space().contains(shape.source().address());
        Work work = new CopyWork(machine(), shape);
        boolean readLater = !wait && !machine().captures().isCapturing(stream) && !(work.brief() && stream.idle());
        boolean mustWait = toHost && pageable(shape.destination().address(), shape.destinationSpan());
        if (readLater && fromHost && pageable(shape.source().address(), shape.sourceSpan())) {
            if (shape.sourceSpan() <= STAGED_BYTES_MAX) {
                work = StagedCopyWork.of(machine(), shape);
            } else {
                mustWait = true;
            }
        }
        Operation operation = inOrder(stream, shape, work);
        if (wait ? toHost || fromHost : mustWait) {
            machine().timeline().await(operation);
            return stream.context().fault();
        }
        return CudaResult.SUCCESS;
    }

    /**
     * Puts a copy at the end of its stream. One between two devices in the legacy stream begins when everything before it on
     * either device has ended, and what comes after it there waits for it (CUDA C++ Programming Guide, "Peer-to-Peer Memory
     * Copy").
     */
    private @Nullable Operation inOrder(Stream stream, CopyShape shape, Work work) {
        Set<Context> others = new LinkedHashSet<>();
        if (stream.isLegacy()) {
            others.add(contextOf(shape.source().address()));
            others.add(contextOf(shape.destination().address()));
            others.remove(stream.context());
            others.remove(null);
        }
        if (others.isEmpty()) {
            return stream.enqueue(work);
        }
        Timeline timeline = machine().timeline();
        List<Stream> before =
                others.stream().flatMap(context -> context.streams().stream()).toList();
        Operation operation = timeline.submit(stream, work, timeline.tails(before));
        for (Context context : others) {
            timeline.submit(context.legacy(), MarkWork.EMPTY, List.of(operation));
        }
        return operation;
    }

    /** The context that device memory was made in; null for host memory and for memory of no context. */
    private @Nullable Context contextOf(long address) {
        Block block = machine().pointed(address);
        return block == null ? null : machine().handles().get(block.context(), Context.class);
    }

    @Override
    default int cuMemcpyHtoD_v2(long dstDevice, long srcHost, long byteCount) {
        return copy(CopyShape.flat(dstDevice, srcHost, byteCount), Direction.HOST_TO_DEVICE, 0, true);
    }

    @Override
    default int cuMemcpyDtoH_v2(long dstHost, long srcDevice, long byteCount) {
        return copy(CopyShape.flat(dstHost, srcDevice, byteCount), Direction.DEVICE_TO_HOST, 0, true);
    }

    @Override
    default int cuMemcpyDtoD_v2(long dstDevice, long srcDevice, long byteCount) {
        return copy(CopyShape.flat(dstDevice, srcDevice, byteCount), Direction.DEVICE_TO_DEVICE, 0, true);
    }

    @Override
    default int cuMemcpy(long dst, long src, long byteCount) {
        return copy(CopyShape.flat(dst, src, byteCount), Direction.UNIFIED, 0, true);
    }

    @Override
    default int cuMemcpyHtoDAsync_v2(long dstDevice, long srcHost, long byteCount, long hStream) {
        return copy(CopyShape.flat(dstDevice, srcHost, byteCount), Direction.HOST_TO_DEVICE, hStream, false);
    }

    @Override
    default int cuMemcpyDtoHAsync_v2(long dstHost, long srcDevice, long byteCount, long hStream) {
        return copy(CopyShape.flat(dstHost, srcDevice, byteCount), Direction.DEVICE_TO_HOST, hStream, false);
    }

    @Override
    default int cuMemcpyDtoDAsync_v2(long dstDevice, long srcDevice, long byteCount, long hStream) {
        return copy(CopyShape.flat(dstDevice, srcDevice, byteCount), Direction.DEVICE_TO_DEVICE, hStream, false);
    }

    @Override
    default int cuMemcpyAsync(long dst, long src, long byteCount, long hStream) {
        return copy(CopyShape.flat(dst, src, byteCount), Direction.UNIFIED, hStream, false);
    }

    @Override
    default int cuMemcpyPeer(long dstDevice, long dstContext, long srcDevice, long srcContext, long byteCount) {
        return contexts(dstContext, srcContext)
                ? copy(CopyShape.flat(dstDevice, srcDevice, byteCount), Direction.DEVICE_TO_DEVICE, 0, true)
                : CudaResult.INVALID_CONTEXT;
    }

    @Override
    default int cuMemcpyPeerAsync(
            long dstDevice, long dstContext, long srcDevice, long srcContext, long byteCount, long hStream) {
        return contexts(dstContext, srcContext)
                ? copy(CopyShape.flat(dstDevice, srcDevice, byteCount), Direction.DEVICE_TO_DEVICE, hStream, false)
                : CudaResult.INVALID_CONTEXT;
    }

    private boolean contexts(long one, long other) {
        return machine().handles().get(one, Context.class) != null
                && machine().handles().get(other, Context.class) != null;
    }

    private int copy(CopyShape.Parsed parsed, long hStream, boolean wait) {
        return parsed.result() == CudaResult.SUCCESS
                ? copy(parsed.shape(), Direction.UNIFIED, hStream, wait)
                : parsed.result();
    }

    @Override
    default int cuMemcpy2D_v2(long pCopy) {
        return copy(CopyShape.of2D(pCopy, machine()), 0, true);
    }

    @Override
    default int cuMemcpy2DUnaligned_v2(long pCopy) {
        return copy(CopyShape.of2D(pCopy, machine()), 0, true);
    }

    @Override
    default int cuMemcpy2DAsync_v2(long pCopy, long hStream) {
        return copy(CopyShape.of2D(pCopy, machine()), hStream, false);
    }

    @Override
    default int cuMemcpy3D_v2(long pCopy) {
        return copy(CopyShape.of3D(pCopy, machine()), 0, true);
    }

    @Override
    default int cuMemcpy3DAsync_v2(long pCopy, long hStream) {
        return copy(CopyShape.of3D(pCopy, machine()), hStream, false);
    }

    @Override
    default int cuMemcpy3DPeer(long pCopy) {
        return copy(CopyShape.of3D(pCopy, machine()), 0, true);
    }

    @Override
    default int cuMemcpy3DPeerAsync(long pCopy, long hStream) {
        return copy(CopyShape.of3D(pCopy, machine()), hStream, false);
    }
}
