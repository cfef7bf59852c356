package io.penstock.appliance.signin;

import io.penstock.appliance.identity.Secrets;
import io.penstock.appliance.refusal.Refusal;
import io.penstock.appliance.refusal.Refusal.Reason;
import io.penstock.appliance.store.SecretTable;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/**
 * The administrator's password and the one-time link by which it is set. Its work is slow on purpose, so it is done away
 * from the event loop; each method runs in the transaction of its handle.
 */
public final class AdministratorPassword {
    private static final String PASSWORD = "administrator.password";
    private static final String LINK = "administrator.link";
    private static final int CHARACTERS_MIN = 12;

    private final WebSessions sessions;
    private final InstantSource clock;
    private final Tries tries = new Tries();

    /** The password of an appliance whose sessions these are. */
    public AdministratorPassword(WebSessions sessions, InstantSource clock) {
        this.sessions = sessions;
        this.clock = clock;
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
    public String signIn(Handle handle, String password, String address) {
        SecretTable secrets = new SecretTable(handle);
        String kept = secrets.find(PASSWORD)
                .orElseThrow(() -> new Refusal(
                        Reason.CONFLICT,
                        "set_up_first",
                        "the administrator has no password yet; open the link that the appliance printed at its start,"
                                + " or make another: penstock-appliance password reset"));
        requirePassword(password, kept, address);
        return sessions.begin(clock.instant());
    }

    /** Sets the password by the secret of a link, which is void then, and signs in; every other session ends. */
    public String setUp(Handle handle, String secret, String password, String address) {
        requirePause(address);
        SecretTable secrets = new SecretTable(handle);
        Optional<String> hash = secrets.find(LINK);
        if (hash.isEmpty()) {
            throw new Refusal(
                    Reason.GONE,
                    "link_used",
                    "the link was used before; make another on the appliance: penstock-appliance password reset");
        }
        if (!Secrets.matches(secret, hash.get())) {
            tries.wrong(address, clock.instant());
            throw new Refusal(
                    Reason.UNAUTHENTICATED,
                    "link_unknown",
                    "this is not the appliance's newest link; make another on the appliance: penstock-appliance password"
                            + " reset");
        }
        requireStrength(password);
        secrets.put(PASSWORD, PasswordHash.of(password), clock.instant());
        secrets.delete(LINK);
        tries.right(address);
        sessions.endAll();
        return sessions.begin(clock.instant());
    }

    /** Changes the password; every session ends, and the caller gets a new one. */
    public String change(Handle handle, String current, String password, String address) {
        SecretTable secrets = new SecretTable(handle);
        requirePassword(current, secrets.find(PASSWORD).orElse(""), address);
        requireStrength(password);
        secrets.put(PASSWORD, PasswordHash.of(password), clock.instant());
        sessions.endAll();
        return sessions.begin(clock.instant());
    }

    private void requirePassword(String password, String kept, String address) {
        requirePause(address);
        if (kept.isEmpty() || !PasswordHash.matches(password, kept)) {
            tries.wrong(address, clock.instant());
            throw new Refusal(Reason.UNAUTHENTICATED, "password_wrong", "this is not the administrator's password");
        }
        tries.right(address);
    }

    private void requirePause(String address) {
        Duration pause = tries.pause(address, clock.instant());
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
