package io.penstock.appliance.command;

import io.penstock.appliance.StateFolder;
import io.penstock.protocol.command.OptionLimits;
import io.penstock.protocol.config.Durations;
import io.penstock.protocol.identity.EnrolmentToken;
import io.penstock.protocol.identity.PeerKind;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code penstock-appliance token}. */
@Command(
        name = "token",
        description = "Enrolment tokens.",
        mixinStandardHelpOptions = true,
        subcommands = TokenCommand.Create.class)
final class TokenCommand implements Callable<Integer> {
    private static final Duration LIFE_MAX = Duration.ofDays(7);

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        throw new ParameterException(spec.commandLine(), "say what to do with tokens: create");
    }

    /** What can be enrolled. */
    enum Kind {
        CLIENT,
        SERVER
    }

    /** {@code penstock-appliance token create}. */
    @Command(
            name = "create",
            description = "Makes a single-use token that lets one machine in, and prints what to type there.",
            mixinStandardHelpOptions = true)
    static final class Create implements Callable<Integer> {
        @Mixin
        private StateOption state = new StateOption();

        @Option(
                names = "--kind",
                required = true,
                paramLabel = "client|server",
                description = "What the machine will be.")
        private Kind kind = Kind.CLIENT;

        @Option(
                names = "--ttl",
                paramLabel = "TIME",
                defaultValue = "15m",
                description = "How long it is good: 30s, 15m, 2h, 7d. Default: 15m.")
        private String life = "15m";

        @Option(
                names = "--name",
                paramLabel = "NAME",
                converter = OptionLimits.MachineName.class,
                description = "The machine's name; default: it chooses itself.")
        private @Nullable String name;

        @Option(names = "--quiet", description = "Prints the token alone.")
        private boolean quiet;

        @Spec
        private CommandSpec spec = CommandSpec.create();

        @Override
        public Integer call() throws Exception {
            StateFolder folder = state.folder();
            try (LocalAdministrator administrator = LocalAdministrator.of(folder)) {
                PeerKind wanted = PeerKind.of(kind.name().toLowerCase(Locale.ROOT));
                EnrolmentToken token = Waiting.on(administrator.client().createToken(wanted, duration(), name));
                PrintWriter out = spec.commandLine().getOut();
                if (quiet) {
                    out.println(token.text());
                    return 0;
                }
                String program = kind == Kind.CLIENT ? "penstock" : "penstock-gpu-server";
                out.printf(
                        "A token for one %s, good until %s. On that machine:%n%n  %s enroll %s %s%n",
                        wanted.word(),
                        token.expires(),
                        program,
                        folder.endpoint().url(),
                        token.text());
            }
            return 0;
        }

        /** How long the token lives. */
        Duration duration() {
            try {
                Duration parsed = Durations.parse(life);
                if (parsed.compareTo(Duration.ofSeconds(1)) >= 0 && parsed.compareTo(LIFE_MAX) <= 0) {
                    return parsed;
                }
                throw new ParameterException(spec.commandLine(), "--ttl must be between 1s and 7d, not " + life);
            } catch (IllegalArgumentException e) {
                throw new ParameterException(
                        spec.commandLine(), "--ttl is '" + life + "'; " + e.getMessage() + ", from 1s to 7d", e);
            }
        }
    }
}
