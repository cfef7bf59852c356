package io.penstock.gpuserver.call;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.gpuserver.driver.Scratch;
import io.penstock.protocol.codec.CudaResult;
import io.penstock.protocol.codec.HandleKind;
import io.penstock.protocol.codec.Reader;
import io.penstock.protocol.codec.Writer;

/** Streams and events as objects: made under the client's handle, destroyed when nobody of ours waits for them. */
interface StreamExecutors extends HandCalls {
    EventTable recorded();

    /** Makes an object at an address. */
    @FunctionalInterface
    interface Maker {
        int make(long out);
    }

    @Override
    default int cuStreamCreate(CallContext context, Reader in, Writer out) {
        long wire = in.readHandle();
        int flags = in.readU32();
        in.end();
        return makeStream(context, wire, at -> context.driver().cuStreamCreate(at, flags));
    }

    @Override
    default int cuStreamCreateWithPriority(CallContext context, Reader in, Writer out) {
        long wire = in.readHandle();
        int flags = in.readU32();
        int priority = in.readI32();
        in.end();
        return makeStream(context, wire, at -> context.driver().cuStreamCreateWithPriority(at, flags, priority));
    }

    private static int makeStream(CallContext context, long wire, Maker maker) {
        try (Scratch scratch = new Scratch()) {
            long at = scratch.room(Long.BYTES);
            int result = maker.make(at);
            if (result == CudaResult.SUCCESS) {
                context.bindStream(wire, NativeMemory.getLong(at));
            }
            return result;
        }
    }

    @Override
    default int cuStreamDestroy_v2(CallContext context, Reader in, Writer out) {
        long wire = in.readHandle();
        in.end();
        long stream = context.handles().nativeOf(HandleKind.STREAM, wire);
        if (stream == HandleTable.INVALID || stream <= HandleTable.STREAM_PER_THREAD) {
            return CudaResult.INVALID_HANDLE;
        }
        int result = context.driver().cuStreamDestroy_v2(stream);
        context.handles().drop(HandleKind.STREAM, wire);
        context.streams().remove(stream);
        return result;
    }

    @Override
    default int cuEventCreate(CallContext context, Reader in, Writer out) {
        long wire = in.readHandle();
        int flags = in.readU32();
        in.end();
        try (Scratch scratch = new Scratch()) {
            long at = scratch.room(Long.BYTES);
            int result = context.driver().cuEventCreate(at, flags);
            if (result == CudaResult.SUCCESS) {
                context.handles().bind(HandleKind.EVENT, wire, NativeMemory.getLong(at));
            }
            return result;
        }
    }

    @Override
    default int cuEventDestroy_v2(CallContext context, Reader in, Writer out) {
        long wire = in.readHandle();
        in.end();
        long event = context.handles().nativeOf(HandleKind.EVENT, wire);
        if (event == HandleTable.INVALID || event == 0) {
            return CudaResult.INVALID_HANDLE;
        }
        context.handles().drop(HandleKind.EVENT, wire);
        EventTable.Recorded last = recorded().remove(event);
        if (last == null || context.driver().cuEventQuery(event) != CudaResult.NOT_READY) {
            return context.driver().cuEventDestroy_v2(event);
        }
        // a waiter of ours may be looking at it: it goes in the lane behind them
        Pending call = context.defer();
        context.waits()
                .after(
                        last.stream(),
                        last.context(),
                        new long[] {event},
                        waited -> context.replies()
                                .finish(call, context.driver().cuEventDestroy_v2(event), Replies.NO_OUTS));
        return CallDispatcher.DEFERRED;
    }

    @Override
    default int cuEventRecord(CallContext context, Reader in, Writer out) {
        long event = context.handles().nativeOf(HandleKind.EVENT, in.readHandle());
        long stream = context.handles().nativeOf(HandleKind.STREAM, in.readHandle());
        in.end();
        if (event == HandleTable.INVALID || stream == HandleTable.INVALID) {
            return CudaResult.INVALID_HANDLE;
        }
        return record(context, event, stream, context.driver().cuEventRecord(event, stream));
    }

    @Override
    default int cuEventRecordWithFlags(CallContext context, Reader in, Writer out) {
        long event = context.handles().nativeOf(HandleKind.EVENT, in.readHandle());
        long stream = context.handles().nativeOf(HandleKind.STREAM, in.readHandle());
        int flags = in.readU32();
        in.end();
        if (event == HandleTable.INVALID || stream == HandleTable.INVALID) {
            return CudaResult.INVALID_HANDLE;
        }
        return record(context, event, stream, context.driver().cuEventRecordWithFlags(event, stream, flags));
    }

    private int record(CallContext context, long event, long stream, int result) {
        if (result == CudaResult.SUCCESS && context.isCapturing(stream)) {
            recorded().remove(event); // a mark within the graph: to ask it would spoil the capture
        } else if (result == CudaResult.SUCCESS) {
            recorded()
                    .record(
                            event,
                            new EventTable.Recorded(
                                    context.contextOf(stream),
                                    stream,
                                    context.defer().sequence()));
        }
        return result;
    }

    @Override
    default int cuLaunchHostFunc(CallContext context, Reader in, Writer out) {
        long stream = context.handles().nativeOf(HandleKind.STREAM, in.readHandle());
        long id = in.readU64();
        in.end();
        return callback(context, stream, id);
    }

    @Override
    default int cuStreamAddCallback(CallContext context, Reader in, Writer out) {
        long stream = context.handles().nativeOf(HandleKind.STREAM, in.readHandle());
        long id = in.readU64();
        in.readU64();
        in.end();
        return callback(context, stream, id);
    }

    private static int callback(CallContext context, long stream, long id) {
        if (stream == HandleTable.INVALID) {
            return CudaResult.INVALID_HANDLE;
        }
        long owner = context.contextOf(stream);
        int result = context.makeCurrent(owner);
        if (result == CudaResult.SUCCESS && GraphCallbacks.isOfGraph(id)) {
            return context.driver()
                    .cuLaunchHostFunc(stream, context.graphCallbacks().function(), id);
        }
        return result == CudaResult.SUCCESS ? context.callbacks().add(owner, stream, id) : result;
    }
}
