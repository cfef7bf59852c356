package io.penstock.gpuserver;

import io.penstock.gpuserver.daemon.GpuServer;
import io.penstock.gpuserver.device.Inventory;
import io.penstock.gpuserver.device.NvmlInventory;
import io.penstock.gpuserver.device.SoftwareInventory;
import io.penstock.gpuserver.driver.JnaNvmlLibrary;
import io.penstock.gpuserver.driver.NvmlLibrary;
import io.penstock.protocol.appliance.CertificateRotation;
import io.penstock.protocol.command.OptionLimits;
import io.penstock.protocol.config.ByteSize;
import io.penstock.protocol.config.ConfigFile;
import io.penstock.protocol.config.GpuKind;
import io.penstock.protocol.identity.Identity;
import io.penstock.protocol.identity.PrivateFile;
import io.penstock.protocol.identity.StateLock;
import io.penstock.protocol.identity.TlsOptions;
import io.penstock.protocol.link.Spin;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.InstantSource;
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

/** {@code penstock-gpu-server serve}: runs until it is told to stop. */
@Command(
        name = "serve",
        description = "Lends this machine's GPUs until it gets SIGTERM or SIGINT.",
        mixinStandardHelpOptions = true)
final class ServeCommand implements Callable<Integer> {
    private static final Logger log = LoggerFactory.getLogger(ServeCommand.class);
    private static final long MEBIBYTE = 1L << 20;

    @Mixin
    private StateOption state = new StateOption();

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "The settings, .yaml or .properties. Default: gpu-server.yaml in the state folder.")
    private @Nullable Path file;

    @Option(names = "--address", paramLabel = "ADDRESS", description = "The address to listen on.")
    private @Nullable String address;

    @Option(
            names = "--port",
            paramLabel = "PORT",
            converter = OptionLimits.Port.class,
            description = "The daemon's port, 0 for a free one.")
    private @Nullable Integer port;

    @Option(
            names = "--gpus",
            paramLabel = "GPUS",
            converter = OptionLimits.Gpus.class,
            description = "nvidia, or software:N for N software GPUs.")
    private @Nullable GpuKind gpus;

    @Option(
            names = "--memory",
            paramLabel = "MiB",
            converter = OptionLimits.Mebibytes.class,
            description = "Memory of each software GPU in MiB.")
    private @Nullable Long memory;

    @Option(
            names = "--await-identity",
            paramLabel = "SECONDS",
            converter = OptionLimits.Seconds.class,
            description = "How long to wait for being enrolled, for whoever starts this before that. Default: 0.")
    private int awaitSeconds;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws Exception {
        Path folder = state.own("serve");
        GpuServerConfig settings =
                overridden(ConfigFile.load(file, folder.resolve("gpu-server.yaml"), GpuServerConfig.DEFAULT));
        Vertx vertx = Spin.vertx(1, Duration.ZERO);
        TlsOptions.prepare();
        Identity identity = state.identity(Duration.ofSeconds(awaitSeconds));
        PrivateFile.requireWritableState(folder);
        try (StateLock _ = state.lock()) {
            return serve(folder, settings, vertx, identity);
        }
    }

    private int serve(Path folder, GpuServerConfig settings, Vertx vertx, Identity identity) throws Exception {
        GpuServerConfig config = settings.advertisedTo(identity.appliances());
        Inventory inventory = inventory(config, identity.peer().id());
        CountDownLatch stop = new CountDownLatch(1);
        GpuServer server = GpuServer.start(
                        vertx,
                        config,
                        identity,
                        inventory,
                        WorkerCommand.of(config, identity.peer().id()),
                        folder)
                .toCompletionStage()
                .toCompletableFuture()
                .get();
        new CertificateRotation(vertx, state.identity(), identity, InstantSource.system(), server::show).start();
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            server.stop();
                            stop.countDown();
                        },
                        "stop"));
        announce(folder, config, server.port());
        log.info(
                "listening on {} port {} with {} GPUs",
                config.address(),
                server.port(),
                inventory.look().size());
        stop.await();
        return 0;
    }

    private GpuServerConfig overridden(GpuServerConfig read) {
        GpuKind kind = gpus == null ? GpuKind.parse(read.gpus()) : gpus;
        OptionLimits.requireMemory(spec, memory, kind);
        return read.with(
                address == null ? read.address() : address,
                port == null ? read.port() : port,
                read.advertise(),
                kind.toString(),
                memory == null ? read.softwareMemory() : new ByteSize(memory * MEBIBYTE));
    }

    private static Inventory inventory(GpuServerConfig config, String server) {
        if (config.softwareGpus() > 0) {
            return new SoftwareInventory(
                    config.softwareGpus(), config.softwareMemory().bytes(), server);
        }
        NvmlLibrary nvml = JnaNvmlLibrary.open();
        int result = nvml.nvmlInit_v2();
        if (result != NvmlLibrary.SUCCESS) {
            throw new IllegalStateException("this machine has no usable NVIDIA driver (NVML says " + result
                    + "); install it, or serve software GPUs: --gpus software:1");
        }
        return new NvmlInventory(nvml);
    }

    /** Whoever started us with port 0 reads here where we listen; the file appears whole. */
    private static void announce(Path folder, GpuServerConfig config, int port) throws IOException {
        Path file = folder.resolve("endpoint.json");
        Path fresh = folder.resolve("endpoint.json.new");
        Files.writeString(
                fresh,
                new JsonObject()
                        .put("url", "penstock://" + config.advertised() + ":" + port)
                        .put("pid", ProcessHandle.current().pid())
                        .encode());
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
