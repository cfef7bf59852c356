package io.penstock.agent;

import io.penstock.protocol.identity.Handshake;

/** Told of each connection that an agent makes, for people who want to know whom their work goes to. Event loop only. */
@FunctionalInterface
public interface ConnectionWatch {
    /** Nobody wants to know. */
    ConnectionWatch NOBODY = (whom, handshake) -> {};

    /**
     * A connection is up.
     *
     * @param whom it leads to, in words: a server and its address, or the worker of a process
     */
    void connected(String whom, Handshake handshake);
}
