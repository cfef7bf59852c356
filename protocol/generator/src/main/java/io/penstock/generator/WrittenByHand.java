package io.penstock.generator;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Which hand-written halves of calls exist, found by looking at the sources.
 *
 * @param shim names that guest-client/shim defines
 * @param server names that gpu-server/server overrides
 */
record WrittenByHand(Set<String> shim, Set<String> server) {
    private static final Pattern C_DEFINITION =
            Pattern.compile("^CUresult (?:CUDAAPI )?(cu\\w+)\\(", Pattern.MULTILINE);
    private static final Pattern JAVA_OVERRIDE =
            Pattern.compile("(?:public|default) int (cu\\w+)\\(\\s*CallContext\\s", Pattern.MULTILINE);

    static WrittenByHand under(Path root) {
        return new WrittenByHand(
                names(root.resolve("guest-client/shim/src"), ".c", C_DEFINITION),
                names(root.resolve("gpu-server/server/src/main/java"), ".java", JAVA_OVERRIDE));
    }

    private static Set<String> names(Path folder, String suffix, Pattern pattern) {
        Set<String> names = new HashSet<>();
        for (Path file : files(folder, suffix)) {
            try {
                Matcher matcher = pattern.matcher(Files.readString(file));
                while (matcher.find()) {
                    names.add(matcher.group(1));
                }
            } catch (IOException problem) {
                throw new UncheckedIOException(problem);
            }
        }
        return names;
    }

    private static List<Path> files(Path folder, String suffix) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(file -> file.toString().endsWith(suffix)).sorted().toList();
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }
}
