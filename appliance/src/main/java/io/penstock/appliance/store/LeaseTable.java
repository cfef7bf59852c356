package io.penstock.appliance.store;

import io.penstock.protocol.identity.Lease;
import io.penstock.protocol.identity.LeasedGpu;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;

/** The tables {@code lease} and {@code lease_gpu}. */
public final class LeaseTable {
    private final Handle handle;

    /** The tables as seen in this transaction. */
    public LeaseTable(Handle handle) {
        this.handle = handle;
    }

    /** Adds a lease in force. */
    public void insert(Lease lease, Instant renewBy) {
        handle.createUpdate("INSERT INTO lease (id, client, server, user_name, priority, granted_ms,"
                        + " issued_ms, expires_ms, renew_by_ms) VALUES (:id, :client, :server, :user, :priority, :issued,"
                        + " :issued, :expires, :renewBy)")
                .bind("id", lease.id())
                .bind("client", lease.client())
                .bind("server", lease.server())
                .bind("user", lease.user())
                .bind("priority", lease.priority())
                .bind("issued", lease.issued().toEpochMilli())
                .bind("expires", lease.expires().toEpochMilli())
                .bind("renewBy", renewBy.toEpochMilli())
                .execute();
        PreparedBatch batch = handle.prepareBatch("INSERT INTO lease_gpu (lease, position, uuid, memory_bytes)"
                + " VALUES (:lease, :position, :uuid, :memory)");
        for (int position = 0; position < lease.gpus().size(); position++) {
            LeasedGpu gpu = lease.gpus().get(position);
            batch.bind("lease", lease.id())
                    .bind("position", position)
                    .bind("uuid", gpu.uuid())
                    .bind("memory", gpu.memoryBytes())
                    .add();
        }
        batch.execute();
    }

    /** The lease with this id, in force or not. */
    public Optional<LeaseRow> find(String id) {
        return handle.createQuery("SELECT * FROM lease WHERE id = :id")
                .bind("id", id)
                .map((row, context) -> read(row))
                .findOne();
    }

    /** The leases in force, oldest first. */
    public List<LeaseRow> inForce() {
        return handle.createQuery("SELECT * FROM lease WHERE ended IS NULL ORDER BY granted_ms, id")
                .map((row, context) -> read(row))
                .list();
    }

    /** A client's leases in force. */
    public List<LeaseRow> inForceOf(String client) {
        return handle.createQuery(
                        "SELECT * FROM lease WHERE ended IS NULL AND client = :client ORDER BY granted_ms, id")
                .bind("client", client)
                .map((row, context) -> read(row))
                .list();
    }

    /** Leases of a server that ended before their newest signature expires. */
    public List<String> endedEarly(String server, Instant now) {
        return handle.createQuery(
                        "SELECT id FROM lease WHERE server = :server AND ended IS NOT NULL AND expires_ms > :now")
                .bind("server", server)
                .bind("now", now.toEpochMilli())
                .mapTo(String.class)
                .list();
    }

    /** Leases in force that should have been renewed by now. */
    public List<LeaseRow> overdue(Instant now) {
        return handle.createQuery("SELECT * FROM lease WHERE ended IS NULL AND renew_by_ms <= :now")
                .bind("now", now.toEpochMilli())
                .map((row, context) -> read(row))
                .list();
    }

    /** Notes a renewal: the newest signature and the next deadline. */
    public void renew(Lease lease, Instant renewBy) {
        handle.createUpdate("UPDATE lease SET issued_ms = :issued, expires_ms = :expires, renew_by_ms = :renewBy"
                        + " WHERE id = :id")
                .bind("id", lease.id())
                .bind("issued", lease.issued().toEpochMilli())
                .bind("expires", lease.expires().toEpochMilli())
                .bind("renewBy", renewBy.toEpochMilli())
                .execute();
    }

    /** Gives every lease in force at least until then to be renewed. */
    public void extendDeadlines(Instant renewBy) {
        handle.createUpdate("UPDATE lease SET renew_by_ms = :renewBy WHERE ended IS NULL AND renew_by_ms < :renewBy")
                .bind("renewBy", renewBy.toEpochMilli())
                .execute();
    }

    /** Ends a lease; true if it was in force. */
    public boolean end(String id, String reason) {
        return handle.createUpdate("UPDATE lease SET ended = :reason WHERE id = :id AND ended IS NULL")
                        .bind("id", id)
                        .bind("reason", reason)
                        .execute()
                > 0;
    }

    /** Forgets leases that ended and whose newest signature expired before this time. */
    public void deleteExpired(Instant before) {
        handle.createUpdate("DELETE FROM lease WHERE ended IS NOT NULL AND expires_ms < :before")
                .bind("before", before.toEpochMilli())
                .execute();
    }

    private LeaseRow read(ResultSet row) throws SQLException {
        String id = row.getString("id");
        Lease lease = new Lease(
                id,
                row.getString("client"),
                row.getString("user_name"),
                row.getString("server"),
                gpus(id),
                row.getInt("priority"),
                Instant.ofEpochMilli(row.getLong("issued_ms")),
                Instant.ofEpochMilli(row.getLong("expires_ms")));
        return new LeaseRow(
                lease,
                Instant.ofEpochMilli(row.getLong("granted_ms")),
                Instant.ofEpochMilli(row.getLong("renew_by_ms")),
                row.getString("ended"));
    }

    private List<LeasedGpu> gpus(String lease) {
        return handle.createQuery("SELECT uuid, memory_bytes FROM lease_gpu WHERE lease = :lease ORDER BY position")
                .bind("lease", lease)
                .map((row, context) -> new LeasedGpu(row.getString("uuid"), row.getLong("memory_bytes")))
                .list();
    }
}
