package io.penstock.appliance.store;

import java.time.Instant;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/** The tables {@code enrolment_token} and {@code api_token}: hashes of secrets. */
public final class TokenTable {
    private final Handle handle;

    /** The tables as seen in this transaction. */
    public TokenTable(Handle handle) {
        this.handle = handle;
    }

    /** Adds an enrolment token. */
    public void insert(TokenRow token) {
        handle.createUpdate("INSERT INTO enrolment_token (id, kind, name, secret_hash, expires_ms, used_by)"
                        + " VALUES (:id, :kind, :name, :hash, :expires, :usedBy)")
                .bind("id", token.id())
                .bind("kind", token.kind())
                .bind("name", token.name())
                .bind("hash", token.secretHash())
                .bind("expires", token.expires().toEpochMilli())
                .bind("usedBy", token.usedBy())
                .execute();
    }

    /** The enrolment token with this id. */
    public Optional<TokenRow> find(String id) {
        return handle.createQuery("SELECT * FROM enrolment_token WHERE id = :id")
                .bind("id", id)
                .map((row, context) -> new TokenRow(
                        row.getString("id"),
                        row.getString("kind"),
                        row.getString("name"),
                        row.getString("secret_hash"),
                        Instant.ofEpochMilli(row.getLong("expires_ms")),
                        row.getString("used_by")))
                .findOne();
    }

    /** Notes who used the token. */
    public void markUsed(String id, String peer) {
        handle.createUpdate("UPDATE enrolment_token SET used_by = :peer WHERE id = :id")
                .bind("id", id)
                .bind("peer", peer)
                .execute();
    }

    /** Forgets tokens that expired before this time. */
    public void deleteExpired(Instant before) {
        handle.createUpdate("DELETE FROM enrolment_token WHERE expires_ms < :before")
                .bind("before", before.toEpochMilli())
                .execute();
    }

    /** Adds an administrator's API token. */
    public void insertApiToken(String secretHash, String name, Instant now) {
        handle.createUpdate("INSERT INTO api_token (secret_hash, name, created_ms) VALUES (:hash, :name, :now)")
                .bind("hash", secretHash)
                .bind("name", name)
                .bind("now", now.toEpochMilli())
                .execute();
    }

    /** The name of the API token with this hash. */
    public Optional<String> apiTokenName(String secretHash) {
        return handle.createQuery("SELECT name FROM api_token WHERE secret_hash = :hash")
                .bind("hash", secretHash)
                .mapTo(String.class)
                .findOne();
    }
}
