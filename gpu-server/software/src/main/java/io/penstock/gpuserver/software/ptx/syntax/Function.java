package io.penstock.gpuserver.software.ptx.syntax;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An {@code .entry} or {@code .func}.
 *
 * @param directives performance directives by name without the dot, as {@code maxntid}, with their numbers
 * @param body null for a mere declaration
 */
public record Function(
        int line,
        String name,
        boolean entry,
        Variable.Linkage linkage,
        List<Variable> returns,
        List<Variable> params,
        Map<String, List<Integer>> directives,
        @Nullable List<Statement> body) {}
