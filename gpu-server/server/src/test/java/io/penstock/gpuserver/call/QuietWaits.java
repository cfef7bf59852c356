package io.penstock.gpuserver.call;

import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;

/** Lanes in which nothing but what a test gives them ever waits. */
interface QuietWaits extends Waits {
    @Override
    default void soon(long lane, long context, long[] events, BooleanSupplier may, IntConsumer task) {
        after(lane, context, events, task);
    }

    @Override
    default boolean isIdle(long lane) {
        return true;
    }

    @Override
    default void drain(long lane) {}
}
