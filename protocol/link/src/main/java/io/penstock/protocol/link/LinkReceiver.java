package io.penstock.protocol.link;

/** What the owner of a {@link Link} is told. Every method runs on the link's event loop and must not block. */
public interface LinkReceiver extends FrameSink {
    /** The frames that one read brought are all delivered: the moment to ring a doorbell once for all of them. */
    default void turnEnded() {}

    /** The peer has processed the frames up to this sequence number; never goes back. */
    default void acknowledged(long sequence) {}

    /** The bytes in flight fell below half the bound: {@link Link#isWritable()} is true again. */
    default void writable() {}

    /** The link is over; told once, after everything else. */
    void closed(String reason);
}
