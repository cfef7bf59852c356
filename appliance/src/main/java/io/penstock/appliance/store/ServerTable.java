package io.penstock.appliance.store;

import io.penstock.protocol.appliance.ServerReport;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/** The table {@code server}: each server's last introduction. */
public final class ServerTable {
    private final Handle handle;

    /** The table as seen in this transaction. */
    public ServerTable(Handle handle) {
        this.handle = handle;
    }

    /** Replaces a server's introduction. */
    public void put(String id, ServerReport report) {
        handle.createUpdate("MERGE INTO server (id, report) KEY (id) VALUES (:id, :report)")
                .bind("id", id)
                .bind("report", report.toJson().encode())
                .execute();
    }

    /** A server's introduction. */
    public Optional<ServerReport> find(String id) {
        return handle.createQuery("SELECT report FROM server WHERE id = :id")
                .bind("id", id)
                .mapTo(String.class)
                .findOne()
                .map(report -> ServerReport.fromJson(new JsonObject(report)));
    }

    /** All introductions, by id. */
    public Map<String, ServerReport> all() {
        Map<String, ServerReport> reports = new LinkedHashMap<>();
        handle.createQuery("SELECT id, report FROM server ORDER BY id")
                .map((row, context) -> Map.entry(row.getString("id"), row.getString("report")))
                .forEach(entry -> reports.put(entry.getKey(), ServerReport.fromJson(new JsonObject(entry.getValue()))));
        return reports;
    }

    /** Forgets a server. */
    public void delete(String id) {
        handle.createUpdate("DELETE FROM server WHERE id = :id").bind("id", id).execute();
    }
}
