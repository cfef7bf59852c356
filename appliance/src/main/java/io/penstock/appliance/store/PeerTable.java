package io.penstock.appliance.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/** The table {@code peer}. */
public final class PeerTable {
    private final Handle handle;

    /** The table as seen in this transaction. */
    public PeerTable(Handle handle) {
        this.handle = handle;
    }

    /** Adds a peer. */
    public void insert(PeerRow peer) {
        handle.createUpdate("INSERT INTO peer (id, kind, name, enabled, deleted, enrolled_ms, certificate_expires_ms)"
                        + " VALUES (:id, :kind, :name, :enabled, :deleted, :enrolled, :expires)")
                .bind("id", peer.id())
                .bind("kind", peer.kind())
                .bind("name", peer.name())
                .bind("enabled", peer.enabled())
                .bind("deleted", peer.deleted())
                .bind("enrolled", peer.enrolled().toEpochMilli())
                .bind("expires", peer.certificateExpires().toEpochMilli())
                .execute();
    }

    /** The peer with this id, deleted or not. */
    public Optional<PeerRow> find(String id) {
        return handle.createQuery("SELECT * FROM peer WHERE id = :id")
                .bind("id", id)
                .map((row, context) -> read(row))
                .findOne();
    }

    /** What people call a peer, deleted or not; its id where it is unknown. */
    public String nameOf(String id) {
        return find(id).map(PeerRow::name).orElse(id);
    }

    /** The peers of a kind that are not deleted, by name. */
    public List<PeerRow> list(String kind) {
        return handle.createQuery("SELECT * FROM peer WHERE kind = :kind AND NOT deleted ORDER BY name, id")
                .bind("kind", kind)
                .map((row, context) -> read(row))
                .list();
    }

    /** Ids of this kind that hold an unexpired certificate and must be refused. */
    public List<String> refused(String kind, Instant now) {
        return handle.createQuery("SELECT id FROM peer WHERE kind = :kind AND (deleted OR NOT enabled)"
                        + " AND certificate_expires_ms > :now")
                .bind("kind", kind)
                .bind("now", now.toEpochMilli())
                .mapTo(String.class)
                .list();
    }

    /** Enables or disables a peer. */
    public void setEnabled(String id, boolean enabled) {
        handle.createUpdate("UPDATE peer SET enabled = :enabled WHERE id = :id")
                .bind("id", id)
                .bind("enabled", enabled)
                .execute();
    }

    /** Deletes a peer for everybody but {@link #refused}. */
    public void markDeleted(String id) {
        handle.createUpdate("UPDATE peer SET deleted = TRUE WHERE id = :id")
                .bind("id", id)
                .execute();
    }

    /** Notes that the peer's newest certificate lasts this long. */
    public void setCertificateExpires(String id, Instant expires) {
        handle.createUpdate("UPDATE peer SET certificate_expires_ms = :expires WHERE id = :id")
                .bind("id", id)
                .bind("expires", expires.toEpochMilli())
                .execute();
    }

    private static PeerRow read(ResultSet row) throws SQLException {
        return new PeerRow(
                row.getString("id"),
                row.getString("kind"),
                row.getString("name"),
                row.getBoolean("enabled"),
                row.getBoolean("deleted"),
                Instant.ofEpochMilli(row.getLong("enrolled_ms")),
                Instant.ofEpochMilli(row.getLong("certificate_expires_ms")));
    }
}
