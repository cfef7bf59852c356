package io.penstock.appliance.command;

import io.penstock.protocol.appliance.ApplianceClient;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code penstock-appliance vcenter}. */
@Command(name = "vcenter", description = "The vCenters that the appliance belongs to.", mixinStandardHelpOptions = true)
final class VcenterCommand implements Runnable {
    private static final int PORT = 443;
    private static final Listing<JsonObject> LISTING = new Listing<JsonObject>(vcenter -> vcenter)
            .column("HOST", vcenter -> vcenter.getString("host"))
            .column("ID", vcenter -> vcenter.getString("id"))
            .column("STATE", vcenter -> vcenter.getString("state"))
            .column("VERSION", vcenter -> vcenter.getString("version"))
            .column("SERVICE ACCOUNT", vcenter -> vcenter.getString("serviceUser"))
            .column("GPU HOSTS", vcenter -> String.valueOf(vcenter.getInteger("hosts")))
            .column("VMS", vcenter -> String.valueOf(vcenter.getInteger("vms")));

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(), "say what to do with vCenters: list, add, check, repair or remove");
    }

    /** An account that may register extensions and set permissions; used once. */
    static final class Bootstrap {
        @Option(
                names = "--user",
                paramLabel = "USER",
                description = "An account that may register extensions and set permissions; it is used once.")
        private @Nullable String user;

        @Option(
                names = "--password-file",
                paramLabel = "FILE",
                description =
                        "Its password: the first line of FILE, or of standard input with -; default: it is asked for.")
        private @Nullable String passwordFile;
    }

    /** The account that the appliance works with. */
    static final class ServiceAccount {
        @Option(
                names = "--service-user",
                required = true,
                paramLabel = "USER",
                description = "The account that the appliance works with; it needs no permissions yet.")
        private String user = "";

        @Option(
                names = "--service-password-file",
                paramLabel = "FILE",
                description = "Its password: the first line of FILE, or the next of standard input with -.")
        private @Nullable String passwordFile;
    }

    @Command(name = "list", description = "Lists the vCenters.", mixinStandardHelpOptions = true)
    int list(@Mixin StateOption state, @Option(names = "--json", description = "As JSON.") boolean json)
            throws Exception {
        try (LocalAdministrator administrator = LocalAdministrator.of(state.folder())) {
            LISTING.print(spec.commandLine().getOut(), vcenters(administrator.client()), json);
        }
        return 0;
    }

    @Command(
            name = "add",
            description =
                    "Registers with a vCenter: role and permission of the service account, extension and plug-in.",
            mixinStandardHelpOptions = true)
    int add(
            @Mixin StateOption state,
            @Mixin Bootstrap bootstrap,
            @Parameters(paramLabel = "HOST[:PORT]", description = "The vCenter.") String address,
            @Mixin ServiceAccount service,
            @Option(
                            names = "--thumbprint",
                            paramLabel = "SHA256",
                            description = "The vCenter's certificate; default: it is shown, and you are asked.")
                    @Nullable
                    String thumbprint,
            @Option(
                            names = "--take-over",
                            description = "Takes the extension over from another appliance that registered it.")
                    boolean takeOver)
            throws Exception {
        if (bootstrap.user == null) {
            throw new ParameterException(
                    spec.commandLine(), "--user is missing: an account that may register extensions");
        }
        Passwords passwords = new Passwords(spec);
        JsonObject where = address(address);
        try (LocalAdministrator administrator = LocalAdministrator.of(state.folder())) {
            ApplianceClient appliance = administrator.client();
            String confirmed = thumbprint == null ? confirm(appliance, where, passwords) : thumbprint;
            JsonObject wanted = where.copy()
                    .put("thumbprint", confirmed)
                    .put("user", bootstrap.user)
                    .put("password", passwords.read(bootstrap.user, "--password-file", bootstrap.passwordFile))
                    .put("serviceUser", service.user)
                    .put(
                            "servicePassword",
                            passwords.read(service.user, "--service-password-file", service.passwordFile));
            if (takeOver) {
                wanted.put("takeOver", true);
            }
            JsonObject added = Waiting.on(appliance.administer(HttpMethod.POST, "/v1/vcenters", wanted));
            spec.commandLine()
                    .getOut()
                    .printf(
                            "registered with vCenter %s (%s, API %s). The plug-in appears in the vSphere Client within a"
                                    + " minute; users need a role with privileges of io.penstock.vsphere.%n",
                            added.getString("id"), added.getString("version"), added.getString("apiVersion"));
        }
        return 0;
    }

    @Command(
            name = "check",
            description = "Looks at every part of a registration; status 1 when one is broken.",
            mixinStandardHelpOptions = true)
    int check(
            @Mixin StateOption state,
            @Parameters(paramLabel = "VCENTER", description = "Its host, or its id.") String vcenter)
            throws Exception {
        try (LocalAdministrator administrator = LocalAdministrator.of(state.folder())) {
            return tell(administrator, id(administrator.client(), vcenter), "check", new JsonObject());
        }
    }

    @Command(
            name = "repair",
            description = "Mends what check found; say what its findings ask for.",
            mixinStandardHelpOptions = true)
    int repair(
            @Mixin StateOption state,
            @Mixin Bootstrap bootstrap,
            @Parameters(paramLabel = "VCENTER", description = "Its host, or its id.") String vcenter,
            @Option(
                            names = "--service-password-file",
                            paramLabel = "FILE",
                            description = "A new password of the service account.")
                    @Nullable
                    String servicePasswordFile,
            @Option(names = "--thumbprint", paramLabel = "SHA256", description = "A new certificate of the vCenter.")
                    @Nullable
                    String thumbprint)
            throws Exception {
        JsonObject wanted = bootstrap(bootstrap);
        if (thumbprint != null) {
            wanted.put("thumbprint", thumbprint);
        }
        if (servicePasswordFile != null) {
            wanted.put(
                    "servicePassword",
                    new Passwords(spec).read("the service account", "--service-password-file", servicePasswordFile));
        }
        try (LocalAdministrator administrator = LocalAdministrator.of(state.folder())) {
            return tell(administrator, id(administrator.client(), vcenter), "repair", wanted);
        }
    }

    @Command(
            name = "remove",
            description = "Unregisters from a vCenter; members stay members.",
            mixinStandardHelpOptions = true)
    int remove(
            @Mixin StateOption state,
            @Mixin Bootstrap bootstrap,
            @Parameters(paramLabel = "VCENTER", description = "Its host, or its id.") String vcenter,
            @Option(
                            names = "--forget",
                            description =
                                    "Forgets it also when it does not answer any more; what was registered stays there.")
                    boolean forget)
            throws Exception {
        JsonObject wanted = bootstrap(bootstrap).put("forget", forget);
        try (LocalAdministrator administrator = LocalAdministrator.of(state.folder())) {
            String id = id(administrator.client(), vcenter);
            Waiting.on(administrator.client().administer(HttpMethod.POST, "/v1/vcenters/" + id + "/remove", wanted));
            spec.commandLine().getOut().println("vCenter " + id + " is removed");
        }
        return 0;
    }

    private JsonObject bootstrap(Bootstrap given) {
        JsonObject wanted = new JsonObject();
        if (given.user != null) {
            wanted.put("user", given.user)
                    .put("password", new Passwords(spec).read(given.user, "--password-file", given.passwordFile));
        }
        return wanted;
    }

    /** Prints findings; the worst decides the status. */
    private int tell(LocalAdministrator administrator, String id, String work, JsonObject body) throws Exception {
        JsonArray findings = Waiting.on(
                        administrator.client().administer(HttpMethod.POST, "/v1/vcenters/" + id + "/" + work, body))
                .getJsonArray("findings");
        PrintWriter out = spec.commandLine().getOut();
        boolean broken = false;
        for (int i = 0; i < findings.size(); i++) {
            JsonObject finding = findings.getJsonObject(i);
            broken |= finding.getString("state").equals("broken");
            out.printf(
                    "%-8s %-16s %s%n",
                    finding.getString("state").toUpperCase(Locale.ROOT),
                    finding.getString("part").replace('_', ' '),
                    Printable.line(finding.getString("text")));
            if (finding.getString("remedy") != null) {
                out.printf("%26s%s%n", "", Printable.line(finding.getString("remedy")));
            }
        }
        out.flush();
        return broken ? 1 : 0;
    }

    private String confirm(ApplianceClient appliance, JsonObject where, Passwords passwords) throws Exception {
        JsonObject shown = Waiting.on(appliance.administer(HttpMethod.POST, "/v1/vcenters/certificate", where));
        spec.commandLine()
                .getOut()
                .printf(
                        "%s presents this certificate:%n  subject     %s%n  issuer      %s%n  names       %s%n"
                                + "  valid       %s to %s%n  SHA-256     %s%n",
                        where.getString("host"),
                        Printable.line(shown.getString("subject")),
                        Printable.line(shown.getString("issuer")),
                        Printable.line(shown.getJsonArray("names").stream()
                                .map(String::valueOf)
                                .collect(Collectors.joining(", "))),
                        shown.getString("notBefore"),
                        shown.getString("notAfter"),
                        shown.getString("sha256"));
        spec.commandLine().getOut().flush();
        if (!passwords.confirm("Is this the vCenter's certificate?")) {
            throw new ParameterException(
                    spec.commandLine(),
                    "the certificate was not confirmed; compare its SHA-256 and say --thumbprint, or answer yes");
        }
        return shown.getString("sha256");
    }

    private JsonObject address(String text) {
        int colon = text.lastIndexOf(':');
        boolean port = (colon > text.lastIndexOf(']') && text.indexOf(':') == colon) || text.startsWith("[");
        try {
            return port && colon > text.lastIndexOf(']')
                    ? new JsonObject()
                            .put("host", text.substring(0, colon))
                            .put("port", Integer.parseInt(text.substring(colon + 1)))
                    : new JsonObject().put("host", text).put("port", PORT);
        } catch (NumberFormatException e) {
            throw new ParameterException(spec.commandLine(), "'" + text + "' is not HOST or HOST:PORT", e);
        }
    }

    private String id(ApplianceClient appliance, String named) throws Exception {
        List<JsonObject> found = vcenters(appliance).stream()
                .filter(one -> one.getString("id").equals(named)
                        || one.getString("host").equals(named))
                .toList();
        if (found.size() != 1) {
            throw new ParameterException(
                    spec.commandLine(),
                    found.isEmpty()
                            ? "there is no vCenter " + named + "; penstock-appliance vcenter list shows those there are"
                            : "several vCenters have the host " + named + "; say the id");
        }
        return found.getFirst().getString("id");
    }

    private static List<JsonObject> vcenters(ApplianceClient appliance) throws Exception {
        return Waiting.on(appliance.administer(HttpMethod.GET, "/v1/vcenters", new JsonObject()))
                .getJsonArray("vcenters")
                .stream()
                .map(JsonObject.class::cast)
                .toList();
    }
}
