package io.penstock.protocol.link;

/** Decides what becomes of connections whose peer has proved its certificate. Called on the connection's event loop. */
public interface Acceptor {
    /** A control connection; the acceptor opens the link or closes it. Its first frame is about to be delivered. */
    void control(Link link);

    /**
     * A bulk connection.
     *
     * @param ticket what the peer presented, at most {@link LinkServer#TICKET_BYTES_MAX} bytes
     * @throws LinkException when the ticket opens nothing here
     */
    void bulk(BulkLink link, String ticket) throws LinkException;
}
