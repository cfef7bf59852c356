package io.penstock.appliance.command;

import io.penstock.appliance.ApplianceConfig;
import io.penstock.appliance.Initialisation;
import io.penstock.appliance.StateFolder;
import io.penstock.appliance.identity.CertificateAuthority;
import io.penstock.protocol.config.ConfigFile;
import io.penstock.protocol.identity.FolderOwner;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code penstock-appliance init}: the authority, the database, and this machine's administrator. */
@Command(
        name = "init",
        description = "Makes a new installation: its certificate authority and this machine's administrator.",
        mixinStandardHelpOptions = true)
final class InitCommand implements Callable<Integer> {
    private static final String HOST = "[A-Za-z0-9]([A-Za-z0-9.:-]{0,251}[A-Za-z0-9])?|[0-9A-Fa-f:.]+";

    private static final String EVERYWHERE = "0.0.0.0";

    @Mixin
    private StateOption state = new StateOption();

    @Option(
            names = {"--name", "--address"},
            paramLabel = "HOST",
            split = ",",
            description =
                    "A name or address under which machines reach this appliance; repeat it for more. The first is"
                            + " the one that they are told. Default: this machine's host name.")
    private @Nullable List<String> names;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "Takes the names from the key 'names' of this .properties or .yaml file, where it has any.")
    private @Nullable Path file;

    @Option(names = "--once", description = "Does nothing where there is an installation already.")
    private boolean once;

    /**
     * What the file of {@code --config} may say.
     *
     * @param names of the appliance; none = this machine's host name
     */
    public record InitConfig(List<String> names) {}

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws Exception {
        StateFolder folder = state.folder();
        if (once && folder.initialised()) {
            return 0;
        }
        FolderOwner.requireSelf(folder.path(), "penstock-appliance init --state " + folder.path());
        List<String> hosts = names == null ? configured() : requireHosts(spec, names);
        ApplianceConfig config = folder.config();
        CertificateAuthority authority = Initialisation.run(folder, hosts, Instant.now());
        spec.commandLine()
                .getOut()
                .printf(
                        "A new installation in %s, reached as %s.%n"
                                + "Its authority's certificate (ca.pem) has SHA-256 %s.%n"
                                + "Next: penstock-appliance serve%s%n%s%n",
                        folder.path(),
                        String.join(", ", hosts),
                        authority.fingerprint(),
                        state.again(),
                        reach(folder.listenAddress(config)));
        return 0;
    }

    /** Who will reach the appliance at the address that it listens on where nothing else is said. */
    private String reach(String address) {
        if (StateFolder.isLoopback(address)) {
            return "It listens on " + address
                    + ", where this machine alone reaches it; for other machines, with one of this"
                    + " machine's addresses: penstock-appliance serve" + state.again() + " --host ADDRESS";
        }
        return "It listens on " + address + (address.equals(EVERYWHERE) ? ", every address of this machine" : "")
                + "; --host ADDRESS chooses another";
    }

    /** The hosts, each of which is a name or an address; otherwise the command line is wrong. */
    static List<String> requireHosts(CommandSpec spec, List<String> hosts) {
        for (String host : hosts) {
            if (!host.matches(HOST)) {
                throw new ParameterException(spec.commandLine(), "'" + host + "' is not a host name or address");
            }
        }
        return hosts;
    }

    private List<String> configured() {
        List<String> read = file == null
                ? List.of()
                : ConfigFile.load(file, new InitConfig(List.of())).names().stream()
                        .map(String::strip)
                        .filter(each -> !each.isEmpty())
                        .toList();
        return read.isEmpty() ? List.of(hostName()) : requireHosts(spec, read);
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "localhost";
        }
    }
}
