package io.penstock.appliance;

import io.penstock.appliance.command.ApplianceCommand;

/** The program {@code penstock-appliance}. */
public final class Main {
    private Main() {}

    /** Runs one command and ends with its status: 0 done, 1 refused or failed, 2 wrong arguments. */
    public static void main(String[] arguments) {
        if (System.getProperty("logback.configurationFile") == null) {
            System.setProperty("logback.configurationFile", "penstock-appliance-logback.xml");
        }
        System.exit(ApplianceCommand.commandLine().execute(arguments));
    }
}
