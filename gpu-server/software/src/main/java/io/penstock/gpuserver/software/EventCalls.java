package io.penstock.gpuserver.software;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.protocol.codec.CudaResult;
import java.util.List;
import java.util.function.ToIntFunction;

/** Events: recorded in streams, asked, waited for, and the time between two. */
interface EventCalls extends DriverCalls {
    /** CU_EVENT_RECORD_EXTERNAL. */
    int RECORD_EXTERNAL = 1;

    private int onEvent(long handle, ToIntFunction<Event> call) {
        return inContext(context -> {
            Event event = machine().handles().get(handle, Event.class);
            if (event == null) {
                return CudaResult.INVALID_HANDLE;
            }
            int refusal = machine().usable(event.context());
            return refusal == CudaResult.SUCCESS ? call.applyAsInt(event) : refusal;
        });
    }

    @Override
    default int cuEventCreate(long phEvent, int flags) {
        return inContext(context -> {
            boolean interprocessWithTiming = (flags & 4) != 0 && (flags & Event.DISABLE_TIMING) == 0;
            if (phEvent == 0 || (flags & ~Event.FLAGS_KNOWN) != 0 || interprocessWithTiming) {
                return CudaResult.INVALID_VALUE;
            }
            NativeMemory.putLong(phEvent, machine().handles().add(new Event(context, flags)));
            return CudaResult.SUCCESS;
        });
    }

    @Override
    default int cuEventDestroy_v2(long hEvent) {
        Event event = machine().handles().get(hEvent, Event.class);
        return inContextOf(event == null ? null : event.context(), context -> {
            if (event == null) {
                return CudaResult.INVALID_HANDLE;
            }
            int refusal = machine().usable(event.context());
            if (refusal == CudaResult.SUCCESS) {
                machine().handles().remove(hEvent, Event.class);
            }
            return refusal;
        });
    }

    @Override
    default int cuEventRecord(long hEvent, long hStream) {
        return cuEventRecordWithFlags(hEvent, hStream, 0);
    }

    @Override
    default int cuEventRecordWithFlags(long hEvent, long hStream, int flags) {
        return onEvent(
                hEvent,
                event -> onStream(hStream, stream -> {
                    if ((flags & ~RECORD_EXTERNAL) != 0) {
                        return CudaResult.INVALID_VALUE;
                    }
                    if (stream.context() != event.context()) {
                        return CudaResult.INVALID_HANDLE;
                    }
                    if (machine().captures().record(stream, event, flags == RECORD_EXTERNAL)) {
                        return CudaResult.SUCCESS;
                    }
                    event.record(machine().timeline().submit(stream, MarkWork.RECORD, List.of()));
                    return CudaResult.SUCCESS;
                }));
    }

    /** Records the event after everything that the context has under way. */
    @Override
    default int cuCtxRecordEvent(long hCtx, long hEvent) {
        return onEvent(hEvent, event -> {
            Context context = machine().handles().get(hCtx, Context.class);
            if (context == null || event.context() != context) {
                return CudaResult.INVALID_HANDLE;
            }
            List<Operation> tails = machine().timeline().tails(context.streams());
            Stream marker =
                    new Stream(context, Stream.NON_BLOCKING, 0, machine().nextStreamId());
            event.record(machine().timeline().submit(marker, MarkWork.RECORD, tails));
            return CudaResult.SUCCESS;
        });
    }

    /** Makes everything that the context is given from now on wait for the event. */
    @Override
    default int cuCtxWaitEvent(long hCtx, long hEvent) {
        return onEvent(hEvent, event -> {
            Context context = machine().handles().get(hCtx, Context.class);
            if (context == null) {
                return CudaResult.INVALID_CONTEXT;
            }
            Operation recorded = event.recorded();
            if (recorded != null && !recorded.done()) {
                for (Stream stream : context.streams()) {
                    machine().timeline().submit(stream, MarkWork.WAIT, List.of(recorded));
                }
            }
            return CudaResult.SUCCESS;
        });
    }

    @Override
    default int cuEventQuery(long hEvent) {
        return onEvent(hEvent, event -> {
            int refusal = machine().captures().refuseCaptured(event);
            if (refusal != CudaResult.SUCCESS) {
                return refusal;
            }
            Operation recorded = event.recorded();
            if (recorded != null && !recorded.done()) {
                return CudaResult.NOT_READY;
            }
            return event.context().fault();
        });
    }

    @Override
    default int cuEventSynchronize(long hEvent) {
        return onEvent(hEvent, event -> {
            int refusal = machine().captures().refuseCaptured(event);
            if (refusal != CudaResult.SUCCESS) {
                return refusal;
            }
            machine().timeline().await(event.recorded());
            return event.context().fault();
        });
    }

    @Override
    default int cuEventElapsedTime(long pMilliseconds, long hStart, long hEnd) {
        return cuEventElapsedTime_v2(pMilliseconds, hStart, hEnd);
    }

    @Override
    default int cuEventElapsedTime_v2(long pMilliseconds, long hStart, long hEnd) {
        return onEvent(
                hStart,
                start -> onEvent(hEnd, end -> {
                    Operation from = start.recorded();
                    Operation to = end.recorded();
                    if (pMilliseconds == 0) {
                        return CudaResult.INVALID_VALUE;
                    }
                    if (from == null || to == null || !start.timed() || !end.timed()) {
                        return CudaResult.INVALID_HANDLE;
                    }
                    if (!from.done() || !to.done()) {
                        return CudaResult.NOT_READY;
                    }
                    long micros = (to.finishedNanos() - from.finishedNanos()) / 1000;
                    NativeMemory.putFloat(pMilliseconds, micros / 1000f);
                    return CudaResult.SUCCESS;
                }));
    }
}
