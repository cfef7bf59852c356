package io.penstock.gpuserver.software;

import io.penstock.gpuserver.driver.CudaDriver;
import io.penstock.protocol.codec.CudaResult;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * What the families of calls share: the machine, and the checks that come before a call's own.
 *
 * <p>Each family is an interface of default methods, so that the driver is the sum of its families and every call stands
 * once, under its C name.
 */
interface DriverCalls extends CudaDriver {
    /** CU_STREAM_LEGACY as a handle. */
    long STREAM_LEGACY = 1;
    /** CU_STREAM_PER_THREAD as a handle. */
    long STREAM_PER_THREAD = 2;

    /** The state behind this driver. */
    Machine machine();

    /** Answers the call with the current context, or what refuses it. */
    default int inContext(ToIntFunction<Context> call) {
        int refusal = machine().enter();
        return refusal == CudaResult.SUCCESS ? call.applyAsInt(machine().current()) : refusal;
    }

    /**
     * Answers a call that ends a thing. It needs no current context, for the thing has one: programs free what they have after
     * they popped every context (numba does, whenever it resets a device).
     *
     * @param owner the thing's; null = unknown, and the current one is needed
     */
    default int inContextOf(@Nullable Context owner, ToIntFunction<Context> call) {
        if (owner == null || !machine().initialised() || machine().thread().current() != null) {
            return inContext(call);
        }
        int refusal = machine().usable(owner);
        return refusal == CudaResult.SUCCESS ? call.applyAsInt(owner) : refusal;
    }

    /** Answers the call with the device, or what refuses it. */
    default int onDevice(int ordinal, ToIntFunction<Device> call) {
        if (!machine().initialised()) {
            return CudaResult.NOT_INITIALIZED;
        }
        Device device = machine().device(ordinal);
        return device == null ? CudaResult.INVALID_DEVICE : call.applyAsInt(device);
    }

    /** Answers the call with the stream that the handle means for this thread, or what refuses it. */
    default int onStream(long handle, ToIntFunction<Stream> call) {
        return inContext(context -> {
            Stream stream = stream(context, handle);
            if (stream == null) {
                return CudaResult.INVALID_HANDLE;
            }
            int refusal = machine().usable(stream.context());
            return refusal == CudaResult.SUCCESS ? call.applyAsInt(stream) : refusal;
        });
    }

    /** Queues work, or records it in the stream's capture; refused where a capture forbids it. */
    default int enqueue(Stream stream, Work work) {
        int refusal = machine().captures().refuseImplicit(stream);
        if (refusal == CudaResult.SUCCESS) {
            stream.enqueue(work);
        }
        return refusal;
    }

    /** The stream of a handle, or null; 0 and 1 are the context's legacy stream, 2 is this thread's own. */
    default @Nullable Stream stream(Context context, long handle) {
        if (handle == 0 || handle == STREAM_LEGACY) {
            return context.legacy();
        }
        if (handle == STREAM_PER_THREAD) {
            Stream own = machine()
                    .thread()
                    .perThreadStreams
                    .computeIfAbsent(context, c -> new Stream(c, 0, 0, machine().nextStreamId()));
            context.streams().add(own);
            return own;
        }
        return machine().handles().get(handle, Stream.class);
    }
}
