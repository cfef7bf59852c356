package io.penstock.appliance.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/** The table {@code vcenter}. */
public final class VcenterTable {
    private final Handle handle;

    /** The table as seen in this transaction. */
    public VcenterTable(Handle handle) {
        this.handle = handle;
    }

    /** Adds a vCenter, or replaces what is known of it. */
    public void put(VcenterRow row) {
        handle.createUpdate(
                        "MERGE INTO vcenter (id, name, host, port, thumbprint, service_user, service_password, version,"
                                + " api_version, added_ms) KEY (id) VALUES (:id, :name, :host, :port, :thumbprint, :user,"
                                + " :password, :version, :api, :added)")
                .bind("id", row.id())
                .bind("name", row.name())
                .bind("host", row.host())
                .bind("port", row.port())
                .bind("thumbprint", row.thumbprint())
                .bind("user", row.serviceUser())
                .bind("password", row.servicePassword())
                .bind("version", row.version())
                .bind("api", row.apiVersion())
                .bind("added", row.added().toEpochMilli())
                .execute();
    }

    /** The vCenter with this instance UUID. */
    public Optional<VcenterRow> find(String id) {
        return handle.createQuery("SELECT * FROM vcenter WHERE id = :id")
                .bind("id", id)
                .map((row, context) -> read(row))
                .findOne();
    }

    /** All of them, by name. */
    public List<VcenterRow> all() {
        return handle.createQuery("SELECT * FROM vcenter ORDER BY name, id")
                .map((row, context) -> read(row))
                .list();
    }

    /** How many there are. */
    public int count() {
        return handle.createQuery("SELECT COUNT(*) FROM vcenter")
                .mapTo(Integer.class)
                .one();
    }

    /** Forgets a vCenter. */
    public void delete(String id) {
        handle.createUpdate("DELETE FROM vcenter WHERE id = :id").bind("id", id).execute();
    }

    private static VcenterRow read(ResultSet row) throws SQLException {
        return new VcenterRow(
                row.getString("id"),
                row.getString("name"),
                row.getString("host"),
                row.getInt("port"),
                row.getString("thumbprint"),
                row.getString("service_user"),
                row.getString("service_password"),
                row.getString("version"),
                row.getString("api_version"),
                Instant.ofEpochMilli(row.getLong("added_ms")));
    }
}
