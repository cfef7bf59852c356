package io.penstock.gpuserver.software;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * A C function that a stream calls when its turn comes: {@code void (void *)} of cuLaunchHostFunc or {@code void (CUstream,
 * CUresult, void *)} of cuStreamAddCallback.
 */
record HostWork(long function, boolean ofStream, long stream, long userData) implements Work {
    private static final MethodHandle HOST_FUNCTION = handle(FunctionDescriptor.ofVoid(ValueLayout.JAVA_LONG));
    private static final MethodHandle STREAM_CALLBACK =
            handle(FunctionDescriptor.ofVoid(ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG));

    static HostWork function(long function, long userData) {
        return new HostWork(function, false, 0, userData);
    }

    static HostWork streamCallback(long function, long stream, long userData) {
        return new HostWork(function, true, stream, userData);
    }

    @SuppressWarnings("restricted") // calling a pointer that a program gave is what the call is for
    private static MethodHandle handle(FunctionDescriptor signature) {
        return Linker.nativeLinker().downcallHandle(signature);
    }

    @Override
    public void run() {
        MemorySegment target = MemorySegment.ofAddress(function);
        try {
            if (ofStream) {
                STREAM_CALLBACK.invokeExact(target, stream, 0, userData);
            } else {
                HOST_FUNCTION.invokeExact(target, userData);
            }
        } catch (Throwable impossible) {
            throw new IllegalStateException("a C function threw", impossible);
        }
    }

    /** May take as long as it likes, so never on the caller's thread. */
    @Override
    public boolean brief() {
        return false;
    }

    @Override
    public NodeType nodeType() {
        return NodeType.HOST;
    }
}
