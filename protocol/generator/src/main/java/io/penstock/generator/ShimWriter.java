package io.penstock.generator;

import java.nio.file.Path;

final class ShimWriter { ShimWriter(Spec spec) {} void writeTo(Path out) {} }
