package io.penstock.gpuserver.software;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.protocol.codec.CudaResult;
import java.util.List;

/** Streams: made, asked, waited for; host functions; waits and writes of single words. */
interface StreamCalls extends DriverCalls {
    /** Operations in one batch; CUDA's own limit. */
    int BATCH_MAX = 256;
    /** Size of CUstreamBatchMemOpParams. */
    int BATCH_OPERATION_BYTES = 48;
    /** Size of CUlaunchAttributeValue. */
    int ATTRIBUTE_BYTES = 64;
    /** CU_LAUNCH_ATTRIBUTE_PRIORITY. */
    int ATTRIBUTE_PRIORITY = 8;
    /** The highest CUlaunchAttributeID. */
    int ATTRIBUTE_LAST = 16;

    @Override
    default int cuStreamCreate(long phStream, int flags) {
        return cuStreamCreateWithPriority(phStream, flags, 0);
    }

    @Override
    default int cuStreamCreateWithPriority(long phStream, int flags, int priority) {
        return inContext(context -> {
            if (phStream == 0 || (flags & ~Stream.NON_BLOCKING) != 0) {
                return CudaResult.INVALID_VALUE;
            }
            int kept = Math.max(ContextCalls.PRIORITY_GREATEST, Math.min(0, priority));
            Stream stream = new Stream(context, flags, kept, machine().nextStreamId());
            context.streams().add(stream);
            NativeMemory.putLong(phStream, machine().handles().add(stream));
            return CudaResult.SUCCESS;
        });
    }

    /** Answers at once; what is queued still runs. */
    @Override
    default int cuStreamDestroy_v2(long hStream) {
        Stream known = machine().handles().get(hStream, Stream.class);
        return inContextOf(known == null ? null : known.context(), context -> {
            Stream stream = machine().handles().remove(hStream, Stream.class);
            if (stream == null) {
                return CudaResult.INVALID_HANDLE;
            }
            stream.context().retire(stream);
            return CudaResult.SUCCESS;
        });
    }

    @Override
    default int cuStreamQuery(long hStream) {
        return onStream(hStream, stream -> {
            int refusal = machine().captures().refuseSynchronous(stream);
            if (refusal != CudaResult.SUCCESS) {
                return refusal;
            }
            boolean idle = stream.idle();
            return idle ? stream.context().fault() : CudaResult.NOT_READY;
        });
    }

    @Override
    default int cuStreamSynchronize(long hStream) {
        return onStream(hStream, stream -> {
            int refusal = machine().captures().refuseSynchronous(stream);
            if (refusal != CudaResult.SUCCESS) {
                return refusal;
            }
            machine().timeline().await(stream.synchronisedWith());
            return stream.context().fault();
        });
    }

    @Override
    default int cuStreamGetFlags(long hStream, long flags) {
        return onStream(hStream, stream -> {
            NativeMemory.putInt(flags, stream.flags());
            return CudaResult.SUCCESS;
        });
    }

    @Override
    default int cuStreamGetPriority(long hStream, long priority) {
        return onStream(hStream, stream -> {
            NativeMemory.putInt(priority, stream.priority());
            return CudaResult.SUCCESS;
        });
    }

    @Override
    default int cuStreamGetId(long hStream, long streamId) {
        return onStream(hStream, stream -> {
            NativeMemory.putLong(streamId, stream.id());
            return CudaResult.SUCCESS;
        });
    }

    @Override
    default int cuStreamGetCtx(long hStream, long pctx) {
        return onStream(hStream, stream -> {
            NativeMemory.putLong(pctx, stream.context().handle());
            return CudaResult.SUCCESS;
        });
    }

    @Override
    default int cuStreamGetCtx_v2(long hStream, long pCtx, long pGreenCtx) {
        int result = cuStreamGetCtx(hStream, pCtx);
        if (result == CudaResult.SUCCESS && pGreenCtx != 0) {
            NativeMemory.putLong(pGreenCtx, 0);
        }
        return result;
    }

    @Override
    default int cuStreamGetDevice(long hStream, long device) {
        return onStream(hStream, stream -> {
            NativeMemory.putInt(device, stream.context().device().ordinal());
            return CudaResult.SUCCESS;
        });
    }

    @Override
    default int cuStreamWaitEvent(long hStream, long hEvent, int flags) {
        return onStream(hStream, stream -> {
            Event event = machine().handles().get(hEvent, Event.class);
            if (event == null) {
                return CudaResult.INVALID_HANDLE;
            }
            if ((flags & ~1) != 0) {
                return CudaResult.INVALID_VALUE;
            }
            Integer captured = machine().captures().join(stream, event);
            if (captured != null) {
                return captured;
            }
            Operation recorded = event.recorded();
            if (recorded != null && !recorded.done()) {
                machine().timeline().submit(stream, MarkWork.WAIT, List.of(recorded));
            }
            return CudaResult.SUCCESS;
        });
    }

    @Override
    default int cuLaunchHostFunc(long hStream, long fn, long userData) {
        return onStream(hStream, stream -> {
            if (fn == 0) {
                return CudaResult.INVALID_VALUE;
            }
            return enqueue(stream, HostWork.function(fn, userData));
        });
    }

    @Override
    default int cuStreamAddCallback(long hStream, long callback, long userData, int flags) {
        return onStream(hStream, stream -> {
            if (callback == 0 || flags != 0) {
                return CudaResult.INVALID_VALUE;
            }
            int refusal = machine().captures().refuseSynchronous(stream);
            if (refusal != CudaResult.SUCCESS) {
                return refusal;
            }
            return enqueue(stream, HostWork.streamCallback(callback, hStream, userData));
        });
    }

    private int word(long hStream, long addr, int bytes, Work work) {
        return onStream(hStream, stream -> {
            boolean known = machine().isDeviceRange(addr, bytes) || machine().isPinned(addr, bytes);
            if (!known || addr % bytes != 0) {
                return CudaResult.INVALID_VALUE;
            }
            return enqueue(stream, work);
        });
    }

    @Override
    default int cuStreamWriteValue32_v2(long hStream, long addr, int value, int flags) {
        return word(hStream, addr, 4, new WordWork.Write(machine(), addr, value, 4));
    }

    @Override
    default int cuStreamWriteValue64_v2(long hStream, long addr, long value, int flags) {
        return word(hStream, addr, 8, new WordWork.Write(machine(), addr, value, 8));
    }

    @Override
    default int cuStreamWaitValue32_v2(long hStream, long addr, int value, int flags) {
        return waitValue(hStream, addr, Integer.toUnsignedLong(value), 4, flags);
    }

    @Override
    default int cuStreamWaitValue64_v2(long hStream, long addr, long value, int flags) {
        return waitValue(hStream, addr, value, 8, flags);
    }

    private int waitValue(long hStream, long addr, long value, int bytes, int flags) {
        if ((flags & ~0x40000003) != 0) {
            return CudaResult.INVALID_VALUE;
        }
        return onStream(
                hStream,
                stream -> word(
                        hStream, addr, bytes, new WordWork.Await(stream.context(), addr, value, bytes, flags & 3)));
    }

    /** CUstreamBatchMemOpParams of 48 bytes: operation, address, value, flags. */
    @Override
    default int cuStreamBatchMemOp_v2(long stream, int count, long paramArray, int flags) {
        if (count < 0 || count > BATCH_MAX || flags != 0) {
            return CudaResult.INVALID_VALUE;
        }
        int result = CudaResult.SUCCESS;
        for (int i = 0; i < count && result == CudaResult.SUCCESS; i++) {
            long at = paramArray + (long) i * BATCH_OPERATION_BYTES;
            long address = NativeMemory.getLong(at + 8);
            long value = NativeMemory.getLong(at + 16);
            int condition = NativeMemory.getInt(at + 24);
            result = switch (NativeMemory.getInt(at)) {
                case 1 -> cuStreamWaitValue32_v2(stream, address, (int) value, condition);
                case 2 -> cuStreamWriteValue32_v2(stream, address, (int) value, condition);
                case 3, 6 -> CudaResult.SUCCESS; // flush and barrier: memory here is one
                case 4 -> cuStreamWaitValue64_v2(stream, address, value, condition);
                case 5 -> cuStreamWriteValue64_v2(stream, address, value, condition);
                default -> CudaResult.INVALID_VALUE;
            };
        }
        return result;
    }

    /** Of the attributes only the priority says anything about a software GPU's stream. */
    @Override
    default int cuStreamGetAttribute(long hStream, int attr, long value) {
        return onStream(hStream, stream -> {
            if (attr < 1 || attr > ATTRIBUTE_LAST || value == 0) {
                return CudaResult.INVALID_VALUE;
            }
            NativeMemory.fill(value, ATTRIBUTE_BYTES, (byte) 0);
            if (attr == ATTRIBUTE_PRIORITY) {
                NativeMemory.putInt(value, stream.priority());
            }
            return CudaResult.SUCCESS;
        });
    }

    /** Hints, every one of them. */
    @Override
    default int cuStreamSetAttribute(long hStream, int attr, long param) {
        return onStream(
                hStream,
                stream -> attr < 1 || attr > ATTRIBUTE_LAST || param == 0
                        ? CudaResult.INVALID_VALUE
                        : CudaResult.SUCCESS);
    }

    @Override
    default int cuStreamCopyAttributes(long dstStream, long srcStream) {
        return onStream(dstStream, to -> onStream(srcStream, from -> CudaResult.SUCCESS));
    }

    @Override
    default int cuThreadExchangeStreamCaptureMode(long mode) {
        if (!machine().initialised()) {
            return CudaResult.NOT_INITIALIZED;
        }
        int wanted = NativeMemory.getInt(mode);
        if (wanted < Capture.MODE_GLOBAL || wanted > Capture.MODE_RELAXED) {
            return CudaResult.INVALID_VALUE;
        }
        ThreadState thread = machine().thread();
        NativeMemory.putInt(mode, thread.captureMode);
        thread.captureMode = wanted;
        return CudaResult.SUCCESS;
    }
}
