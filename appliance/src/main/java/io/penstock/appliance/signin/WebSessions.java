package io.penstock.appliance.signin;

import io.penstock.appliance.identity.Secrets;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Who is signed in by password at the appliance's own page. In memory only: after a restart people sign in again. Safe for
 * all threads.
 */
public final class WebSessions {
    private static final Duration IDLE_MAX = Duration.ofMinutes(30);
    private static final Duration LIFE_MAX = Duration.ofHours(12);
    private static final int SESSIONS_MAX = 256;

    /**
     * A session.
     *
     * @param started when
     * @param used when it was used last
     */
    private record Session(Instant started, Instant used) {
        Instant expires() {
            Instant idle = used.plus(IDLE_MAX);
            Instant life = started.plus(LIFE_MAX);
            return idle.isBefore(life) ? idle : life;
        }
    }

    private final Map<String, Session> sessions = new LinkedHashMap<>(); // by the hash of the cookie's value

    /** Begins a session and answers the cookie's value; the oldest ends when there are too many. */
    synchronized String begin(Instant now) {
        sessions.values().removeIf(session -> !now.isBefore(session.expires()));
        if (sessions.size() >= SESSIONS_MAX) {
            sessions.remove(sessions.keySet().iterator().next());
        }
        String secret = Secrets.random();
        sessions.put(Secrets.hash(secret), new Session(now, now));
        return secret;
    }

    /** Uses a session; answers until when it is good, if it still is. */
    public synchronized Optional<Instant> use(String secret, Instant now) {
        String key = Secrets.hash(secret);
        Session session = sessions.get(key);
        if (session == null || !now.isBefore(session.expires())) {
            sessions.remove(key);
            return Optional.empty();
        }
        Session used = new Session(session.started(), now);
        sessions.put(key, used);
        return Optional.of(used.expires());
    }

    /** Ends a session, if there is such. */
    public synchronized void end(String secret) {
        sessions.remove(Secrets.hash(secret));
    }

    /** Ends all sessions. */
    synchronized void endAll() {
        sessions.clear();
    }
}
