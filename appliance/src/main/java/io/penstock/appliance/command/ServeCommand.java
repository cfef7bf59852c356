package io.penstock.appliance.command;

import io.penstock.appliance.Appliance;
import io.penstock.appliance.ApplianceConfig;
import io.penstock.appliance.Initialisation;
import io.penstock.appliance.StateFolder;
import io.penstock.protocol.command.OptionLimits;
import io.penstock.protocol.identity.FolderOwner;
import io.penstock.protocol.identity.IdentityException;
import io.penstock.protocol.identity.StateLock;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.PrintWriter;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code penstock-appliance serve}: runs until it is told to stop. */
@Command(
        name = "serve",
        description = "Runs the appliance until it gets SIGTERM or SIGINT.",
        mixinStandardHelpOptions = true)
final class ServeCommand implements Callable<Integer> {
    private static final Logger LOG = LoggerFactory.getLogger(ServeCommand.class);

    @Mixin
    private StateOption state = new StateOption();

    @Option(
            names = {"--host", "--address"},
            paramLabel = "ADDRESS",
            description = "The address to listen on; default from the configuration.")
    private @Nullable String host;

    @Option(
            names = "--port",
            paramLabel = "PORT",
            converter = OptionLimits.Port.class,
            description = "The port to listen on, 0 for a free one; default from the configuration.")
    private @Nullable Integer port;

    @Option(
            names = "--init",
            paramLabel = "HOST",
            split = ",",
            description = "Where there is no installation yet, first makes one, reached as HOST; see init.")
    private @Nullable List<String> init;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws Exception {
        StateFolder folder = state.folder();
        FolderOwner.requireSelf(folder.path(), "penstock-appliance serve --state " + folder.path());
        if (init != null && !folder.initialised()) {
            Initialisation.run(folder, InitCommand.requireHosts(spec, init), Instant.now());
        }
        folder.requireInitialised();
        folder.requireWritable();
        ApplianceConfig file = folder.config();
        ApplianceConfig config =
                file.listeningOn(host == null ? folder.listenAddress(file) : host, port == null ? file.port() : port);
        try (StateLock _ = StateLock.take(folder.path())
                .orElseThrow(() -> new IdentityException("another appliance already serves " + folder.path()))) {
            serve(folder, config);
        }
        return 0;
    }

    private void serve(StateFolder folder, ApplianceConfig config) throws Exception {
        Vertx vertx = Vertx.vertx(new VertxOptions()
                .setPreferNativeTransport(true)
                .setEventLoopPoolSize(2)
                .setWorkerPoolSize(4)
                .setInternalBlockingPoolSize(2));
        CountDownLatch stop = new CountDownLatch(1);
        CountDownLatch stopped = new CountDownLatch(1);
        Thread hook = new Thread(() -> stopAndWait(stop, stopped), "stop");
        try {
            Appliance appliance = Waiting.on(Appliance.start(vertx, folder, config, InstantSource.system()));
            Runtime.getRuntime().addShutdownHook(hook);
            PrintWriter out = spec.commandLine().getOut();
            out.println("listening on " + folder.endpoint().url());
            if (WebPage.isThere()) {
                Waiting.on(appliance.setUpLink())
                        .ifPresent(link -> out.println(
                                "to set the administrator's password, open this page (it is good once): " + link));
            } else {
                out.println(WebPage.MISSING);
            }
            stop.await();
            LOG.info("stopping");
            Waiting.on(appliance.close());
        } finally {
            Waiting.on(vertx.close());
            stopped.countDown();
        }
    }

    /** Runs while the process is told to end: lets {@link #serve} finish before it does. */
    private static void stopAndWait(CountDownLatch stop, CountDownLatch stopped) {
        stop.countDown();
        try {
            stopped.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
