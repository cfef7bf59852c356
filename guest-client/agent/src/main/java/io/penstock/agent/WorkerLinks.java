package io.penstock.agent;

import io.penstock.protocol.link.BulkLink;
import io.penstock.protocol.link.Link;
import io.vertx.core.Future;
import java.util.List;

/**
 * A program's connections to its worker.
 *
 * @param session the session's name in the server's log
 * @param ticket what the program's HELLO must carry
 * @param control whole frames, in order
 * @param bulk connects the bulk connections; to be called once, after WELCOME has come
 * @param closer frees what the connections were made with
 */
record WorkerLinks(String session, String ticket, Link control, BulkConnector bulk, Runnable closer) {
    /** Connects what carries the payloads. */
    @FunctionalInterface
    interface BulkConnector {
        /** All bulk connections of the session, each having shown its ticket. */
        Future<List<BulkLink>> connect();
    }
}
