package io.penstock.gpuserver.call;

import io.penstock.gpuserver.driver.EndsUnderWay;
import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.gpuserver.driver.Scratch;
import io.penstock.protocol.codec.CudaResult;
import io.penstock.protocol.codec.HandleKind;
import io.penstock.protocol.codec.Reader;
import io.penstock.protocol.codec.Writer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntSupplier;

/** Contexts as objects. Which one is current is the client's affair and comes with each call. */
interface ContextExecutors extends HandCalls {
    @Override
    default int cuCtxCreate_v2(CallContext context, Reader in, Writer out) {
        long wire = in.readHandle();
        int flags = in.readU32();
        int device = in.readI32();
        in.end();
        try (Scratch scratch = new Scratch()) {
            long at = scratch.room(Long.BYTES);
            int result = context.driver().cuCtxCreate_v2(at, flags, device);
            context.forgetCurrent();
            return result == CudaResult.SUCCESS ? introduce(context, wire, NativeMemory.getLong(at), out) : result;
        }
    }

    @Override
    default int cuDevicePrimaryCtxRetain(CallContext context, Reader in, Writer out) {
        long wire = in.readHandle();
        int device = in.readI32();
        in.readU32();
        in.end();
        try (Scratch scratch = new Scratch()) {
            long at = scratch.room(Long.BYTES);
            int result = context.driver().cuDevicePrimaryCtxRetain(at, device);
            if (result != CudaResult.SUCCESS) {
                return result;
            }
            context.setPrimary(device, NativeMemory.getLong(at));
            return introduce(context, wire, NativeMemory.getLong(at), out);
        }
    }

    /** Binds a context and tells the client what it answers locally from now on. */
    private static int introduce(CallContext context, long wire, long handle, Writer out) {
        context.handles().bind(HandleKind.CONTEXT, wire, handle);
        int result = context.makeCurrent(handle);
        if (result != CudaResult.SUCCESS) {
            return result;
        }
        long id = out.reserveU64();
        long version = out.reserveI32();
        long flags = out.reserveI32();
        context.driver().cuCtxGetId(handle, id);
        context.contextLives(handle, NativeMemory.getLong(id));
        context.driver().cuCtxGetApiVersion(handle, version);
        context.driver().cuCtxGetFlags(flags);
        return CudaResult.SUCCESS;
    }

    @Override
    default int cuCtxDestroy_v2(CallContext context, Reader in, Writer out) {
        long wire = in.readHandle();
        in.end();
        long handle = context.handles().nativeOf(HandleKind.CONTEXT, wire);
        if (handle == HandleTable.INVALID || handle == 0) {
            return CudaResult.INVALID_CONTEXT;
        }
        int result = context.makeCurrent(handle);
        if (result != CudaResult.SUCCESS) {
            return result;
        }
        int answer = behindAllWork(context, handle, () -> context.driver().cuCtxDestroy_v2(handle));
        context.handles().drop(HandleKind.CONTEXT, wire);
        context.contextGone(handle);
        return answer;
    }

    /** A thread of its own, after the patience. */
    Executor LATER = CompletableFuture.delayedExecutor(
            ContextExecutors.END_PATIENCE_SECONDS,
            TimeUnit.SECONDS,
            task -> Thread.ofPlatform().daemon().name("context-end").start(task));

    /** Work that goes on for so long is not waited for where the driver can stop it. */
    int END_PATIENCE_SECONDS = 1;

    /**
     * Ends the current context behind all of its work and when what it copied has been sent: the memory in which copies arrive
     * ends with it. An endless kernel does not keep it from its end where the driver can stop it. None is current afterwards.
     */
    private static int behindAllWork(CallContext context, long handle, IntSupplier end) {
        Pending call = context.defer();
        DownCopies.Proof proof = context.downs().proof();
        AtomicBoolean ending = new AtomicBoolean();
        int marked = context.fence().afterAll(Fence.RECLAIM_LANE, handle, passed -> {
            if (ending.compareAndSet(false, true)) {
                proof.await();
                context.replies().finish(call, end.getAsInt(), Replies.NO_OUTS);
            }
        });
        if (marked == CudaResult.SUCCESS && context.driver() instanceof EndsUnderWay) {
            LATER.execute(() -> {
                if (ending.compareAndSet(false, true)) {
                    context.replies().finish(call, end.getAsInt(), Replies.NO_OUTS);
                }
            });
        }
        if (marked != CudaResult.SUCCESS && marked != CudaResult.CONTEXT_IS_DESTROYED) {
            // nothing can be marked in a context that an error has ended, and nothing runs in it
            int answer = end.getAsInt();
            context.forgetCurrent();
            return answer;
        }
        context.makeCurrent(0);
        context.forgetCurrent();
        return marked == CudaResult.SUCCESS ? CallDispatcher.DEFERRED : marked;
    }

    @Override
    default int cuDevicePrimaryCtxRelease_v2(CallContext context, Reader in, Writer out) {
        int device = in.readI32();
        in.end();
        return endPrimary(context, device, () -> context.driver().cuDevicePrimaryCtxRelease_v2(device));
    }

    @Override
    default int cuDevicePrimaryCtxReset_v2(CallContext context, Reader in, Writer out) {
        int device = in.readI32();
        in.end();
        return endPrimary(context, device, () -> context.driver().cuDevicePrimaryCtxReset_v2(device));
    }

    /** Ends a primary context, perhaps. The thread that asks for it may have another context current, or none. */
    private static int endPrimary(CallContext context, int device, IntSupplier end) {
        long primary = context.primary(device);
        if (primary == 0 || context.makeCurrent(primary) != CudaResult.SUCCESS) {
            return MemoryExecutors.later(context, end);
        }
        int answer = behindAllWork(context, primary, end);
        // it ended before: nothing runs in it
        return answer == CudaResult.CONTEXT_IS_DESTROYED ? end.getAsInt() : answer;
    }

    @Override
    default int cuCtxSetLimit(CallContext context, Reader in, Writer out) {
        int limit = in.readU32();
        long value = in.readU64();
        in.end();
        return MemoryExecutors.later(context, () -> context.driver().cuCtxSetLimit(limit, value));
    }
}
