package io.penstock.gpuserver.call;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.gpuserver.image.ImageKeeper;
import io.penstock.protocol.codec.CudaResult;
import io.penstock.protocol.codec.HandleKind;
import io.penstock.protocol.codec.Reader;
import io.penstock.protocol.codec.Writer;
import java.lang.foreign.Arena;
import java.lang.ref.Reference;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import java.util.function.IntUnaryOperator;

/**
 * Modules, libraries, functions and kernels. Loading may wait for the GPU, so a waiter does it; what it made is bound
 * on the executor before the reply leaves.
 */
interface ModuleExecutors extends HandCalls {
    /** The lane in which code is loaded. */
    long LANE = -4;

    ImageKeeper images();

    @Override
    default int cuModuleLoadData(CallContext context, Reader in, Writer out) {
        return load(
                context,
                in,
                out,
                HandleKind.MODULE,
                (at, image, jit) ->
                        context.driver().cuModuleLoadDataEx(at, image, jit.count(), jit.names(), jit.values()));
    }

    @Override
    default int cuLibraryLoadData(CallContext context, Reader in, Writer out) {
        return load(
                context,
                in,
                out,
                HandleKind.LIBRARY,
                (at, image, jit) ->
                        context.driver().cuLibraryLoadData(at, image, jit.names(), jit.values(), jit.count(), 0, 0, 0));
    }

    /** Has the driver load the image at an address and write the handle to another. */
    @FunctionalInterface
    interface Loader {
        int load(long out, long image, JitOptions options);
    }

    /** Loads an image that was sent or is kept here; the client sends what turns out to be missing after all. */
    private int load(CallContext context, Reader in, Writer out, HandleKind kind, Loader loader) {
        long wire = in.readHandle();
        Arena arena = Arena.ofAuto();
        JitImage image = JitImage.read(context, in, arena, images());
        in.end();
        if (image.isMissing(images())) {
            return answerLogs(out, CudaResult.NOT_FOUND);
        }
        long at = arena.allocate(8, 8).address();
        return offload(
                context,
                arena,
                () -> {
                    long bytes = image.address(images(), arena);
                    return bytes == 0 ? CudaResult.NOT_FOUND : loader.load(at, bytes, image.options());
                },
                result -> {
                    if (result == CudaResult.SUCCESS) {
                        context.handles().bind(kind, wire, NativeMemory.getLong(at));
                    }
                    return image.options()::writeLogsAndTime;
                });
    }

    private static int answerLogs(Writer out, int result) {
        out.putU64(0).putU64(0).putF32(0).putU32(0);
        return result;
    }

    /** What the executor does with an offloaded result: binds, and says what the reply holds. */
    @FunctionalInterface
    interface Conclusion {
        Consumer<Writer> conclude(int result);
    }

    /**
     * Runs a call that may block on a waiter, concludes on the executor, and replies. The driver knows the arena's memory
     * by address alone, so the arena is kept in reach until the reply is written.
     */
    private static int offload(CallContext context, Arena arena, IntSupplier driver, Conclusion conclusion) {
        return offload(context, arena, driver, IntUnaryOperator.identity(), conclusion);
    }

    /** @param judged makes of the driver's result the call's, on the executor */
    private static int offload(
            CallContext context, Arena arena, IntSupplier driver, IntUnaryOperator judged, Conclusion conclusion) {
        Pending call = context.defer();
        context.waits().after(LANE, context.context(), new long[0], none -> {
            int said = driver.getAsInt();
            context.tasks().execute(() -> {
                try {
                    int result = judged.applyAsInt(said);
                    context.replies().finish(call, result, conclusion.conclude(result));
                } finally {
                    Reference.reachabilityFence(arena);
                }
            });
        });
        return CallDispatcher.DEFERRED;
    }

    @Override
    default int cuModuleGetFunction(CallContext context, Reader in, Writer out) {
        long wire = in.readHandle();
        long owner = in.readHandle();
        long module = context.handles().nativeOf(HandleKind.MODULE, owner);
        Arena arena = Arena.ofAuto();
        long name = in.readString(arena, false);
        in.end();
        if (module == HandleTable.INVALID) {
            return CudaResult.INVALID_HANDLE;
        }
        return resolve(
                context,
                HandleKind.FUNCTION,
                wire,
                owner,
                arena,
                at -> context.driver().cuModuleGetFunction(at, module, name));
    }

    @Override
    default int cuLibraryGetKernel(CallContext context, Reader in, Writer out) {
        long wire = in.readHandle();
        long owner = in.readHandle();
        long library = context.handles().nativeOf(HandleKind.LIBRARY, owner);
        Arena arena = Arena.ofAuto();
        long name = in.readString(arena, false);
        in.end();
        if (library == HandleTable.INVALID) {
            return CudaResult.INVALID_HANDLE;
        }
        return resolve(
                context,
                HandleKind.KERNEL,
                wire,
                owner,
                arena,
                at -> context.driver().cuLibraryGetKernel(at, library, name));
    }

    @Override
    default int cuKernelGetFunction(CallContext context, Reader in, Writer out) {
        long wire = in.readHandle();
        long owner = in.readHandle();
        long kernel = context.handles().nativeOf(HandleKind.KERNEL, owner);
        in.end();
        if (kernel == HandleTable.INVALID) {
            return CudaResult.INVALID_HANDLE;
        }
        return resolve(
                context,
                HandleKind.FUNCTION,
                wire,
                owner,
                Arena.ofAuto(),
                at -> context.driver().cuKernelGetFunction(at, kernel));
    }

    /** A function that the client was not told of when it was found: enumerated, or a kernel before there was a context. */
    @Override
    default int cuFuncLoad(CallContext context, Reader in, Writer out) {
        long wire = in.readHandle();
        HandleKind kind = in.readU32() == 1 ? HandleKind.KERNEL : HandleKind.FUNCTION;
        in.readU32();
        in.end();
        long function = context.handles().nativeOf(kind, wire);
        if (function == HandleTable.INVALID || function == 0) {
            return CudaResult.INVALID_HANDLE;
        }
        long owner = context.context();
        Arena arena = Arena.ofAuto();
        FunctionDescription description = new FunctionDescription(arena);
        String[] name = {""};
        return offload(
                context,
                arena,
                () -> {
                    description.learn(context.driver(), kind, function);
                    name[0] = description.name(context.driver(), kind, function);
                    return CudaResult.SUCCESS;
                },
                learnt -> description.isComplete() ? learnt : failureIn(context, owner),
                result -> to -> {
                    to.putString(name[0]);
                    description.write(to);
                });
    }

    /**
     * How a kernel of a context has failed, if one has: the driver describes no function there and says "no context" (201),
     * which is not what the program's launch is to be told. Executor only.
     */
    private static int failureIn(CallContext context, long owner) {
        if (owner == 0 || context.streams().anyCapturing(owner)) {
            return CudaResult.SUCCESS;
        }
        int entered = context.makeCurrent(owner);
        return entered == CudaResult.SUCCESS ? Refusal.reason(context.driver(), 0, CudaResult.SUCCESS) : entered;
    }

    /** What holds of a kernel on another device than the one it was resolved for. */
    @Override
    default int cuKernelGetAttribute(CallContext context, Reader in, Writer out) {
        long kernel = context.handles().nativeOf(HandleKind.KERNEL, in.readHandle());
        int device = in.readU32();
        in.readU32();
        in.end();
        if (kernel == HandleTable.INVALID) {
            return CudaResult.INVALID_HANDLE;
        }
        Arena arena = Arena.ofAuto();
        FunctionAttributes attributes = new FunctionAttributes(arena);
        return offload(
                context,
                arena,
                () -> attributes.ofKernel(context.driver(), kernel, device),
                result -> attributes::write);
    }

    @SuppressWarnings("checkstyle:parameternumber") // each of them from the frame
    private static int resolve(
            CallContext context, HandleKind kind, long wire, long owner, Arena arena, StreamExecutors.Maker maker) {
        long at = arena.allocate(8, 8).address();
        FunctionDescription description = new FunctionDescription(arena);
        return offload(
                context,
                arena,
                () -> {
                    int result = maker.make(at);
                    if (result == CudaResult.SUCCESS) {
                        description.learn(context.driver(), kind, NativeMemory.getLong(at));
                    }
                    return result;
                },
                result -> {
                    if (result == CudaResult.SUCCESS) {
                        context.handles().bind(kind, wire, NativeMemory.getLong(at), owner);
                    }
                    return description::write;
                });
    }

    @Override
    default int cuModuleUnload(CallContext context, Reader in, Writer out) {
        long wire = in.readHandle();
        in.end();
        long module = context.handles().nativeOf(HandleKind.MODULE, wire);
        if (module == HandleTable.INVALID || module == 0) {
            return CudaResult.INVALID_HANDLE;
        }
        context.handles().dropOwned(wire);
        context.handles().drop(HandleKind.MODULE, wire);
        return MemoryExecutors.later(context, () -> context.driver().cuModuleUnload(module));
    }

    @Override
    default int cuLibraryUnload(CallContext context, Reader in, Writer out) {
        long wire = in.readHandle();
        in.end();
        long library = context.handles().nativeOf(HandleKind.LIBRARY, wire);
        if (library == HandleTable.INVALID || library == 0) {
            return CudaResult.INVALID_HANDLE;
        }
        context.handles().dropOwned(wire);
        context.handles().drop(HandleKind.LIBRARY, wire);
        return MemoryExecutors.later(context, () -> context.driver().cuLibraryUnload(library));
    }
}
