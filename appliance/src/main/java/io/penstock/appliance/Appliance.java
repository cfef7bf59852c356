package io.penstock.appliance;

import io.netty.handler.ssl.OpenSsl;
import io.penstock.appliance.api.ApiRooms;
import io.penstock.appliance.feed.VersionFeed;
import io.penstock.appliance.identity.CertificateAuthority;
import io.penstock.appliance.identity.Enrolment;
import io.penstock.appliance.identity.Vault;
import io.penstock.appliance.lease.LeaseLedger;
import io.penstock.appliance.pool.PlacementPolicy;
import io.penstock.appliance.pool.Vitals;
import io.penstock.appliance.signin.AdministratorPassword;
import io.penstock.appliance.signin.WebSessions;
import io.penstock.appliance.store.Database;
import io.penstock.appliance.vsphere.Vsphere;
import io.penstock.appliance.vsphere.VsphereRooms;
import io.penstock.protocol.config.ConfigException;
import io.penstock.protocol.config.Version;
import io.penstock.protocol.identity.Identity;
import io.penstock.protocol.identity.LeaseSigner;
import io.penstock.protocol.identity.ListenException;
import io.penstock.protocol.identity.PeerKind;
import io.penstock.protocol.identity.PeerTrust;
import io.penstock.protocol.identity.TlsOptions;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.openapi.contract.OpenAPIContract;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A running appliance. */
public final class Appliance {
    private static final Logger LOG = LoggerFactory.getLogger(Appliance.class);
    private static final Logger AUDIT = LoggerFactory.getLogger("io.penstock.audit");
    private static final Duration SWEEP_EVERY = Duration.ofSeconds(1);
    private static final Duration CONFIG_EVERY = Duration.ofSeconds(5);
    private static final int HEADER_BYTES_MAX = 16 * 1024;
    private static final int IDLE_SECONDS_MAX = 120;

    private final Vertx vertx;
    private final StateFolder state;
    private final ApplianceConfig config;
    private final InstantSource clock;
    private final List<String> hosts;
    private final CertificateAuthority authority;
    private final PeerTrust trust;
    private final Database database;
    private final Database.Worker store;
    private final LeaseLedger ledger;
    private final Vitals vitals;
    private final VersionFeed servers;
    private final VersionFeed pages;
    private final WebSessions sessions = new WebSessions();
    private final Enrolment enrolment;
    private final Vsphere vsphere;
    private final AtomicReference<LeaseSigner> signer;
    private final AtomicReference<PlacementPolicy> placement;
    private final HttpServer server;
    private final List<Long> timers = new CopyOnWriteArrayList<>();

    private volatile Identity identity;

    // event loop only
    private Set<String> alive = Set.of();
    private @Nullable FileTime configRead;

    private Appliance(Vertx vertx, StateFolder state, ApplianceConfig config, InstantSource clock, Database database)
            throws IOException {
        Context context = vertx.getOrCreateContext();
        Instant now = clock.instant();
        this.vertx = vertx;
        this.state = state;
        this.config = config;
        this.clock = clock;
        this.hosts = state.hosts();
        this.authority = CertificateAuthority.load(state.path());
        this.trust = PeerTrust.kinds(authority.certificate(), PeerKind.CLIENT, PeerKind.SERVER, PeerKind.USER);
        this.identity = authority.applianceIdentity(hosts, now, config.certificateLife());
        this.signer = new AtomicReference<>(authority.leaseSigner(now, config.certificateLife()));
        this.placement = new AtomicReference<>(config.placement());
        this.vitals = new Vitals(config.serverSilenceMax());
        this.ledger = new LeaseLedger(config.lease(), vitals);
        this.servers = new VersionFeed(vertx, context, now);
        this.pages = new VersionFeed(vertx, context, now);
        HttpServerOptions options = TlsOptions.httpServer(identity, trust, ClientAuth.REQUEST);
        options.setHost(config.host()).setPort(config.port());
        options.setMaxHeaderSize(HEADER_BYTES_MAX).setIdleTimeout(IDLE_SECONDS_MAX);
        this.server = vertx.createHttpServer(options);
        this.database = database;
        this.store = database.worker(vertx);
        Enrolment admission = new Enrolment(authority, config.certificateLife());
        this.enrolment = admission;
        this.vsphere = new Vsphere(new VsphereRooms(
                vertx,
                store,
                Vault.open(state.path()),
                admission,
                ledger,
                clock,
                () -> url(shownHost()),
                () -> identity.certificate(),
                authority.certificate(),
                Version.TEXT,
                () -> pages.changed(ApiRooms.PAGES),
                this::voided));
    }

    /**
     * Starts an appliance; it listens, and {@code endpoint.json} says where, when the future succeeds.
     *
     * @param state a folder that {@link Initialisation} filled and no other appliance serves
     */
    public static Future<Appliance> start(Vertx vertx, StateFolder state, ApplianceConfig config, InstantSource clock) {
        // Three slow things at once: the tables, the contract, the TLS library.
        Future<Database> database = vertx.executeBlocking(() -> Database.open(state.path()), false);
        Future<OpenAPIContract> contract = ApiRooms.contract(vertx);
        Future<Boolean> tls = vertx.executeBlocking(OpenSsl::isAvailable, false);
        return Future.join(database, contract, tls)
                .compose(ready ->
                        vertx.executeBlocking(() -> new Appliance(vertx, state, config, clock, database.result())))
                .compose(appliance -> appliance
                        .listen(contract.result())
                        .recover(failure -> appliance.close().transform(closed -> Future.failedFuture(failure))))
                .onFailure(failure -> {
                    if (database.succeeded()) {
                        database.result().close();
                    }
                });
    }

    private Future<Appliance> listen(OpenAPIContract contract) {
        ApiRooms rooms = new ApiRooms(
                store, authority, enrolment, ledger, vitals, servers, pages, sessions, vsphere, config.vcenterPorts());
        return store.submit(handle -> {
                    ledger.forgivePause(handle, clock.instant());
                    return this;
                })
                .map(ready -> rooms.router(vertx, contract, clock, signer::get, placement::get, Version.TEXT))
                .compose(router -> server.requestHandler(router)
                        .listen()
                        .recover(failure ->
                                Future.failedFuture(ListenException.at(config.host(), config.port(), failure))))
                .compose(listening -> vsphere.start())
                .compose(watching -> vertx.executeBlocking(() -> {
                    state.writeEndpoint(endpoint());
                    return this;
                }))
                .onSuccess(appliance -> {
                    every(SWEEP_EVERY.toMillis(), this::sweep);
                    every(CONFIG_EVERY.toMillis(), this::rereadConfig);
                    long rotation = Math.min(
                            config.certificateLife().toMillis() / 10,
                            Duration.ofHours(1).toMillis());
                    every(rotation, this::rotate);
                    LOG.info("the appliance of {} listens on {}:{}", state.path(), config.host(), port());
                });
    }

    private void every(long milliseconds, Runnable work) {
        timers.add(vertx.setPeriodic(milliseconds, id -> work.run()));
    }

    /** The port it listens on. */
    public int port() {
        return server.actualPort();
    }

    /**
     * The address of a page on which the administrator sets the first password, good for one use; empty when a password is
     * set. An address that was told before is void from now on.
     */
    public Future<Optional<URI>> setUpLink() {
        return store.submit(handle -> AdministratorPassword.isSet(handle)
                        ? Optional.empty()
                        : Optional.of(AdministratorPassword.createLink(handle, clock.instant())))
                .map(secret -> secret.map(text -> url(shownHost()).resolve("/ui/#/set-up/" + text)));
    }

    /** Stops listening, finishes the work at hand and closes the database; leases live on. */
    public Future<Void> close() {
        timers.forEach(vertx::cancelTimer);
        return server.close()
                .eventually(vsphere::close)
                .eventually(store::close)
                .eventually(() -> vertx.executeBlocking(() -> {
                    state.removeEndpoint();
                    database.close();
                    return this;
                }))
                .mapEmpty();
    }

    private StateFolder.Endpoint endpoint() {
        return new StateFolder.Endpoint(url(shownHost()), url(everywhere() ? "127.0.0.1" : config.host()));
    }

    private String shownHost() {
        return everywhere() ? hosts.getFirst() : config.host();
    }

    private boolean everywhere() {
        return List.of("0.0.0.0", "::").contains(config.host());
    }

    private URI url(String host) {
        return URI.create("https://" + (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port());
    }

    private void sweep() {
        lookWhoIsAlive();
        vsphere.sweep(alive);
        store.submit(handle -> ledger.expire(handle, clock.instant()))
                .onSuccess(ended -> ended.forEach(lease -> {
                    AUDIT.info("lease {} of {} on {} ended: not renewed", lease.id(), lease.client(), lease.server());
                    servers.changed(lease.server());
                    pages.changed(ApiRooms.PAGES);
                }))
                .onFailure(failure -> LOG.error("leases could not be looked through", failure));
    }

    /** A member's certificates are void from now on. */
    private void voided(String member) {
        vitals.forget(member);
        servers.changedForAll();
        pages.changed(ApiRooms.PAGES);
    }

    /** A server that falls silent calls nothing: pages are told here. */
    private void lookWhoIsAlive() {
        Set<String> now = vitals.alive(clock.instant());
        if (!now.equals(alive)) {
            alive = now;
            pages.changed(ApiRooms.PAGES);
        }
    }

    /** Makes successors of the appliance's own certificates before they expire; says whether it was time. */
    Future<Boolean> rotate() {
        Instant now = clock.instant();
        if (now.isBefore(identity.rotateAt())) {
            return Future.succeededFuture(false);
        }
        return vertx.executeBlocking(() -> {
                    signer.set(authority.leaseSigner(now, config.certificateLife()));
                    return authority.applianceIdentity(state.hosts(), now, config.certificateLife());
                })
                .compose(fresh -> server.updateSSLOptions(TlsOptions.serverRotation(fresh, trust, ClientAuth.REQUEST))
                        .map(fresh))
                .onSuccess(fresh -> {
                    identity = fresh;
                    vsphere.registrations().certificateChanged();
                    LOG.info(
                            "the appliance has new certificates, valid until {}",
                            fresh.certificate().getNotAfter());
                })
                .onFailure(failure -> LOG.error("the appliance's certificates could not be replaced", failure))
                .map(true);
    }

    /** Takes over what can change in a running appliance; a file with an error changes nothing. */
    private void rereadConfig() {
        Path file = state.configFile();
        if (file == null) {
            return;
        }
        try {
            FileTime written = Files.getLastModifiedTime(file);
            if (written.equals(configRead)) {
                return;
            }
            boolean first = configRead == null;
            configRead = written;
            PlacementPolicy wanted = state.config().placement();
            if (!first && placement.getAndSet(wanted) != wanted) {
                LOG.info("placement is now {}", wanted);
            }
        } catch (IOException | ConfigException e) {
            LOG.error("the configuration stays as it is: {}", e.getMessage());
        }
    }
}
