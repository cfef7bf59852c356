package io.penstock.gpuserver.call;

import io.penstock.protocol.codec.Writer;
import java.util.function.Consumer;

/** The way back to the client. Any thread; frames leave in the order of the calls made here. */
public interface Replies {
    /** Writes no out-parameters. */
    Consumer<Writer> NO_OUTS = out -> {};

    /**
     * Answers a deferred call: a reply if its caller waits, a FAILED frame if it was posted and failed.
     *
     * @param outs writes the out-parameters; called with result 0 only
     */
    void finish(Pending call, int result, Consumer<Writer> outs);

    /** Sends a control frame. */
    void send(int type, int thread, Consumer<Writer> body);

    /**
     * Sends the bytes of a posted copy, which the client needs when it hears that the copy is done and not before: they
     * leave with the frame that tells it, or with {@link #leave()}.
     */
    void sendData(int thread, Consumer<Writer> body);

    /** What waits for company leaves alone. */
    void leave();

    /**
     * Sends the bytes of a payload down on the bulk connections, in chunks; blocks while they are full.
     *
     * @param address native memory, which may be used again when this returns
     */
    void payload(long id, long address, long bytes) throws InterruptedException;
}
