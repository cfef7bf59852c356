package io.penstock.gpuserver.call;

import io.penstock.protocol.codec.CudaResult;
import io.penstock.protocol.codec.FrameType;
import io.penstock.protocol.codec.HandleKind;
import io.penstock.protocol.codec.Reader;
import io.penstock.protocol.codec.Writer;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;

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
        if (result == CudaResult.SUCCESS) {
            result = context.fence().soon(stream, owner, new long[] {stream}, noneUnderWay(context), answer(context));
        }
        return result == CudaResult.SUCCESS ? CallDispatcher.DEFERRED : result;
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
        if (result == CudaResult.SUCCESS && context.streams().anyCapturing(wanted)) {
            return context.driver().cuCtxSynchronize(); // refused, and the capture is spoiled
        }
        if (result == CudaResult.SUCCESS) {
            result = context.fence()
                    .soonAfterAll(Fence.RECLAIM_LANE - 1, wanted, noneUnderWay(context), answer(context));
        }
        return result == CudaResult.SUCCESS ? CallDispatcher.DEFERRED : result;
    }

    private static BooleanSupplier noneUnderWay(CallContext context) {
        return () -> !context.downs().any();
    }

    /** Answers the call being executed when what it waits for is done. */
    private static IntConsumer answer(CallContext context) {
        Pending call = context.defer();
        DownCopies.Proof proof = context.downs().proof();
        return waited -> {
            proof.await();
            context.replies().finish(call, waited, Replies.NO_OUTS);
        };
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
        DownCopies.Proof proof = context.downs().proof();
        context.waits().after(Fence.RECLAIM_LANE - 1, context.context(), new long[0], none -> {
            proof.await();
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
        DownCopies.Proof proof = context.downs().proof();
        context.waits().after(last.stream(), last.context(), new long[] {event}, result -> {
            proof.await();
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
        context.waits().soon(last.stream(), last.context(), new long[] {event}, noneUnderWay(context), answer(context));
        return CallDispatcher.DEFERRED;
    }
}
