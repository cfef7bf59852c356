package io.penstock.appliance.command;

import io.penstock.protocol.appliance.ApplianceClient;
import io.penstock.protocol.appliance.ClientStatus;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonObject;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code penstock-appliance client}. */
@Command(name = "client", description = "The machines that borrow GPUs.", mixinStandardHelpOptions = true)
final class ClientCommand implements Runnable {
    private static final Listing<ClientStatus> LISTING = new Listing<>(ClientStatus::toJson)
            .column("ID", ClientStatus::id)
            .column("NAME", ClientStatus::name)
            .column("STATE", client -> client.enabled() ? "enabled" : "disabled")
            .column("ENROLLED", client -> client.enrolled().toString())
            .column("CERTIFICATE UNTIL", client -> client.certificateExpires().toString());

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(), "say what to do with clients: list, disable, enable or delete");
    }

    /** A change of one client. */
    private interface Change {
        Future<Void> on(ApplianceClient appliance, String client);
    }

    @Command(name = "list", description = "Lists the clients.", mixinStandardHelpOptions = true)
    int list(@Mixin StateOption state, @Option(names = "--json", description = "As JSON.") boolean json)
            throws Exception {
        try (LocalAdministrator administrator = LocalAdministrator.of(state.folder())) {
            LISTING.print(
                    spec.commandLine().getOut(),
                    Waiting.on(administrator.client().clients()),
                    json);
        }
        return 0;
    }

    @Command(
            name = "disable",
            description = "Refuses a client; its leases end and its connections are cut within seconds.",
            mixinStandardHelpOptions = true)
    int disable(
            @Mixin StateOption state,
            @Parameters(paramLabel = "CLIENT", description = "Its id, or its name.") String client)
            throws Exception {
        return change(state, client, "disabled", (appliance, id) -> appliance.setClientEnabled(id, false));
    }

    @Command(
            name = "enable",
            description = "Accepts a disabled client again; one that is a VM is offered to come in anew.",
            mixinStandardHelpOptions = true)
    int enable(
            @Mixin StateOption state,
            @Parameters(paramLabel = "CLIENT", description = "Its id, or its name.") String client)
            throws Exception {
        try (LocalAdministrator administrator = LocalAdministrator.of(state.folder())) {
            ApplianceClient appliance = administrator.client();
            String path = "/v1/clients/" + id(appliance, client) + "/enable";
            JsonObject done = Waiting.on(appliance.administer(HttpMethod.POST, path, new JsonObject()));
            spec.commandLine().getOut().println(Printable.line(done.getString("text")));
        }
        return 0;
    }

    @Command(
            name = "delete",
            description = "Forgets a client for ever; its certificate is void.",
            mixinStandardHelpOptions = true)
    int delete(
            @Mixin StateOption state,
            @Parameters(paramLabel = "CLIENT", description = "Its id, or its name.") String client)
            throws Exception {
        return change(state, client, "deleted", ApplianceClient::deleteClient);
    }

    private int change(StateOption state, String named, String done, Change change) throws Exception {
        try (LocalAdministrator administrator = LocalAdministrator.of(state.folder())) {
            ApplianceClient appliance = administrator.client();
            String id = id(appliance, named);
            Waiting.on(change.on(appliance, id));
            spec.commandLine().getOut().println("client " + id + " is " + done);
        }
        return 0;
    }

    private static String id(ApplianceClient appliance, String named) throws Exception {
        return Named.one("client", named, Waiting.on(appliance.clients()), ClientStatus::id, ClientStatus::name);
    }
}
