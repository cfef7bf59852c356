package io.penstock.cli.handover;

import io.penstock.protocol.appliance.ApplianceClient;
import io.penstock.protocol.appliance.ApplianceException;
import io.penstock.protocol.command.Misuse;
import io.penstock.protocol.command.VersionCommand;
import io.penstock.protocol.command.VersionLine;
import io.penstock.protocol.config.ConfigFile;
import io.penstock.protocol.identity.CertificateRequest;
import io.penstock.protocol.identity.Identity;
import io.penstock.protocol.identity.IdentityException;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The program {@code penstock-enroll}: root's service in a guest, until it is told to stop. */
@Command(
        name = "penstock-enroll",
        description = {
            "Makes this VM a client or a GPU server of a pool when an administrator enables it in the vSphere Client,",
            "and keeps the machine's client certificate valid. Runs until it gets SIGTERM."
        },
        mixinStandardHelpOptions = true,
        subcommands = VersionCommand.class)
public final class Main implements Callable<Integer> {
    private static final int ANSWER_SECONDS = 30;
    private static final Path USUAL = Path.of("/etc/penstock/enroll.properties");

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "The settings. Default: /etc/penstock/enroll.properties, where it exists.")
    private @Nullable Path file;

    private Main() {}

    /** Runs and ends with its status: 1 failed, 2 wrong arguments. */
    public static void main(String[] arguments) {
        if (System.getProperty("logback.configurationFile") == null) {
            System.setProperty("logback.configurationFile", "penstock-enroll-logback.xml");
        }
        System.exit(commandLine().execute(arguments));
    }

    static CommandLine commandLine() {
        CommandLine line = new CommandLine(new Main());
        line.setExecutionExceptionHandler((failed, command, parsed) -> {
            command.getErr().println("penstock-enroll: " + failed.getMessage());
            return 1;
        });
        return Misuse.toldBy(VersionLine.toldBy(line, "")); // it speaks to the appliance alone
    }

    @Override
    public Integer call() throws InterruptedException {
        EnrollConfig config = ConfigFile.load(file, USUAL, EnrollConfig.DEFAULT);
        Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1).setWorkerPoolSize(1));
        CertificateKeeper keeper = new CertificateKeeper(vertx, config.client());
        HandOver handOver = new HandOver(
                config, (offer, request, name) -> enrol(vertx, offer, request, name), InstantSource.system());
        while (true) {
            keeper.look();
            Duration pause = handOver.look();
            keeper.look();
            Thread.sleep(pause);
        }
    }

    private static Identity enrol(Vertx vertx, Offer offer, CertificateRequest request, String name) {
        ApplianceClient.FirstContact appliance =
                new ApplianceClient.FirstContact(vertx, offer.url(), offer.authority());
        try {
            return ApplianceClient.enrolVm(appliance, request, offer.vm(), name)
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(ANSWER_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case ApplianceException refusal -> throw refusal;
                case IdentityException broken -> throw broken;
                case null, default ->
                    throw new IdentityException("the appliance's answer is of no use: " + e.getCause(), e);
            }
        } catch (TimeoutException e) {
            throw new ApplianceException("no answer within " + ANSWER_SECONDS + " s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ApplianceException("interrupted", e);
        }
    }
}
