package io.penstock.appliance.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/** The table {@code hand_over}: one row a VM, of its last hand-over. */
public final class HandOverTable {
    private static final int TEXT_MAX = 512;

    private final Handle handle;

    /** The table as seen in this transaction. */
    public HandOverTable(Handle handle) {
        this.handle = handle;
    }

    /** Begins a hand-over, or notes how one stands. */
    public void put(HandOverRow row) {
        handle.createUpdate(
                        "MERGE INTO hand_over (vcenter, instance_uuid, moref, kind, nonce, state, text, requested_by,"
                                + " answer, task, started_ms, expires_ms, settled) KEY (vcenter, instance_uuid) VALUES (:vcenter, :uuid,"
                                + " :moref, :kind, :nonce, :state, :text, :by, :answer, :task, :started, :expires, :settled)")
                .bind("vcenter", row.vcenter())
                .bind("uuid", row.instanceUuid())
                .bind("moref", row.moref())
                .bind("kind", row.kind())
                .bind("nonce", row.nonce())
                .bind("state", row.state())
                .bind("text", row.text().substring(0, Math.min(row.text().length(), TEXT_MAX)))
                .bind("by", row.requestedBy())
                .bind("answer", row.answer())
                .bind("task", row.task())
                .bind("started", row.started().toEpochMilli())
                .bind("expires", row.expires().toEpochMilli())
                .bind("settled", row.settled())
                .execute();
    }

    /** The last hand-over of a VM. */
    public Optional<HandOverRow> find(String vcenter, String instanceUuid) {
        return handle.createQuery("SELECT * FROM hand_over WHERE vcenter = :vcenter AND instance_uuid = :uuid")
                .bind("vcenter", vcenter)
                .bind("uuid", instanceUuid)
                .map((row, context) -> read(row))
                .findOne();
    }

    /** Those that go on. */
    public List<HandOverRow> open() {
        return all().stream().filter(HandOverRow::open).toList();
    }

    /** The last one of each VM. */
    public List<HandOverRow> all() {
        return handle.createQuery("SELECT * FROM hand_over")
                .map((row, context) -> read(row))
                .list();
    }

    private static HandOverRow read(ResultSet row) throws SQLException {
        return new HandOverRow(
                row.getString("vcenter"),
                row.getString("instance_uuid"),
                row.getString("moref"),
                row.getString("kind"),
                row.getString("nonce"),
                row.getString("state"),
                row.getString("text"),
                row.getString("requested_by"),
                row.getString("answer"),
                row.getString("task"),
                Instant.ofEpochMilli(row.getLong("started_ms")),
                Instant.ofEpochMilli(row.getLong("expires_ms")),
                row.getBoolean("settled"));
    }
}
