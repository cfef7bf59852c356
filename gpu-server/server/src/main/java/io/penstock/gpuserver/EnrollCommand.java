package io.penstock.gpuserver;

import io.penstock.protocol.appliance.ApplianceAddress;
import io.penstock.protocol.appliance.ApplianceClient;
import io.penstock.protocol.appliance.Departure;
import io.penstock.protocol.command.OptionLimits;
import io.penstock.protocol.identity.EnrolmentToken;
import io.penstock.protocol.identity.HostName;
import io.penstock.protocol.identity.Identity;
import io.penstock.protocol.identity.IdentityStore;
import io.penstock.protocol.identity.PeerKind;
import io.penstock.protocol.identity.Predecessor;
import io.penstock.protocol.identity.PrivateFile;
import io.vertx.core.Vertx;
import java.net.URI;
import java.time.Instant;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
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
    private String url = "";

    @Parameters(index = "1", paramLabel = "TOKEN", description = "From: penstock-appliance token create --kind server")
    private String token = "";

    @Option(
            names = "--name",
            paramLabel = "NAME",
            converter = OptionLimits.MachineName.class,
            description = "What people call this server, unless the token says it; default its host name.")
    private @Nullable String name;

    @Mixin
    private StateOption state = new StateOption();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(
            names = "--replace",
            description =
                    "Also where there is a good identity, which is given up once the new one is there: its server is"
                            + " deleted. Not while it serves.")
    private boolean replace;

    @Override
    public Integer call() throws Exception {
        URI appliance = ApplianceAddress.parse(url);
        EnrolmentToken read = EnrolmentToken.parse(token, PeerKind.SERVER, Instant.now());
        state.own("enroll " + url + " TOKEN");
        IdentityStore store = state.identity();
        Predecessor before = Predecessor.in(store, Instant.now());
        before.requireConsent(replace, store.folder());
        PrivateFile.requireWritableState(store.folder());
        if (before.good()) {
            state.requireNoServer();
        }
        Vertx vertx = Vertx.vertx();
        try {
            Identity identity = ApplianceClient.enrol(
                            vertx, appliance, read, name == null ? HostName.or("server") : name)
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            store.replace(identity);
            String farewell = Departure.of(vertx, before)
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            spec.commandLine().getOut().println("enrolled as " + identity.peer() + farewell + next());
            return 0;
        } catch (ExecutionException failed) {
            Throwable cause = failed.getCause() == null ? failed : failed.getCause();
            throw new IllegalStateException(cause.getMessage(), cause);
        } catch (TimeoutException late) {
            throw new IllegalStateException("no answer within " + PATIENCE_SECONDS + " s from " + appliance, late);
        } finally {
            var unused = vertx.close();
        }
    }

    /** What to do after enrolling, where the identity is now. */
    String next() {
        return "; now: penstock-gpu-server serve" + state.again();
    }
}
