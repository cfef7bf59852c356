package io.penstock.appliance.vsphere;

import io.penstock.appliance.identity.Secrets;
import io.penstock.appliance.refusal.Refusal;
import io.penstock.appliance.refusal.Refusal.Reason;
import io.penstock.appliance.signin.Privilege;
import io.penstock.appliance.signin.VsphereObject;
import io.penstock.appliance.signin.VsphereSession;
import io.penstock.appliance.signin.VsphereUser;
import io.penstock.appliance.signin.VsphereUsers;
import io.penstock.appliance.vcenter.ObjectRef;
import io.penstock.appliance.vcenter.VcenterException;
import io.penstock.appliance.vcenter.VcenterException.Kind;
import io.penstock.appliance.vcenter.soap.VimConnection;
import io.penstock.appliance.vsphere.Vcenters.Joined;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Users of the vSphere Client, by sessions that their vCenter cloned for us: only of vCenters that the appliance belongs to, so
 * that nobody makes it call another address. A clone is used for {@value #LIFE_MINUTES} minutes at most; then the user's own
 * session must still be there to make another. Whoever shows a token is a stranger until it is cloned: only so many are at it at a
 * time, and they take nobody's place. Tokens are kept as hashes. Safe for all threads.
 */
final class ClientUsers implements VsphereUsers, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ClientUsers.class);
    private static final Logger AUDIT = LoggerFactory.getLogger("io.penstock.audit");
    private static final int LIFE_MINUTES = 10;
    private static final int SESSIONS_MAX = 100;
    private static final int TOKEN_MAX = 4096;
    private static final int PENDING_MAX = 32;
    private static final int PENDING_OF_ONE_MAX = 8; // a vCenter's proxy is one address for all its users
    private static final int REFUSED_MAX = 1000;
    private static final Duration REFUSED_FOR = Duration.ofSeconds(10);
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration GRANTS_MAX = Duration.ofSeconds(5);
    private static final List<String> IDS =
            Arrays.stream(Privilege.values()).map(Privilege::vsphereId).toList();

    /** A session that is being cloned, for whoever shows it. */
    private record Pending(String from, Future<VsphereUser> user) {}

    private final Vertx vertx;
    private final Vcenters vcenters;
    private final Threads threads;
    private final InstantSource clock;
    private final Map<String, Clone> clones = new LinkedHashMap<>(); // guarded by itself, as the next two are
    private final Map<String, Pending> pending = new HashMap<>();
    private final Map<String, Instant> refused = new LinkedHashMap<>(); // until when a token is not shown again

    ClientUsers(Vertx vertx, Vcenters vcenters, Threads threads, InstantSource clock) {
        this.vertx = vertx;
        this.vcenters = vcenters;
        this.threads = threads;
        this.clock = clock;
    }

    @Override
    public Future<VsphereUser> of(VsphereSession shown, String from) {
        String token = shown.token();
        Optional<Joined> client = vcenters.at(shown.client());
        Joined joined = about(shown, client).orElse(null);
        if (token.isEmpty() || token.length() > TOKEN_MAX || joined == null) {
            return Future.failedFuture(new Refusal(
                    Reason.FORBIDDEN,
                    "vcenter_unknown",
                    "this appliance does not belong to a vCenter with this instance UUID"));
        }
        // whose client it is says where the token is shown, so a token that was shown at the wrong one is no wrong
        // token
        String vcenter = joined.row().id();
        Joined asked = client.orElse(joined);
        String key = Secrets.hash(token) + ' ' + vcenter + ' ' + asked.row().id();
        Instant now = clock.instant();
        Clone clone = new Clone(vcenter, now, key);
        Promise<VsphereUser> promise = Promise.promise();
        synchronized (clones) {
            Future<VsphereUser> known = known(key, now, from);
            if (known != null) {
                return known;
            }
            pending.put(key, new Pending(from, promise.future()));
        }
        threads.run(clone.opening(shown, asked, joined))
                .onComplete(
                        name -> {
                            keep(clone);
                            promise.complete(clone);
                        },
                        failure -> {
                            refuse(clone, failure, from);
                            promise.fail(failure);
                        });
        return promise.future();
    }

    /** Which vCenter a page is about; a page about no object is about the one whose client shows it, where that is one of those named. */
    private Optional<Joined> about(VsphereSession shown, Optional<Joined> client) {
        return Stream.concat(
                        client.map(own -> own.row().id()).stream().filter(shown.vcenters()::contains),
                        shown.vcenters().stream())
                .filter(vcenters::has)
                .map(vcenters::get)
                .findFirst();
    }

    /** What is known without asking the vCenter; null when it must be asked. Called with the lock on the clones. */
    private @Nullable Future<VsphereUser> known(String key, Instant now, String from) {
        Clone clone = clones.get(key);
        if (clone != null && !clone.over(now)) {
            return Future.succeededFuture(clone);
        }
        leave(clones.remove(key));
        Pending begun = pending.get(key);
        if (begun != null) {
            return begun.user();
        }
        Instant until = refused.get(key);
        if (until != null && now.isBefore(until)) {
            return Future.failedFuture(sessionOver());
        }
        long own = pending.values().stream()
                .filter(other -> other.from().equals(from))
                .count();
        if (own >= PENDING_OF_ONE_MAX || pending.size() >= PENDING_MAX) {
            return Future.failedFuture(new Refusal(
                    Reason.LIMITED,
                    "too_many_sign_ins",
                    "too many sessions of the vSphere Client are being looked at; try again in a moment"));
        }
        return null;
    }

    /** Whoever is kept was proven: nobody else drives another user out. */
    private void keep(Clone clone) {
        synchronized (clones) {
            pending.remove(clone.key);
            if (clones.size() >= SESSIONS_MAX) {
                leave(clones.remove(clones.keySet().iterator().next()));
            }
            clones.put(clone.key, clone);
        }
    }

    private void refuse(Clone clone, Throwable failure, String from) {
        synchronized (clones) {
            pending.remove(clone.key);
            if (failure instanceof Refusal refusal && refusal.reason() == Reason.UNAUTHENTICATED) {
                if (refused.size() >= REFUSED_MAX) {
                    refused.remove(refused.keySet().iterator().next());
                }
                refused.put(clone.key, clock.instant().plus(REFUSED_FOR));
            }
        }
        AUDIT.warn(
                "session of the vSphere Client from {} refused at vCenter {}: {}",
                from,
                clone.vcenter,
                failure.getMessage());
    }

    private void forget(Clone clone) {
        synchronized (clones) {
            clones.remove(clone.key, clone);
        }
        leave(clone);
    }

    private void leave(@Nullable Clone clone) {
        if (clone != null) {
            threads.begin(clone::close);
        }
    }

    /** Ends the clones that are over; the session of a vCenter is worth something there. */
    void sweep() {
        synchronized (clones) {
            refused.values().removeIf(until -> !clock.instant().isBefore(until));
            clones.values().removeIf(clone -> {
                boolean over = clone.over(clock.instant());
                if (over) {
                    leave(clone);
                }
                return over;
            });
        }
    }

    /** One user's clone of a session. */
    private final class Clone implements VsphereUser {
        private record Grants(Set<Privilege> privileges, Instant at) {}

        private final String vcenter;
        private final Instant begun;
        private final String key;
        private final Map<ObjectRef, Grants> grants = new ConcurrentHashMap<>();
        private volatile @Nullable VimConnection connection;
        private volatile String name = "";

        Clone(String vcenter, Instant begun, String key) {
            this.vcenter = vcenter;
            this.begun = begun;
            this.key = key;
        }

        /**
         * Clones the session.
         *
         * @param asked the vCenter whose client the user has opened: it alone knows the token. That of the object is another where
         *     vCenters are linked
         */
        Callable<String> opening(VsphereSession shown, Joined asked, Joined joined) {
            return () -> {
                VimConnection open = VimConnection.open(vertx, joined.address(), joined.thumbprint(), PATIENCE);
                try {
                    name = open.cloneSession(ticket(shown.token(), asked, open));
                    connection = open;
                    return name;
                } catch (VcenterException e) {
                    open.close();
                    if (e.kind() == Kind.NOT_AUTHENTICATED || e.kind() == Kind.LOGIN_REFUSED) {
                        throw shown.client() == null
                                        || vcenters.at(shown.client()).isPresent()
                                ? sessionOver()
                                : clientUnknown();
                    }
                    throw e;
                }
            };
        }

        private String ticket(String token, Joined asked, VimConnection open) {
            String wanted = open.about().instanceUuid();
            if (asked.row().id().equals(vcenter)) {
                return open.cloneTicket(token, wanted, PATIENCE);
            }
            try (VimConnection client = VimConnection.open(vertx, asked.address(), asked.thumbprint(), PATIENCE)) {
                return client.cloneTicket(token, wanted, PATIENCE);
            }
        }

        boolean over(Instant now) {
            return !now.isBefore(begun.plus(Duration.ofMinutes(LIFE_MINUTES)));
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public String vcenter() {
            return vcenter;
        }

        @Override
        public Future<Set<Privilege>> privileges(@Nullable VsphereObject on) {
            VimConnection open = connection;
            if (open == null) {
                return Future.failedFuture(sessionOver());
            }
            ObjectRef object = on == null ? open.rootFolder() : new ObjectRef(on.type(), on.moref());
            Grants known = grants.get(object);
            if (known != null && clock.instant().isBefore(known.at().plus(GRANTS_MAX))) {
                return Future.succeededFuture(known.privileges());
            }
            return threads.run(() -> {
                Set<String> held = ask(open, object);
                Set<Privilege> privileges = EnumSet.noneOf(Privilege.class);
                for (Privilege one : Privilege.values()) {
                    if (held.contains(one.vsphereId())) {
                        privileges.add(one);
                    }
                }
                grants.put(object, new Grants(Set.copyOf(privileges), clock.instant()));
                return privileges;
            });
        }

        private Set<String> ask(VimConnection open, ObjectRef object) {
            try {
                return open.authority().held(object, IDS);
            } catch (VcenterException e) {
                if (e.kind() == Kind.NOT_AUTHENTICATED) {
                    forget(this);
                    throw sessionOver();
                }
                throw e;
            }
        }

        void close() {
            VimConnection open = connection;
            connection = null;
            if (open != null) {
                try {
                    open.logout();
                } catch (VcenterException e) {
                    LOG.debug("a cloned session of vCenter {} ends by itself", vcenter, e);
                } finally {
                    open.close();
                }
            }
        }
    }

    private static Refusal clientUnknown() {
        return new Refusal(
                Reason.UNAUTHENTICATED,
                "client_unknown",
                "vCenter does not know this session; sign in to the vSphere Client again. Where vCenters are linked, the one"
                        + " whose vSphere Client this is must be added to the appliance too, by the name at which it is open");
    }

    private static Refusal sessionOver() {
        return new Refusal(
                Reason.UNAUTHENTICATED,
                "session_over",
                "the session of the vSphere Client has ended; sign in to the vSphere Client again");
    }

    @Override
    public void close() {
        synchronized (clones) {
            clones.values().forEach(Clone::close);
            clones.clear();
        }
    }
}
