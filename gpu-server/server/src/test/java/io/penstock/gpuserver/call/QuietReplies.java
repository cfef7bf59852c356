package io.penstock.gpuserver.call;

import io.penstock.protocol.codec.Writer;
import java.util.function.Consumer;

/** A client that hears nothing but the answers to its calls. */
interface QuietReplies extends Replies {
    @Override
    default void send(int type, int thread, Consumer<Writer> body) {}

    @Override
    default void sendData(int thread, Consumer<Writer> body) {}

    @Override
    default void leave() {}

    @Override
    default void payload(long id, long address, long bytes) {}
}
