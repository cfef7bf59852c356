package io.penstock.gpuserver.daemon;

import io.penstock.gpuserver.GpuServerConfig;
import io.penstock.gpuserver.device.Gpu;
import io.penstock.gpuserver.device.GpuFacts;
import io.penstock.gpuserver.device.Inventory;
import io.penstock.gpuserver.device.LeaseSnapshot;
import io.penstock.gpuserver.image.ImageFolders;
import io.penstock.protocol.appliance.ApplianceClient;
import io.penstock.protocol.appliance.ApplianceException;
import io.penstock.protocol.appliance.GpuReport;
import io.penstock.protocol.appliance.GpuUsage;
import io.penstock.protocol.appliance.Heartbeat;
import io.penstock.protocol.appliance.Revocations;
import io.penstock.protocol.appliance.ServerReport;
import io.penstock.protocol.config.Version;
import io.penstock.protocol.identity.Identity;
import io.penstock.protocol.identity.Lease;
import io.penstock.protocol.identity.LeaseVerifier;
import io.penstock.protocol.identity.Unreachable;
import io.penstock.protocol.link.RefusalLog;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The daemon, assembled: listens for agents, tells the appliance of its GPUs, and hears from it what has been revoked.
 * It serves the leases it can verify while every appliance is down. Its event loop only.
 */
public final class GpuServer {
    private static final Logger log = LoggerFactory.getLogger(GpuServer.class);
    private static final Duration REVOCATION_WAIT = Duration.ofSeconds(20);
    private static final long RETRY_MILLIS = 1000;
    private static final long EXPIRY_LOOK_MILLIS = 1000;
    private static final long FAREWELL_SECONDS = 2;

    private final Vertx vertx;
    private final GpuServerConfig config;
    private final Inventory inventory;
    private final ApplianceClient appliance;
    private final InstantSource clock;
    private final WorkerPool pool;
    private final SessionBook sessions;
    private final LeaseHolders holders = new LeaseHolders();
    private final AgentListener listener;
    private final GpuWatch watch;
    private List<Gpu> gpus;
    private int port;
    private boolean reachable = true;
    private volatile boolean stopped;

    private GpuServer(
            Vertx vertx,
            Context loop,
            GpuServerConfig config,
            Identity identity,
            Inventory inventory,
            List<String> worker,
            Path state) {
        this.vertx = vertx;
        this.config = config;
        this.inventory = inventory;
        this.clock = InstantSource.system();
        this.appliance = ApplianceClient.machine(vertx, identity);
        this.pool = new WorkerPool(worker, config.spareWorkers());
        String name = identity.peer().id();
        this.sessions = new SessionBook(
                loop,
                pool,
                new LeaseBook(state.resolve("ledgers")),
                new SessionBook.WorkerPlace(
                        name,
                        config.address(),
                        config.workerPortMin(),
                        config.workerPortMax(),
                        config.programPatience(),
                        new ImageFolders(
                                state.resolve("images"),
                                config.imageCache().bytes().bytes(),
                                config.imageCache().count())));
        this.gpus = inventory.look();
        this.watch = new GpuWatch(vertx, inventory, clock);
        this.listener = new AgentListener(
                vertx,
                new AgentListener.Desk(
                        identity.peer(),
                        new LeaseVerifier(identity.authority()),
                        sessions,
                        holders,
                        this::snapshot,
                        clock,
                        new RefusalLog(log::warn)));
    }

    /**
     * Starts everything.
     *
     * @param worker the command line of a worker process
     * @param state the server's folder
     */
    public static Future<GpuServer> start(
            Vertx vertx,
            GpuServerConfig config,
            Identity identity,
            Inventory inventory,
            List<String> worker,
            Path state) {
        Context loop = vertx.getOrCreateContext();
        GpuServer server = new GpuServer(vertx, loop, config, identity, inventory, worker, state);
        server.pool.start();
        return server.listener
                .listen(identity, config.address(), config.port())
                .onFailure(failed -> server.pool.close()) // nothing to tell: it was never offered
                .map(port -> {
                    server.port = port;
                    loop.runOnContext(go -> server.run());
                    return server;
                });
    }

    /** The daemon's port. */
    public int port() {
        return port;
    }

    /** Shows a successor of this server's certificate from now on; sessions go on. Any thread. */
    public void show(Identity successor) {
        var unused = Future.all(listener.show(successor), appliance.show(successor))
                .onFailure(failed -> log.error("the new certificate is not in use", failed));
    }

    /** Tells the appliance, so that nobody is sent here any more, and ends every session and worker. Not on an event loop. */
    public void stop() {
        stopped = true;
        try {
            appliance.stops().toCompletionStage().toCompletableFuture().get(FAREWELL_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException hurry) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException untold) {
            log.info("the appliance was not told that this server stops: {}", Unreachable.why(untold));
        }
        pool.close();
    }

    private void run() {
        register();
        hearRevocations(Revocations.NONE.version());
        vertx.setPeriodic(config.heartbeat().toMillis(), tick -> heartbeat());
        vertx.setPeriodic(EXPIRY_LOOK_MILLIS, tick -> sessions.endExpired(clock.instant()));
    }

    private void register() {
        List<GpuReport> reports = gpus.stream().map(Gpu::report).toList();
        appliance
                .register(new ServerReport(config.advertised(), port, inventory.driverVersion(), Version.TEXT, reports))
                .onSuccess(known -> reachable("registered " + reports.size() + " GPUs with the appliance"))
                .onFailure(failed -> {
                    unreachable(failed);
                    vertx.setTimer(RETRY_MILLIS, again -> register());
                });
    }

    private void heartbeat() {
        if (stopped) {
            return;
        }
        List<String> abandoned = holders.abandoned(clock.instant());
        vertx.executeBlocking(inventory::look)
                .compose(now -> {
                    gpus = now;
                    List<GpuUsage> usage = now.stream().map(Gpu::usage).toList();
                    return appliance.heartbeat(new Heartbeat(usage, sessions.usage(), abandoned));
                })
                .onSuccess(heard -> {
                    holders.told(abandoned);
                    reachable("the appliance answers again");
                })
                .onFailure(failed -> {
                    if (failed instanceof ApplianceException refused
                            && ApplianceException.NOT_REGISTERED.equals(refused.code())) {
                        register();
                    } else {
                        unreachable(failed);
                    }
                });
    }

    /** Asks again and again; the appliance answers as soon as there is something new. */
    private void hearRevocations(long version) {
        if (stopped) {
            return;
        }
        appliance
                .revocations(version, REVOCATION_WAIT)
                .onSuccess(newest -> {
                    if (newest.version() != version) {
                        listener.revoke(newest);
                    }
                    hearRevocations(newest.version());
                })
                .onFailure(failed -> {
                    unreachable(failed);
                    vertx.setTimer(RETRY_MILLIS, again -> hearRevocations(version));
                });
    }

    private void reachable(String text) {
        if (!reachable) {
            log.info(text);
        }
        reachable = true;
    }

    private void unreachable(Throwable failed) {
        if (reachable && isForgotten(failed)) {
            log.error(
                    "nobody is sent here any more: {}. End this server, and: penstock-gpu-server enroll URL TOKEN",
                    failed.getMessage());
        } else if (reachable) {
            log.warn("the appliance does not answer, leases go on: {}", failed.getMessage());
        }
        reachable = false;
    }

    /** Whether this server was deleted, or replaced by another identity. */
    private static boolean isForgotten(Throwable failed) {
        return failed instanceof ApplianceException refused && ApplianceException.NOT_A_MEMBER.equals(refused.code());
    }

    /** What a lease's holder sees; GPUs of the lease that are gone are not in it. */
    private Future<String> snapshot(Lease lease) {
        List<Future<LeaseSnapshot.Leased>> looks = new ArrayList<>();
        for (int number = 0; number < lease.gpus().size(); number++) {
            int leased = number;
            gpus.stream()
                    .filter(gpu ->
                            gpu.report().uuid().equals(lease.gpus().get(leased).uuid()))
                    .findFirst()
                    .ifPresent(gpu -> looks.add(watch.facts(gpu).map(facts -> leased(lease, leased, gpu, facts))));
        }
        return Future.all(looks)
                .map(all -> LeaseSnapshot.text(
                        inventory.system(), looks.stream().map(Future::result).toList()));
    }

    private LeaseSnapshot.Leased leased(Lease lease, int number, Gpu gpu, GpuFacts facts) {
        return new LeaseSnapshot.Leased(
                gpu,
                facts,
                lease.gpus().get(number).memoryBytes(),
                sessions.used(lease.id(), number),
                sessions.programs(lease.id(), number));
    }
}
