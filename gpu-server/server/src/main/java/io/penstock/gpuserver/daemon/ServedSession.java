package io.penstock.gpuserver.daemon;

import io.penstock.protocol.identity.Lease;
import java.time.Instant;

/** One client process being served: its lease, its worker and its seat. The daemon's event loop only. */
final class ServedSession {
    private final String id;
    private final WorkerProcess worker;
    private final LeaseBook.Seat seat;
    private Lease lease;

    ServedSession(String id, Lease lease, WorkerProcess worker, LeaseBook.Seat seat) {
        this.id = id;
        this.lease = lease;
        this.worker = worker;
        this.seat = seat;
    }

    String id() {
        return id;
    }

    Lease lease() {
        return lease;
    }

    WorkerProcess worker() {
        return worker;
    }

    LeaseBook.Seat seat() {
        return seat;
    }

    boolean isExpired(Instant now) {
        return !now.isBefore(lease.expires());
    }

    /** The same lease with a later end; any other lease is a bug of the caller. */
    void renew(Lease renewed) {
        if (!renewed.id().equals(lease.id())) {
            throw new IllegalArgumentException(
                    "session " + id + " is under lease " + lease.id() + ", not " + renewed.id());
        }
        lease = renewed;
    }

    /** Ends it; the client reads the reason, and the worker is gone within two seconds. */
    void end(String reason) {
        worker.end(reason);
    }
}
