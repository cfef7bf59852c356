package io.penstock.generator;

import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/** The generated files that are committed: a change of the description shows in them, in words and in bytes. */
final class Facts {
    private final Spec spec;
    private final Path specFolder;

    Facts(Spec spec, Path specFolder) {
        this.spec = spec;
        this.specFolder = specFolder;
    }

    /** Each file's text by its path below the repository's root. */
    Map<String, String> files(Path root) {
        Map<String, String> files = new TreeMap<>();
        new GoldenWriter(spec).files().forEach((name, text) -> files.put("protocol/spec/golden/" + name, text));
        files.put("docs/supported-calls.md", new SupportedCallsPage(spec, WrittenByHand.under(root)).text());
        return files;
    }

    void writeTo(Path root) {
        if (!specFolder
                .toAbsolutePath()
                .normalize()
                .startsWith(root.toAbsolutePath().normalize())) {
            throw new IllegalArgumentException("facts go into the repository of the description, not into " + root);
        }
        files(root).forEach((name, text) -> new SourceText().raw(text).writeTo(root.resolve(name)));
    }
}
