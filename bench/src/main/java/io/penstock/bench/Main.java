package io.penstock.bench;

import java.nio.file.Path;

/** The plain TLS floor between two JVMs: {@code serve FOLDER} in one, {@code measure FOLDER} in the other. */
public final class Main {
    private Main() {}

    /** Ends with status 2 and a usage line when the arguments are not understood. */
    public static void main(String[] arguments) throws Exception {
        if (arguments.length != 2) {
            usage();
            return;
        }
        Path folder = Path.of(arguments[1]);
        switch (arguments[0]) {
            case "serve" -> TlsServer.serve(folder);
            case "measure" -> TlsClient.measure(folder, new Figures(System.out));
            default -> usage();
        }
    }

    private static void usage() {
        System.err.println("usage: (serve|measure) FOLDER");
        System.exit(2);
    }
}
