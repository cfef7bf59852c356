package io.penstock.cli;

import io.penstock.protocol.appliance.ApplianceClient;
import io.penstock.protocol.appliance.ServerStatus;
import io.penstock.protocol.identity.Identity;
import io.penstock.protocol.identity.Unreachable;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code penstock health}: looks at everything between a program here and a GPU there, and says how to fix it. */
@Command(
        name = "health",
        description =
                "Checks what programs need to get GPUs, and says how to fix what is wrong. Status 1 if anything is.")
final class HealthCommand implements Callable<Integer> {
    private static final Duration CERTIFICATE_LEFT_MIN = Duration.ofDays(3);
    private static final Duration CLOCK_SKEW_MAX = Duration.ofMinutes(2);
    private static final int CONNECT_MILLIS = 3000;
    private static final String LOOK_THERE = "look on that machine whether it runs: penstock-gpu-server serve";

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
        PrintWriter out = Console.spec(spec).commandLine().getOut();
        Settings settings = Settings.of(System.getenv());
        Vertx vertx = EventLoop.start();
        List<HealthCheck> checks = new ArrayList<>();
        checks.add(library(settings.installation()));
        try {
            Identity identity = Membership.identity(settings);
            checks.add(certificate(identity, Instant.now()));
            ApplianceClient appliance = ApplianceClient.machine(vertx, identity);
            checks.addAll(appliance(appliance, identity));
            checks.addAll(servers(vertx, Explanation.await(appliance.servers())));
        } catch (RuntimeException failed) {
            checks.add(explained(failed));
        }
        checks.forEach(out::println);
        return checks.stream().anyMatch(check -> check.state() == HealthCheck.State.FAILED)
                ? ExitStatus.UNHEALTHY
                : ExitStatus.OK;
    }

    private static HealthCheck explained(RuntimeException failed) {
        CommandException cause = Explanation.of(failed);
        return switch (cause.status()) {
            case ExitStatus.NOT_ENROLLED ->
                HealthCheck.failed("identity", cause.getMessage(), "what it says, or: penstock enroll URL TOKEN");
            case ExitStatus.UNREACHABLE ->
                HealthCheck.failed(
                        "appliance",
                        cause.getMessage(),
                        "start it (penstock-appliance serve), or open its port in the firewalls between");
            default ->
                HealthCheck.failed(
                        "appliance", cause.getMessage(), "ask an administrator whether this client is enabled");
        };
    }

    private static HealthCheck library(Installation installation) {
        return Files.isReadable(installation.driver())
                ? HealthCheck.ok("library", installation.driver() + " is there")
                : HealthCheck.failed(
                        "library",
                        "there is no " + installation.driver(),
                        "install Penstock again, or set PENSTOCK_HOME to a whole installation");
    }

    /** How long the certificate lasts. */
    static HealthCheck certificate(Identity identity, Instant now) {
        Instant until = identity.certificate().getNotAfter().toInstant();
        String finding = identity.peer() + ", certificate until " + until;
        return Duration.between(now, until).compareTo(CERTIFICATE_LEFT_MIN) > 0
                ? HealthCheck.ok("identity", finding)
                : HealthCheck.warning(
                        "identity",
                        finding,
                        "any penstock run renews it while the appliance answers; after that date: penstock enroll URL TOKEN");
    }

    private static List<HealthCheck> appliance(ApplianceClient appliance, Identity identity) {
        JsonObject health = Explanation.await(appliance.health());
        List<HealthCheck> checks = new ArrayList<>();
        checks.add(HealthCheck.ok(
                "appliance", identity.appliances().getFirst() + ", version " + health.getString("version", "unknown")));
        String time = health.getString("time");
        if (time != null) {
            checks.add(clock(time, Instant.now()));
        }
        return checks;
    }

    /** Certificates and leases are judged by the clock, so clocks must agree. */
    static HealthCheck clock(String applianceTime, Instant now) {
        try {
            Duration skew = Duration.between(now, Instant.parse(applianceTime)).abs();
            return skew.compareTo(CLOCK_SKEW_MAX) <= 0
                    ? HealthCheck.ok("clock", "agrees with the appliance's")
                    : HealthCheck.failed(
                            "clock",
                            "differs from the appliance's by " + skew.toSeconds() + " s",
                            "set both by the same NTP servers");
        } catch (DateTimeException e) {
            return HealthCheck.warning("clock", "the appliance told no time: " + applianceTime, "update the appliance");
        }
    }

    private static List<HealthCheck> servers(Vertx vertx, List<ServerStatus> servers) {
        if (servers.isEmpty()) {
            return List.of(HealthCheck.failed(
                    "servers", "the pool has none", "on a machine with GPUs: penstock-gpu-server enroll URL TOKEN"));
        }
        if (servers.stream().noneMatch(ServerStatus::alive)) {
            return servers.stream()
                    .map(server -> HealthCheck.failed("servers", silent(server), LOOK_THERE))
                    .toList();
        }
        return servers.stream().map(server -> server(vertx, server)).toList();
    }

    private static HealthCheck server(Vertx vertx, ServerStatus server) {
        String subject = "server";
        String name = placed(server);
        if (!server.alive()) {
            return HealthCheck.warning(subject, silent(server), LOOK_THERE);
        }
        String obstacle = Explanation.await(obstacle(vertx, server));
        if (!obstacle.isEmpty()) {
            return HealthCheck.failed(
                    subject,
                    Unreachable.sentence(name, obstacle),
                    "what it says; the server's log and docs/ports.md tell its ports");
        }
        long healthy =
                server.gpus().stream().filter(gpu -> gpu.usage().healthy()).count();
        return healthy > 0
                ? HealthCheck.ok(subject, name + ", " + healthy + " GPU(s)")
                : HealthCheck.warning(subject, name + " has no healthy GPU", "look on that machine: its log says why");
    }

    private static String placed(ServerStatus server) {
        return server.name() + " at " + server.report().host() + ":"
                + server.report().port();
    }

    private static String silent(ServerStatus server) {
        return placed(server) + " was " + ListCommand.lastHeard(server);
    }

    /** Why no TCP connection comes about, empty where one does; who is there is verified when a lease is used. */
    private static Future<String> obstacle(Vertx vertx, ServerStatus server) {
        NetClient client = vertx.createNetClient(new NetClientOptions().setConnectTimeout(CONNECT_MILLIS));
        return client.connect(server.report().port(), server.report().host())
                .map("")
                .otherwise(Unreachable::why)
                .eventually(client::close);
    }
}
