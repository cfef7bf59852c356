package io.penstock.appliance.command;

import io.penstock.protocol.appliance.LeaseStatus;
import io.penstock.protocol.config.ByteSize;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code penstock-appliance lease}. */
@Command(name = "lease", description = "What is lent to whom.", mixinStandardHelpOptions = true)
final class LeaseCommand implements Runnable {
    private static final Listing<LeaseStatus> LISTING = new Listing<>(LeaseStatus::toJson)
            .column("ID", lease -> lease.lease().id())
            .column("CLIENT", LeaseStatus::clientName)
            .column("USER", lease -> lease.lease().user())
            .column("SERVER", LeaseStatus::serverName)
            .column("GPUS", LeaseCommand::gpus)
            .column("RENEWED", lease -> lease.lease().issued().toString());

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "say what to do with leases: list or end");
    }

    @Command(name = "list", description = "Lists the leases in force.", mixinStandardHelpOptions = true)
    int list(@Mixin StateOption state, @Option(names = "--json", description = "As JSON.") boolean json)
            throws Exception {
        try (LocalAdministrator administrator = LocalAdministrator.of(state.folder())) {
            LISTING.print(
                    spec.commandLine().getOut(),
                    Waiting.on(administrator.client().leases()),
                    json);
        }
        return 0;
    }

    @Command(
            name = "end",
            description = "Takes a lease back; its programs lose their GPUs within seconds.",
            mixinStandardHelpOptions = true)
    int end(@Mixin StateOption state, @Parameters(paramLabel = "ID") String id) throws Exception {
        try (LocalAdministrator administrator = LocalAdministrator.of(state.folder())) {
            Waiting.on(administrator.client().release(Named.possible("lease", id)));
            spec.commandLine().getOut().println("lease " + id + " is over");
        }
        return 0;
    }

    private static String gpus(LeaseStatus status) {
        return status.lease().gpus().stream()
                .map(gpu -> gpu.uuid() + " (" + new ByteSize(gpu.memoryBytes()) + ")")
                .collect(Collectors.joining(", "));
    }
}
