package io.penstock.gpuserver.call;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.gpuserver.driver.Scratch;
import io.penstock.protocol.codec.CudaResult;
import io.penstock.protocol.codec.HandleKind;
import io.penstock.protocol.codec.Limits;
import io.penstock.protocol.codec.Reader;
import io.penstock.protocol.codec.Writer;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** The JIT linker. Each reply carries the logs of the state as they stand, for the program's own buffers. */
interface LinkExecutors extends HandCalls {
    /** What a frame holds beside both logs, their lengths and the headers. */
    long IMAGE_BYTES_MAX = Limits.FRAME_BYTES_MAX - 2L * JitOptions.LOG_BYTES_MAX - 1024;

    LinkTable links();

    @Override
    default int cuLinkCreate_v2(CallContext context, Reader in, Writer out) {
        long wire = in.readHandle();
        @SuppressWarnings("MustBeClosedChecker") // it is the state's, until that ends
        Arena memory = Arena.ofConfined();
        try (Scratch scratch = new Scratch()) {
            JitOptions options = JitOptions.read(in, memory);
            in.end();
            long made = scratch.room(Long.BYTES);
            int result = context.driver().cuLinkCreate_v2(options.count(), options.names(), options.values(), made);
            if (result != CudaResult.SUCCESS) {
                memory.close();
                return result;
            }
            long state = NativeMemory.getLong(made);
            context.handles().bind(HandleKind.LINK, wire, state);
            links().add(state, options, memory);
            return result;
        }
    }

    @Override
    default int cuLinkAddData_v2(CallContext context, Reader in, Writer out) {
        long state = context.handles().nativeOf(HandleKind.LINK, in.readHandle());
        int type = in.readU32();
        in.readU32();
        JitOptions of = links().optionsOf(state);
        try (Arena arena = Arena.ofConfined()) {
            long name = in.readString(arena, false);
            long total = in.readU64();
            MemorySegment image = JitImage.readBytes(context, in, arena, total);
            JitOptions jit = JitOptions.read(in, arena);
            in.end();
            if (of == null) {
                return CudaResult.INVALID_HANDLE;
            }
            int result = context.driver()
                    .cuLinkAddData_v2(
                            state, type, image.address(), total, name, jit.count(), jit.names(), jit.values());
            of.writeLogs(out);
            return result;
        }
    }

    @Override
    default int cuLinkComplete(CallContext context, Reader in, Writer out) {
        long state = context.handles().nativeOf(HandleKind.LINK, in.readHandle());
        in.readU64();
        in.readU64();
        in.end();
        JitOptions of = links().optionsOf(state);
        if (of == null) {
            return CudaResult.INVALID_HANDLE;
        }
        try (Scratch scratch = new Scratch()) {
            long cubin = scratch.room(Long.BYTES);
            long size = scratch.room(Long.BYTES);
            int result = context.driver().cuLinkComplete(state, cubin, size);
            long bytes = result == CudaResult.SUCCESS ? NativeMemory.getLong(size) : 0;
            if (bytes > IMAGE_BYTES_MAX) {
                result = CudaResult.NOT_SUPPORTED;
                bytes = 0;
            }
            out.putBytes(
                    bytes == 0 ? MemorySegment.NULL : NativeMemory.all().asSlice(NativeMemory.getLong(cubin), bytes));
            of.writeLogs(out);
            return result;
        }
    }

    @Override
    default int cuLinkDestroy(CallContext context, Reader in, Writer out) {
        long wire = in.readHandle();
        in.end();
        long state = context.handles().nativeOf(HandleKind.LINK, wire);
        if (links().optionsOf(state) == null) {
            return CudaResult.INVALID_HANDLE;
        }
        context.handles().drop(HandleKind.LINK, wire);
        int result = context.driver().cuLinkDestroy(state);
        links().remove(state);
        return result;
    }
}
