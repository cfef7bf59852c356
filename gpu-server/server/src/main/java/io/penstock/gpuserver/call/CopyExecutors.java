package io.penstock.gpuserver.call;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.protocol.codec.CudaResult;
import io.penstock.protocol.codec.HandleKind;
import io.penstock.protocol.codec.Limits;
import io.penstock.protocol.codec.ProtocolException;
import io.penstock.protocol.codec.Reader;
import io.penstock.protocol.codec.Writer;

/**
 * Copies whose other side is the client. Up: each piece goes to the GPU as it arrives. Down: into pinned staging, and
 * on when the GPU has done it. A synchronous copy is an asynchronous one on the legacy stream whose caller waits.
 */
interface CopyExecutors extends HandCalls {
    /** Puts one piece of a payload where it belongs. */
    @FunctionalInterface
    interface Put {
        int at(long position, long address, long bytes);
    }

    @Override
    default int cuMemcpyHtoD_v2(CallContext context, Reader in, Writer out) {
        long target = in.readU64();
        return toDevice(context, target, stream(context, 0), in);
    }

    @Override
    default int cuMemcpyHtoDAsync_v2(CallContext context, Reader in, Writer out) {
        long target = in.readU64();
        return toDevice(context, target, stream(context, in.readHandle()), in);
    }

    private static int toDevice(CallContext context, long target, long stream, Reader in) {
        return up(
                context,
                stream,
                in,
                (position, address, bytes) ->
                        context.driver().cuMemcpyHtoDAsync_v2(target + position, address, bytes, stream));
    }

    @Override
    default int cuMemcpyHtoA_v2(CallContext context, Reader in, Writer out) {
        long array = context.handles().nativeOf(HandleKind.ARRAY, in.readHandle());
        long offset = in.readU64();
        return toArray(context, array, offset, stream(context, 0), in);
    }

    @Override
    default int cuMemcpyHtoAAsync_v2(CallContext context, Reader in, Writer out) {
        long array = context.handles().nativeOf(HandleKind.ARRAY, in.readHandle());
        long offset = in.readU64();
        return toArray(context, array, offset, stream(context, in.readHandle()), in);
    }

    private static int toArray(CallContext context, long array, long offset, long stream, Reader in) {
        return up(
                context,
                array == HandleTable.INVALID ? HandleTable.INVALID : stream,
                in,
                (position, address, bytes) ->
                        context.driver().cuMemcpyHtoAAsync_v2(array, offset + position, address, bytes, stream));
    }

    /** Reads a payload and puts its pieces; an invalid stream still takes the bytes that are on their way. */
    private static int up(CallContext context, long stream, Reader in, Put put) {
        long total = in.readU64();
        long id = in.readU64();
        if (context.isCapturing(stream)) {
            // a graph would read our frame again at each launch
            return refuseCaptured(context, in, id, total);
        }
        boolean valid = stream != HandleTable.INVALID;
        if (id == 0) {
            if (total < 0 || total > Limits.INLINE_PAYLOAD_BYTES_MAX) {
                throw new ProtocolException(
                        "inline payload of " + total + " bytes; at most " + Limits.INLINE_PAYLOAD_BYTES_MAX);
            }
            long address = in.readBlock(total).address();
            in.end();
            return valid ? put.at(0, address, total) : CudaResult.INVALID_HANDLE;
        }
        in.end();
        return context.payloads()
                .walk(
                        id,
                        total,
                        (position, address, bytes) ->
                                valid ? put.at(position, address, bytes) : CudaResult.INVALID_HANDLE);
    }

    private static int refuseCaptured(CallContext context, Reader in, long id, long total) {
        if (id == 0) {
            return CudaResult.STREAM_CAPTURE_UNSUPPORTED;
        }
        in.end();
        return context.payloads().walk(id, total, (position, address, bytes) -> CudaResult.STREAM_CAPTURE_UNSUPPORTED);
    }

    @Override
    default int cuMemcpyDtoH_v2(CallContext context, Reader in, Writer out) {
        long source = in.readU64();
        return fromDevice(context, source, stream(context, 0), in);
    }

    @Override
    default int cuMemcpyDtoHAsync_v2(CallContext context, Reader in, Writer out) {
        long source = in.readU64();
        return fromDevice(context, source, stream(context, in.readHandle()), in);
    }

    private static int fromDevice(CallContext context, long source, long stream, Reader in) {
        return down(
                context,
                stream,
                in,
                (staging, bytes) -> context.driver().cuMemcpyDtoHAsync_v2(staging, source, bytes, stream));
    }

    @Override
    default int cuMemcpyAtoH_v2(CallContext context, Reader in, Writer out) {
        long array = context.handles().nativeOf(HandleKind.ARRAY, in.readHandle());
        long offset = in.readU64();
        return fromArray(context, array, offset, stream(context, 0), in);
    }

    @Override
    default int cuMemcpyAtoHAsync_v2(CallContext context, Reader in, Writer out) {
        long array = context.handles().nativeOf(HandleKind.ARRAY, in.readHandle());
        long offset = in.readU64();
        return fromArray(context, array, offset, stream(context, in.readHandle()), in);
    }

    private static int fromArray(CallContext context, long array, long offset, long stream, Reader in) {
        return down(
                context,
                array == HandleTable.INVALID ? HandleTable.INVALID : stream,
                in,
                (staging, bytes) -> context.driver().cuMemcpyAtoHAsync_v2(staging, array, offset, bytes, stream));
    }

    /** Issues a copy of so many bytes into staging memory. */
    @FunctionalInterface
    interface Fetch {
        int into(long staging, long bytes);
    }

    private static int down(CallContext context, long stream, Reader in, Fetch fetch) {
        long bytes = in.readU64();
        long id = in.readU64();
        in.end();
        if (stream == HandleTable.INVALID) {
            return CudaResult.INVALID_HANDLE;
        }
        if (context.isCapturing(stream)) {
            return CudaResult.STREAM_CAPTURE_UNSUPPORTED;
        }
        long owner = context.contextOf(stream);
        int result = owner == 0 ? CudaResult.INVALID_CONTEXT : context.makeCurrent(owner);
        return result == CudaResult.SUCCESS
                ? context.downs().copy(context.defer(), owner, stream, id, bytes, staging -> fetch.into(staging, bytes))
                : result;
    }

    private static long stream(CallContext context, long wire) {
        return context.handles().nativeOf(HandleKind.STREAM, wire);
    }

    @Override
    default int cuMemcpy2D_v2(CallContext context, Reader in, Writer out) {
        return HostCopy.TWO_DIMENSIONS.execute(context, 0, in);
    }

    @Override
    default int cuMemcpy2DUnaligned_v2(CallContext context, Reader in, Writer out) {
        return HostCopy.TWO_DIMENSIONS.execute(context, 0, in);
    }

    @Override
    default int cuMemcpy2DAsync_v2(CallContext context, Reader in, Writer out) {
        return HostCopy.TWO_DIMENSIONS.execute(context, in.readHandle(), in);
    }

    @Override
    default int cuMemcpy3D_v2(CallContext context, Reader in, Writer out) {
        return HostCopy.THREE_DIMENSIONS.execute(context, 0, in);
    }

    @Override
    default int cuMemcpy3DAsync_v2(CallContext context, Reader in, Writer out) {
        return HostCopy.THREE_DIMENSIONS.execute(context, in.readHandle(), in);
    }

    @Override
    default int cuMemcpy3DPeer(CallContext context, Reader in, Writer out) {
        return HostCopy.PEERS.execute(context, 0, in);
    }

    @Override
    default int cuMemcpy3DPeerAsync(CallContext context, Reader in, Writer out) {
        return HostCopy.PEERS.execute(context, in.readHandle(), in);
    }

    /** Bytes of a payload gathered in one block: for calls that want it whole. */
    static int whole(CallContext context, long id, long total, long to) {
        return context.payloads().walk(id, total, (position, address, bytes) -> {
            NativeMemory.copy(address, to + position, bytes);
            return CudaResult.SUCCESS;
        });
    }
}
