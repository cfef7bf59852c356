package io.penstock.gpuserver.software;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.protocol.codec.CudaResult;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/** Contexts: made, retained, current to a thread, asked, synchronised. */
interface ContextCalls extends DriverCalls {
    /** Every flag of cuCtxCreate: scheduling 0 to 4, map host, resize to max, coredump, user coredump, sync memops. */
    int CONTEXT_FLAGS_KNOWN = 0xff;
    /** What a context says of the API that made it. */
    int CONTEXT_API_VERSION = 3020;
    /** Highest stream priority; the lowest is 0. */
    int PRIORITY_GREATEST = -5;

    private int create(long pctx, int flags, int dev) {
        return onDevice(dev, device -> {
            if (pctx == 0 || (flags & ~CONTEXT_FLAGS_KNOWN) != 0) {
                return CudaResult.INVALID_VALUE;
            }
            Context context = new Context(device, machine().handles().take(), flags, false);
            machine().handles().put(context.handle(), context);
            machine().thread().contexts.push(context);
            NativeMemory.putLong(pctx, context.handle());
            return CudaResult.SUCCESS;
        });
    }

    @Override
    default int cuCtxCreate_v2(long pctx, int flags, int dev) {
        return create(pctx, flags, dev);
    }

    @Override
    default int cuCtxCreate_v3(long pctx, long paramsArray, int numParams, int flags, int dev) {
        return numParams == 0 ? create(pctx, flags, dev) : CudaResult.UNSUPPORTED_EXEC_AFFINITY;
    }

    @Override
    default int cuCtxCreate_v4(long pctx, long ctxCreateParams, int flags, int dev) {
        boolean plain = ctxCreateParams == 0
                || (NativeMemory.getLong(ctxCreateParams) == 0 && NativeMemory.getLong(ctxCreateParams + 16) == 0);
        return plain ? create(pctx, flags, dev) : CudaResult.NOT_SUPPORTED;
    }

    @Override
    default int cuCtxDestroy_v2(long ctx) {
        if (!machine().initialised()) {
            return CudaResult.NOT_INITIALIZED;
        }
        Context context = machine().handles().get(ctx, Context.class);
        if (context == null || context.isPrimary()) {
            return CudaResult.INVALID_CONTEXT;
        }
        machine().handles().remove(ctx, Context.class);
        context.end();
        ArrayDeque<Context> stack = machine().thread().contexts;
        if (stack.peekFirst() == context) {
            stack.pop();
        }
        return CudaResult.SUCCESS;
    }

    @Override
    default int cuDevicePrimaryCtxRetain(long pctx, int dev) {
        return onDevice(dev, device -> {
            if (pctx == 0) {
                return CudaResult.INVALID_VALUE;
            }
            Context primary = device.retainPrimary();
            if (primary.fault() != 0) {
                device.releasePrimary();
                return primary.fault();
            }
            NativeMemory.putLong(pctx, primary.handle());
            return CudaResult.SUCCESS;
        });
    }

    @Override
    default int cuDevicePrimaryCtxRelease_v2(int dev) {
        return onDevice(dev, device -> device.releasePrimary() ? CudaResult.SUCCESS : CudaResult.INVALID_CONTEXT);
    }

    @Override
    default int cuDevicePrimaryCtxReset_v2(int dev) {
        return onDevice(dev, device -> {
            device.resetPrimary();
            return CudaResult.SUCCESS;
        });
    }

    @Override
    default int cuDevicePrimaryCtxSetFlags_v2(int dev, int flags) {
        return onDevice(dev, device -> {
            if ((flags & ~CONTEXT_FLAGS_KNOWN) != 0) {
                return CudaResult.INVALID_VALUE;
            }
            device.setPrimaryFlags(flags);
            return CudaResult.SUCCESS;
        });
    }

    @Override
    default int cuDevicePrimaryCtxGetState(int dev, long flags, long active) {
        return onDevice(dev, device -> {
            NativeMemory.putInt(flags, device.primaryFlags());
            NativeMemory.putInt(active, device.primaryActive() ? 1 : 0);
            return CudaResult.SUCCESS;
        });
    }

    @Override
    default int cuCtxPushCurrent_v2(long ctx) {
        if (!machine().initialised()) {
            return CudaResult.NOT_INITIALIZED;
        }
        if (ctx == 0) {
            return CudaResult.INVALID_VALUE;
        }
        Context context = machine().handles().get(ctx, Context.class);
        if (context == null) {
            return CudaResult.INVALID_CONTEXT;
        }
        machine().thread().contexts.push(context);
        return CudaResult.SUCCESS;
    }

    @Override
    default int cuCtxPopCurrent_v2(long pctx) {
        if (!machine().initialised()) {
            return CudaResult.NOT_INITIALIZED;
        }
        Context popped = machine().thread().contexts.poll();
        if (popped == null) {
            return CudaResult.INVALID_CONTEXT;
        }
        if (pctx != 0) {
            NativeMemory.putLong(pctx, popped.handle());
        }
        return CudaResult.SUCCESS;
    }

    @Override
    default int cuCtxSetCurrent(long ctx) {
        if (!machine().initialised()) {
            return CudaResult.NOT_INITIALIZED;
        }
        ArrayDeque<Context> stack = machine().thread().contexts;
        if (ctx == 0) {
            stack.poll();
            return CudaResult.SUCCESS;
        }
        Context context = machine().handles().get(ctx, Context.class);
        if (context == null) {
            return CudaResult.INVALID_CONTEXT;
        }
        stack.poll();
        stack.push(context);
        return CudaResult.SUCCESS;
    }

    @Override
    default int cuCtxGetCurrent(long pctx) {
        if (!machine().initialised()) {
            return CudaResult.NOT_INITIALIZED;
        }
        if (pctx == 0) {
            return CudaResult.INVALID_VALUE;
        }
        Context current = machine().thread().current();
        NativeMemory.putLong(pctx, current == null ? 0 : current.handle());
        return CudaResult.SUCCESS;
    }

    /** The context of a handle, or the current one for 0; null when there is none. */
    private @Nullable Context named(long ctx) {
        return ctx == 0 ? machine().thread().current() : machine().handles().get(ctx, Context.class);
    }

    @Override
    default int cuCtxGetDevice(long device) {
        return cuCtxGetDevice_v2(device, 0);
    }

    /** Answers for a lost or inactive context too. */
    @Override
    default int cuCtxGetDevice_v2(long device, long ctx) {
        if (!machine().initialised()) {
            return CudaResult.NOT_INITIALIZED;
        }
        Context context = named(ctx);
        if (context == null) {
            return CudaResult.INVALID_CONTEXT;
        }
        NativeMemory.putInt(device, context.device().ordinal());
        return CudaResult.SUCCESS;
    }

    @Override
    default int cuCtxGetFlags(long flags) {
        if (!machine().initialised()) {
            return CudaResult.NOT_INITIALIZED;
        }
        Context context = machine().thread().current();
        if (context == null) {
            return CudaResult.INVALID_CONTEXT;
        }
        NativeMemory.putInt(flags, context.flags());
        return CudaResult.SUCCESS;
    }

    @Override
    default int cuCtxSetFlags(int flags) {
        return inContext(context -> {
            if ((flags & ~CONTEXT_FLAGS_KNOWN) != 0) {
                return CudaResult.INVALID_VALUE;
            }
            context.setFlags(flags);
            return CudaResult.SUCCESS;
        });
    }

    @Override
    default int cuCtxGetId(long ctx, long ctxId) {
        if (!machine().initialised()) {
            return CudaResult.NOT_INITIALIZED;
        }
        Context context = named(ctx);
        if (context == null) {
            return CudaResult.INVALID_CONTEXT;
        }
        if (!context.active()) {
            return CudaResult.CONTEXT_IS_DESTROYED;
        }
        NativeMemory.putLong(ctxId, context.id());
        return CudaResult.SUCCESS;
    }

    @Override
    default int cuCtxGetApiVersion(long ctx, long version) {
        if (!machine().initialised()) {
            return CudaResult.NOT_INITIALIZED;
        }
        if (named(ctx) == null) {
            return CudaResult.INVALID_CONTEXT;
        }
        NativeMemory.putInt(version, CONTEXT_API_VERSION);
        return CudaResult.SUCCESS;
    }

    @Override
    default int cuCtxSynchronize() {
        return inContext(this::synchronise);
    }

    @Override
    default int cuCtxSynchronize_v2(long ctx) {
        if (!machine().initialised()) {
            return CudaResult.NOT_INITIALIZED;
        }
        Context context = named(ctx);
        if (context == null) {
            return CudaResult.INVALID_CONTEXT;
        }
        int refusal = machine().usable(context);
        return refusal == CudaResult.SUCCESS ? synchronise(context) : refusal;
    }

    private int synchronise(Context context) {
        int refusal = machine().captures().refuse(machine().thread(), context.streams());
        if (refusal != CudaResult.SUCCESS) {
            return refusal;
        }
        machine().timeline().await(context.streams());
        return context.fault();
    }

    @Override
    default int cuCtxGetLimit(long pvalue, int limit) {
        return inContext(context -> {
            if (!context.knowsLimit(limit)) {
                return CudaResult.UNSUPPORTED_LIMIT;
            }
            NativeMemory.putLong(pvalue, context.limit(limit));
            return CudaResult.SUCCESS;
        });
    }

    @Override
    default int cuCtxSetLimit(int limit, long value) {
        return inContext(context -> {
            if (!context.knowsLimit(limit)) {
                return CudaResult.UNSUPPORTED_LIMIT;
            }
            if (value < 0) {
                return CudaResult.INVALID_VALUE;
            }
            return context.setLimit(limit, value) ? CudaResult.SUCCESS : CudaResult.INVALID_VALUE;
        });
    }

    @Override
    default int cuCtxGetCacheConfig(long pconfig) {
        return inContext(context -> {
            NativeMemory.putInt(pconfig, 0);
            return CudaResult.SUCCESS;
        });
    }

    @Override
    default int cuCtxSetCacheConfig(int config) {
        return inContext(context -> config >= 0 && config <= 3 ? CudaResult.SUCCESS : CudaResult.INVALID_VALUE);
    }

    @Override
    default int cuCtxGetSharedMemConfig(long pConfig) {
        return inContext(context -> {
            NativeMemory.putInt(pConfig, 1); // banks of four bytes
            return CudaResult.SUCCESS;
        });
    }

    @Override
    default int cuCtxSetSharedMemConfig(int config) {
        return inContext(context -> config >= 0 && config <= 2 ? CudaResult.SUCCESS : CudaResult.INVALID_VALUE);
    }

    @Override
    default int cuCtxGetStreamPriorityRange(long leastPriority, long greatestPriority) {
        return inContext(context -> {
            if (leastPriority != 0) {
                NativeMemory.putInt(leastPriority, 0);
            }
            if (greatestPriority != 0) {
                NativeMemory.putInt(greatestPriority, PRIORITY_GREATEST);
            }
            return CudaResult.SUCCESS;
        });
    }

    @Override
    default int cuCtxResetPersistingL2Cache() {
        return inContext(context -> CudaResult.SUCCESS);
    }

    @Override
    default int cuCtxEnablePeerAccess(long peerContext, int flags) {
        return inContext(context -> {
            Context peer = machine().handles().get(peerContext, Context.class);
            if (peer == null || peer == context) {
                return CudaResult.INVALID_CONTEXT;
            }
            if (flags != 0) {
                return CudaResult.INVALID_VALUE;
            }
            if (peer.device() == context.device()) {
                return CudaResult.PEER_ACCESS_UNSUPPORTED;
            }
            return context.peers().add(peer) ? CudaResult.SUCCESS : CudaResult.PEER_ACCESS_ALREADY_ENABLED;
        });
    }

    @Override
    default int cuCtxDisablePeerAccess(long peerContext) {
        return inContext(context -> {
            Context peer = machine().handles().get(peerContext, Context.class);
            if (peer == null) {
                return CudaResult.INVALID_CONTEXT;
            }
            return context.peers().remove(peer) ? CudaResult.SUCCESS : CudaResult.PEER_ACCESS_NOT_ENABLED;
        });
    }
}
