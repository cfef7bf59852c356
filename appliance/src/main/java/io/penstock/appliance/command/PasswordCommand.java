package io.penstock.appliance.command;

import io.penstock.appliance.StateFolder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code penstock-appliance password}. */
@Command(
        name = "password",
        description = "The administrator's password at the appliance's own page.",
        mixinStandardHelpOptions = true)
final class PasswordCommand implements Runnable {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "say what to do with the password: reset");
    }

    @Command(
            name = "reset",
            description =
                    "Prints a link, good once, to a page where the password is set anew; until then the old one holds.",
            mixinStandardHelpOptions = true)
    int reset(@Mixin StateOption state) throws Exception {
        StateFolder folder = state.folder();
        try (LocalAdministrator administrator = LocalAdministrator.of(folder)) {
            String secret = Waiting.on(administrator.client().createSetUpLink());
            spec.commandLine()
                    .getOut()
                    .println("open this page (it is good once): "
                            + folder.endpoint().url().resolve("/ui/#/set-up/" + secret));
            if (!WebPage.isThere()) {
                spec.commandLine().getErr().println("penstock-appliance: " + WebPage.MISSING);
            }
        }
        return 0;
    }
}
