package io.penstock.appliance.store;

import java.time.Instant;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/** The table {@code secret}: hashes and sealed texts by name. */
public final class SecretTable {
    private final Handle handle;

    /** The table as seen in this transaction. */
    public SecretTable(Handle handle) {
        this.handle = handle;
    }

    /** The text kept under this name. */
    public Optional<String> find(String name) {
        return handle.createQuery("SELECT text FROM secret WHERE name = :name")
                .bind("name", name)
                .mapTo(String.class)
                .findOne();
    }

    /** Keeps a text; what was under this name is gone. */
    public void put(String name, String text, Instant now) {
        handle.createUpdate("MERGE INTO secret (name, text, changed_ms) KEY (name) VALUES (:name, :text, :now)")
                .bind("name", name)
                .bind("text", text)
                .bind("now", now.toEpochMilli())
                .execute();
    }

    /** Forgets the text under this name. */
    public void delete(String name) {
        handle.createUpdate("DELETE FROM secret WHERE name = :name")
                .bind("name", name)
                .execute();
    }
}
