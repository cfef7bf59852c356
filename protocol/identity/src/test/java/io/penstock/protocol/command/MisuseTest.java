package io.penstock.protocol.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

final class MisuseTest {
    enum Colour {
        RED,
        GREEN
    }

    @Command(name = "tool", subcommands = Group.class)
    static final class Tool {}

    @Command(name = "group", aliases = "grp", mixinStandardHelpOptions = true)
    static final class Group {
        @Spec
        private CommandSpec spec = CommandSpec.create();

        @Command(name = "add", mixinStandardHelpOptions = true)
        int add(
                @Option(names = "--size") int size,
                @Option(
                                names = {"-p", "--port"},
                                paramLabel = "PORT",
                                converter = OptionLimits.Port.class)
                        @Nullable
                        Integer port,
                @Option(names = "--colour") @Nullable Colour colour,
                @Parameters(paramLabel = "NAME") String name) {
            throw new ParameterException(spec.commandLine(), "--size is " + size + ", and " + name + " has none");
        }

        @Command(name = "secret", hidden = true)
        int secret() {
            return 0;
        }

        @Command(name = "list")
        int list() {
            return 0;
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "fly            | tool: tool knows no command 'fly'; there are: group; see: tool --help",
                "group fly      | tool: tool group knows no command 'fly'; there are: add, list; see: tool group --help",
                "group list fly | tool: tool group list takes no argument 'fly'; see: tool group list --help",
                "group add      | tool: Missing required parameter: 'NAME'; see: tool group add --help",
                "group list --no| tool: Unknown option: '--no'; see: tool group list --help",
                "group add --port x n | tool: -p (--port) wants 0 to 65535, not 'x'; see: tool group add --help",
                "group add -p 65536 n | tool: -p (--port) wants 0 to 65535, not '65536'; see: tool group add --help",
                "group add --colour x n | tool: --colour wants red or green, not 'x'; see: tool group add --help",
                "group add --size 3 n | tool: --size is 3, and n has none; see: tool group add --help",
                "group          | tool: say what to do: add, list; see: tool group --help",
            })
    void oneLineNamesWhatIsWrongAndTheCommandWhoseHelpSaysMore(String arguments, String said) {
        StringWriter error = new StringWriter();
        CommandLine line = Misuse.toldBy(new CommandLine(new Tool())).setErr(new PrintWriter(error));
        assertThat(line.execute(arguments.split(" "))).isEqualTo(Misuse.STATUS);
        assertThat(error.toString()).isEqualTo(said + System.lineSeparator());
    }
}
