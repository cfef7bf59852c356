package io.penstock.gpuserver.driver;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.function.LongConsumer;

/**
 * A C function {@code void (void *)} that calls Java, for a driver that is to call the program (CUhostFn). Its argument is a
 * number. Whoever calls it may be a thread that Java has never seen; nothing may be thrown.
 */
public final class HostFunction {
    private HostFunction() {}

    /** The address of one that lives as long as the process. */
    @SuppressWarnings("restricted") // a driver calls pointers
    public static long of(LongConsumer target) {
        try {
            MethodHandle accept = MethodHandles.publicLookup()
                    .findVirtual(LongConsumer.class, "accept", MethodType.methodType(void.class, long.class))
                    .bindTo(target);
            return Linker.nativeLinker()
                    .upcallStub(accept, FunctionDescriptor.ofVoid(ValueLayout.JAVA_LONG), Arena.global())
                    .address();
        } catch (ReflectiveOperationException impossible) {
            throw new IllegalStateException("LongConsumer has no accept", impossible);
        }
    }
}
