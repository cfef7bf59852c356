package io.penstock.gpuserver.call;

import io.penstock.protocol.codec.CudaResult;
import io.penstock.protocol.codec.FrameType;
import io.penstock.protocol.codec.HandleKind;
import io.penstock.protocol.codec.Reader;
import io.penstock.protocol.codec.Writer;
import java.util.function.BooleanSupplier;

/** Synchronise and query: a wait is a mark in program order whose passing sends the reply, so it stalls nobody else. */
interface WaitExecutors extends HandCalls {
    EventTable recorded();

    @Override
    default int cuStreamSynchronize(CallContext context, Reader in, Writer out) {
        long stream = context.handles().nativeOf(HandleKind.STREAM, in.readHandle());
        in.end();
        if (stream == HandleTable.INVALID) {
            return CudaResult.INVALID_HANDLE;
        }
        if (!context.downs().any()) {
            int now = context.driver().cuStreamQuery(stream);
            if (now != CudaResult.NOT_READY) {
                // done, but the driver prints what kernels said only in a call that waits
                return now == CudaResult.SUCCESS ? context.driver().cuStreamSynchronize(stream) : now;
            }
        }
        long owner = context.contextOf(stream);
        int result = context.makeCurrent(owner);
        return result == CudaResult.SUCCESS ? answerAfter(context, stream, owner, new long[] {stream}) : result;
    }

    @Override
    default int cuCtxSynchronize(CallContext context, Reader in, Writer out) {
        in.end();
        return synchronizeContext(context, context.context());
    }

    @Override
    default int cuCtxSynchronize_v2(CallContext context, Reader in, Writer out) {
        long wanted = context.handles().nativeOf(HandleKind.CONTEXT, in.readHandle());
        in.end();
        if (wanted == HandleTable.INVALID) {
            return CudaResult.INVALID_CONTEXT;
        }
        return synchronizeContext(context, wanted == 0 ? context.context() : wanted);
    }

    private int synchronizeContext(CallContext context, long wanted) {
        if (wanted == 0) {
            return CudaResult.INVALID_CONTEXT;
        }
        int result = context.makeCurrent(wanted);
        return result == CudaResult.SUCCESS
                ? answerAfter(
                        context,
                        Fence.RECLAIM_LANE - 1,
                        wanted,
                        context.streams().busy(wanted))
                : result;
    }

    private static int answerAfter(CallContext context, long lane, long owner, long[] streams) {
        Pending call = context.defer();
        int result = context.fence()
                .soon(lane, owner, streams, () -> !context.downs().any(), waited -> {
                    context.downs().awaitProven();
                    context.replies().finish(call, waited, Replies.NO_OUTS);
                });
        return result == CudaResult.SUCCESS ? CallDispatcher.DEFERRED : result;
    }

    @Override
    default int cuStreamQuery(CallContext context, Reader in, Writer out) {
        long stream = context.handles().nativeOf(HandleKind.STREAM, in.readHandle());
        in.end();
        if (stream == HandleTable.INVALID) {
            return CudaResult.INVALID_HANDLE;
        }
        return proven(context, context.driver().cuStreamQuery(stream));
    }

    @Override
    default int cuEventQuery(CallContext context, Reader in, Writer out) {
        long wire = in.readHandle();
        long event = context.handles().nativeOf(HandleKind.EVENT, wire);
        in.end();
        if (event == HandleTable.INVALID) {
            return CudaResult.INVALID_HANDLE;
        }
        int result = context.driver().cuEventQuery(event);
        if (result == CudaResult.NOT_READY) {
            watch(context, wire, event);
        }
        return proven(context, result);
    }

    /** An answer other than "not ready" may prove copies done: their bytes go first. */
    private static int proven(CallContext context, int result) {
        if (result == CudaResult.NOT_READY || !context.downs().any()) {
            return result;
        }
        Pending call = context.defer();
        context.waits().after(Fence.RECLAIM_LANE - 1, context.context(), new long[0], none -> {
            context.downs().awaitProven();
            context.replies().finish(call, result, Replies.NO_OUTS);
        });
        return CallDispatcher.DEFERRED;
    }

    /** An event that was asked about too early: the client is told when it completes and need not ask again. */
    private void watch(CallContext context, long wire, long event) {
        EventTable.Recorded last = recorded().find(event);
        if (last == null || !recorded().startWatch(event)) {
            return;
        }
        context.waits().after(last.stream(), last.context(), new long[] {event}, result -> {
            context.downs().awaitProven();
            context.replies()
                    .send(
                            FrameType.EVENT,
                            0,
                            body -> body.putU64(wire).putU64(last.sequence()).putI32(result));
            recorded().endWatch(event);
        });
    }

    @Override
    default int cuEventSynchronize(CallContext context, Reader in, Writer out) {
        long event = context.handles().nativeOf(HandleKind.EVENT, in.readHandle());
        in.end();
        if (event == HandleTable.INVALID) {
            return CudaResult.INVALID_HANDLE;
        }
        int now = context.driver().cuEventQuery(event);
        if (now != CudaResult.NOT_READY) {
            return proven(context, now == CudaResult.SUCCESS ? context.driver().cuEventSynchronize(event) : now);
        }
        EventTable.Recorded last = recorded().find(event);
        if (last == null) { // only a graph has recorded it
            last = new EventTable.Recorded(context.context(), Fence.RECLAIM_LANE - 1, 0);
        }
        Pending call = context.defer();
        BooleanSupplier may = () -> !context.downs().any();
        context.waits().soon(last.stream(), last.context(), new long[] {event}, may, waited -> {
            context.downs().awaitProven();
            context.replies().finish(call, waited, Replies.NO_OUTS);
        });
        return CallDispatcher.DEFERRED;
    }
}
