package io.penstock.gpuserver;

import io.penstock.protocol.appliance.ApplianceClient;
import io.penstock.protocol.identity.EnrolmentToken;
import io.penstock.protocol.identity.Identity;
import io.penstock.protocol.identity.PeerKind;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code penstock-gpu-server enroll URL TOKEN}: makes a key here and has the appliance sign its certificate. */
@Command(
        name = "enroll",
        description = "Makes this machine a server of the installation that the token belongs to.",
        mixinStandardHelpOptions = true)
final class EnrollCommand implements Callable<Integer> {
    private static final int PATIENCE_SECONDS = 30;

    @Parameters(index = "0", paramLabel = "URL", description = "Where the appliance answers.")
    private URI url = URI.create("");

    @Parameters(index = "1", paramLabel = "TOKEN", description = "From: penstock-appliance token create --kind server")
    private String token = "";

    @Option(names = "--name", paramLabel = "NAME", description = "What people call this server; default its host name.")
    private @Nullable String name;

    @Mixin
    private StateOption state = new StateOption();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws Exception {
        EnrolmentToken read = EnrolmentToken.parse(token);
        if (read.kind() != PeerKind.SERVER) {
            throw new IllegalArgumentException(
                    "this token enrols a " + read.kind().word()
                            + ", not a server; ask for one made with: penstock-appliance token create --kind server");
        }
        Vertx vertx = Vertx.vertx();
        try {
            Identity identity = ApplianceClient.enrol(vertx, url, read, name == null ? hostName() : name)
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            state.identity().save(identity);
            spec.commandLine()
                    .getOut()
                    .println("enrolled as " + identity.peer().uri() + "; now: penstock-gpu-server serve");
            return 0;
        } catch (ExecutionException failed) {
            Throwable cause = failed.getCause() == null ? failed : failed.getCause();
            throw new IllegalStateException(cause.getMessage(), cause);
        } finally {
            var unused = vertx.close();
        }
    }

    /** The kernel's name for this machine, which it has even when no name server knows it. */
    private static String hostName() throws IOException {
        return Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
    }
}
