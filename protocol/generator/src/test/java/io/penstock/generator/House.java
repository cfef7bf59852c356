package io.penstock.generator;

import java.nio.file.Path;

/** Where the repository is. */
final class House {
    static final Path ROOT = Path.of(System.getProperty("penstock.root", "../.."))
            .toAbsolutePath()
            .normalize();
    static final Path SPEC = ROOT.resolve("protocol/spec");

    private House() {}
}
