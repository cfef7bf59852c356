package io.penstock.cli;

import io.penstock.protocol.appliance.ApplianceAddress;
import io.penstock.protocol.appliance.ApplianceClient;
import io.penstock.protocol.appliance.Departure;
import io.penstock.protocol.appliance.LeaseStatus;
import io.penstock.protocol.command.OptionLimits;
import io.penstock.protocol.identity.EnrolmentToken;
import io.penstock.protocol.identity.HostName;
import io.penstock.protocol.identity.Identity;
import io.penstock.protocol.identity.IdentityException;
import io.penstock.protocol.identity.IdentityStore;
import io.penstock.protocol.identity.PeerKind;
import io.penstock.protocol.identity.Predecessor;
import io.vertx.core.Vertx;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code penstock enroll}: trades a token for a certificate; the key is made here and stays here. */
@Command(
        name = "enroll",
        aliases = "enrol",
        description = {
            "Makes this machine a client of an installation.",
            "An administrator makes the token, which works once: penstock-appliance token create --kind client"
        })
final class EnrollCommand implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(index = "0", paramLabel = "URL", description = "Where the appliance answers: https://HOST:PORT")
    private String url = "";

    @Parameters(index = "1", paramLabel = "TOKEN", description = "The enrolment token")
    private String token = "";

    @Option(
            names = "--name",
            paramLabel = "NAME",
            converter = OptionLimits.MachineName.class,
            description = "What this machine will be called, unless the token says it. Default: its host name")
    private @Nullable String name;

    @Option(
            names = "--machine",
            description = "For every user of this machine who is in the group " + Settings.GROUP
                    + ", not for this user alone; by root. Needs the package penstock-client")
    private boolean machine;

    @Option(
            names = "--replace",
            description =
                    "Also where there is a good identity, which is given up once the new one is there: its client is"
                            + " deleted. Not while programs hold GPUs by it")
    private boolean replace;

    @Override
    public Integer call() {
        CommandSpec own = Console.spec(spec);
        IdentityStore store = store();
        URI appliance = address(own);
        EnrolmentToken read = read();
        Predecessor before = Predecessor.in(store, Instant.now());
        requireConsent(own, before, store.folder());
        store.requireWritable();
        Vertx vertx = EventLoop.start();
        requireNoLease(vertx, before);
        Identity identity = Explanation.await(
                ApplianceClient.enrol(vertx, appliance, read, name == null ? HostName.or("client") : name));
        store.replace(identity);
        String farewell = Explanation.await(Departure.of(vertx, before));
        own.commandLine()
                .getOut()
                .println("enrolled as " + identity.peer() + " until "
                        + identity.certificate().getNotAfter().toInstant() + farewell
                        + "; try: penstock list");
        return ExitStatus.OK;
    }

    private void requireConsent(CommandSpec own, Predecessor before, Path folder) {
        try {
            before.requireConsent(replace, folder);
        } catch (IdentityException e) {
            throw new ParameterException(own.commandLine(), String.valueOf(e.getMessage()), e);
        }
    }

    /** Demands that nobody holds GPUs by the identity that is to be replaced, as far as its appliance answers. */
    private static void requireNoLease(Vertx vertx, Predecessor before) {
        Identity old = before.identity();
        if (old == null || !before.good()) {
            return;
        }
        ApplianceClient appliance = ApplianceClient.machine(vertx, old);
        List<LeaseStatus> leases =
                Explanation.await(appliance.leases().otherwise(List.of()).eventually(appliance::close));
        if (!leases.isEmpty()) {
            throw new CommandException(
                    ExitStatus.FAILED,
                    "programs hold GPUs by the identity that is to be replaced, " + old.peer() + ": "
                            + leases.stream()
                                    .map(one -> "lease " + one.lease().id() + " of "
                                            + one.lease().user() + " on " + one.serverName())
                                    .collect(Collectors.joining(", "))
                            + "; nothing was changed. End them first (each is a penstock run), then enrol");
        }
    }

    /** Where it goes, looked at before the token is spent. */
    private IdentityStore store() {
        Map<String, String> environment = System.getenv();
        if (!machine) {
            return new IdentityStore(Settings.of(environment).identity());
        }
        Path folder = Settings.machine(environment);
        if (!Files.isWritable(folder)) {
            throw new CommandException(
                    ExitStatus.FAILED,
                    Files.isDirectory(folder)
                            ? folder + " is root's: run this command as root"
                            : "there is no " + folder + ": install the package penstock-client");
        }
        return Settings.ofMachine(folder);
    }

    private EnrolmentToken read() {
        try {
            return EnrolmentToken.parse(token, PeerKind.CLIENT, Instant.now());
        } catch (IdentityException e) {
            throw new CommandException(ExitStatus.REFUSED, String.valueOf(e.getMessage()));
        }
    }

    private URI address(CommandSpec own) {
        try {
            return ApplianceAddress.parse(url);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(own.commandLine(), String.valueOf(e.getMessage()), e);
        }
    }
}
