package io.penstock.appliance.command;

import io.penstock.protocol.appliance.ApplianceClient;
import io.penstock.protocol.appliance.GpuStatus;
import io.penstock.protocol.appliance.ServerStatus;
import io.penstock.protocol.config.ByteSize;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code penstock-appliance server}. */
@Command(name = "server", description = "The machines that lend GPUs.", mixinStandardHelpOptions = true)
final class ServerCommand implements Runnable {
    private static final Listing<ServerStatus> LISTING = new Listing<>(ServerStatus::toJson)
            .column("ID", ServerStatus::id)
            .column("NAME", ServerStatus::name)
            .column("STATE", server -> server.alive() ? "alive" : "silent")
            .column(
                    "ADDRESS",
                    server -> server.report().host() + ":" + server.report().port())
            .column("GPUS", server -> Integer.toString(server.gpus().size()))
            .column("MEMORY LEASED", ServerCommand::leased)
            .column("PROGRAMS", server -> Integer.toString(server.sessions().size()));

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "say what to do with servers: list or delete");
    }

    @Command(name = "list", description = "Lists the servers.", mixinStandardHelpOptions = true)
    int list(@Mixin StateOption state, @Option(names = "--json", description = "As JSON.") boolean json)
            throws Exception {
        try (LocalAdministrator administrator = LocalAdministrator.of(state.folder())) {
            LISTING.print(
                    spec.commandLine().getOut(),
                    Waiting.on(administrator.client().servers()),
                    json);
        }
        return 0;
    }

    @Command(
            name = "delete",
            description = "Forgets a server for ever; its leases end.",
            mixinStandardHelpOptions = true)
    int delete(
            @Mixin StateOption state,
            @Parameters(paramLabel = "SERVER", description = "Its id, or its name.") String server)
            throws Exception {
        try (LocalAdministrator administrator = LocalAdministrator.of(state.folder())) {
            ApplianceClient appliance = administrator.client();
            String id =
                    Named.one("server", server, Waiting.on(appliance.servers()), ServerStatus::id, ServerStatus::name);
            Waiting.on(appliance.deleteServer(id));
            spec.commandLine().getOut().println("server " + id + " is deleted");
        }
        return 0;
    }

    private static String leased(ServerStatus server) {
        long leased = server.gpus().stream().mapToLong(GpuStatus::leasedBytes).sum();
        long total =
                server.gpus().stream().mapToLong(gpu -> gpu.gpu().memoryBytes()).sum();
        return new ByteSize(leased) + " of " + new ByteSize(total);
    }
}
