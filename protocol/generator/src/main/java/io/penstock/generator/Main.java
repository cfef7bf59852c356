package io.penstock.generator;

import java.nio.file.Path;
import java.util.List;

/**
 * {@code Main TARGET SPEC OUT}: reads the description in the folder SPEC and writes one target's sources below OUT.
 *
 * <p>Targets: {@code codec}, {@code driver}, {@code server} (Java), {@code shim} (C), and {@code facts}: what is
 * committed so that a reviewer sees it change, golden bytes and the table of supported calls; OUT is then the
 * repository's root.
 */
public final class Main {
    private Main() {}

    /** Runs inside the build, so a wrong description ends it with the reason and no stack of ours. */
    public static void main(String[] args) {
        if (args.length != 3) {
            throw new IllegalArgumentException("usage: codec|driver|server|shim|facts SPEC-FOLDER OUTPUT-FOLDER");
        }
        Spec spec = new SpecReader(Path.of(args[1])).read();
        List<String> problems = new SpecCheck(spec).problems();
        if (!problems.isEmpty()) {
            throw new SpecException("protocol/spec is wrong:\n  " + String.join("\n  ", problems));
        }
        Path out = Path.of(args[2]);
        switch (args[0]) {
            case "codec" -> new CodecWriter(spec).writeTo(out);
            case "driver" -> new DriverWriter(spec).writeTo(out);
            case "server" -> new DispatchWriter(spec).writeTo(out);
            case "shim" -> new ShimWriter(spec).writeTo(out);
            case "facts" -> new Facts(spec, Path.of(args[1])).writeTo(out);
            default -> throw new IllegalArgumentException("unknown target '" + args[0] + "'");
        }
    }
}
