package io.penstock.appliance.signin;

import io.penstock.appliance.identity.Secrets;
import io.penstock.appliance.refusal.Refusal;
import io.penstock.appliance.refusal.Refusal.Reason;
import io.penstock.appliance.store.Database;
import io.penstock.appliance.store.SecretTable;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/**
 * The administrator's password and the one-time link by which it is set. Computing a hash is slow on purpose: it is done in a lane of its
 * own, neither on the event loop nor on the database's thread. Safe for all threads.
 */
public final class AdministratorPassword {
    private static final String PASSWORD = "administrator.password";
    private static final String LINK = "administrator.link";
    private static final int CHARACTERS_MIN = 12;
    private static final long PACE_MILLISECONDS = 1000;

    private final Database.Worker store;
    private final WebSessions sessions;
    private final InstantSource clock;
    private final Tries tries = new Tries();
    private final PasswordLane lane;

    /** The password of an appliance whose sessions these are. */
    public AdministratorPassword(Vertx vertx, Database.Worker store, WebSessions sessions, InstantSource clock) {
        this.store = store;
        this.sessions = sessions;
        this.clock = clock;
        this.lane = new PasswordLane(vertx, () -> tries.areMany(clock.instant()), PACE_MILLISECONDS);
    }

    /** Whether a password was set. */
    public static boolean isSet(Handle handle) {
        return new SecretTable(handle).find(PASSWORD).isPresent();
    }

    /** Makes the secret of a one-time link; an older link is void from now on. */
    public static String createLink(Handle handle, Instant now) {
        String secret = Secrets.random();
        new SecretTable(handle).put(LINK, Secrets.hash(secret), now);
        return secret;
    }

    /**
     * Signs in.
     *
     * @param address whence the try comes
     * @return the session's secret
     */
    public Future<String> signIn(String password, String address) {
        return store.submit(handle -> new SecretTable(handle)
                        .find(PASSWORD)
                        .orElseThrow(() -> new Refusal(
                                Reason.CONFLICT,
                                "set_up_first",
                                "the administrator has no password yet; open the link that the appliance printed at its"
                                        + " start, or make another: penstock-appliance password reset")))
                .compose(kept -> verified(password, kept, address))
                .compose(kept -> store.submit(handle -> {
                    requireUnchanged(handle, kept);
                    return sessions.begin(clock.instant());
                }));
    }

    /**
     * Sets the password by the secret of a link, which is void then, and signs in; every other session ends. The secret cannot be
     * guessed, so whoever has it waits for nobody who guesses passwords.
     */
    public Future<String> setUp(String secret, String password, String address) {
        String source = Tries.source(address);
        return store.submit(handle -> {
                    requirePause(source);
                    requireLink(handle, secret, source);
                    requireStrength(password);
                    return source;
                })
                .compose(good -> lane.pass(source, true, () -> PasswordHash.of(password)))
                .compose(hash -> store.submit(handle -> {
                    requireLink(handle, secret, source); // it may have been used meanwhile
                    SecretTable secrets = new SecretTable(handle);
                    secrets.put(PASSWORD, hash, clock.instant());
                    secrets.delete(LINK);
                    sessions.endAll();
                    return sessions.begin(clock.instant());
                }));
    }

    /** Changes the password; every session ends, and the caller gets a new one. */
    public Future<String> change(String current, String password, String address) {
        return store.submit(handle -> new SecretTable(handle).find(PASSWORD).orElse(""))
                .compose(kept -> verified(current, kept, address))
                .compose(kept -> {
                    requireStrength(password);
                    return lane.pass(Tries.source(address), true, () -> PasswordHash.of(password))
                            .compose(hash -> store.submit(handle -> {
                                requireUnchanged(handle, kept);
                                new SecretTable(handle).put(PASSWORD, hash, clock.instant());
                                sessions.endAll();
                                return sessions.begin(clock.instant());
                            }));
                });
    }

    /** The kept hash, once the password is found to be its own; each try counts. */
    private Future<String> verified(String password, String kept, String address) {
        String source = Tries.source(address);
        requirePause(source);
        tries.heard(source, clock.instant());
        return lane.pass(source, tries.isKnown(source), () -> !kept.isEmpty() && PasswordHash.matches(password, kept))
                .map(right -> {
                    if (!right) {
                        throw wrong();
                    }
                    tries.right(source);
                    return kept;
                });
    }

    private static Refusal wrong() {
        return new Refusal(Reason.UNAUTHENTICATED, "password_wrong", "this is not the administrator's password");
    }

    /** Whoever changes the password meanwhile wins. */
    private static void requireUnchanged(Handle handle, String kept) {
        if (!new SecretTable(handle).find(PASSWORD).equals(Optional.of(kept))) {
            throw wrong();
        }
    }

    private void requireLink(Handle handle, String secret, String source) {
        Optional<String> hash = new SecretTable(handle).find(LINK);
        if (hash.isEmpty()) {
            throw new Refusal(
                    Reason.GONE,
                    "link_used",
                    "the link was used before; make another on the appliance: penstock-appliance password reset");
        }
        if (!Secrets.matches(secret, hash.get())) {
            tries.heard(source, clock.instant());
            throw new Refusal(
                    Reason.UNAUTHENTICATED,
                    "link_unknown",
                    "this is not the appliance's newest link; make another on the appliance: penstock-appliance password"
                            + " reset");
        }
    }

    private void requirePause(String source) {
        Duration pause = tries.pause(source, clock.instant());
        if (!pause.isZero()) {
            throw new Refusal(
                    Reason.LIMITED,
                    "too_many_tries",
                    "too many wrong tries; the next one is heard in " + (pause.toSeconds() + 1) + " s");
        }
    }

    private static void requireStrength(String password) {
        if (password.codePointCount(0, password.length()) < CHARACTERS_MIN) {
            throw new Refusal(
                    Reason.INVALID,
                    "password_weak",
                    "the password has " + password.codePointCount(0, password.length()) + " characters; at least "
                            + CHARACTERS_MIN + " are needed");
        }
    }
}
