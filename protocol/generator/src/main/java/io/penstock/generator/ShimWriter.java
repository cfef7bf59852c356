package io.penstock.generator;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Writes the C of {@code guest-client/shim}: headers, one file of stubs a family, tables, export lists. */
final class ShimWriter {
    private final Spec spec;

    ShimWriter(Spec spec) {
        this.spec = spec;
    }

    void writeTo(Path out) {
        new ShimHeaders(spec).writeTo(out);
        new ShimTables(spec).writeTo(out);
        Map<String, List<Call>> calls =
                spec.calls().stream().collect(Collectors.groupingBy(Call::family, TreeMap::new, Collectors.toList()));
        calls.forEach((family, list) -> stubs(family, list).writeTo(out.resolve("stubs_" + family + ".c")));
        aliases().writeTo(out.resolve("aliases.c"));
        new ShimExports(spec).text().writeTo(out.resolve("exports.c"));
        new GoldenWriter(spec).program().writeTo(out.resolve("test/golden_test.c"));
    }

    static SourceText file(String law) {
        return new SourceText()
                .line("/* " + law)
                .line(
                        " * Generated from protocol/spec by protocol/generator. Change the description, not this file. */");
    }

    private SourceText stubs(String family, List<Call> calls) {
        SourceText text = file("The client's half of the " + family + " calls.");
        for (String header : List.of(
                "<stdlib.h>",
                "\"call.h\"",
                "\"calls.h\"",
                "\"forwards.h\"",
                "\"handle.h\"",
                "\"limits.h\"",
                "\"mapped.h\"",
                "\"stub_support.h\"")) {
            text.line("#include " + header);
        }
        calls.forEach(call -> new StubFunction(spec, call).writeTo(text));
        return text;
    }

    private SourceText aliases() {
        SourceText text =
                file("Second names of calls. A _ptsz or _ptds name takes NULL for the thread's own default stream.");
        text.line("#include <stddef.h>").blank().line("#include \"prototypes.h\"");
        for (Spec.Alias alias : spec.aliases()) {
            alias(text, alias, spec.call(alias.call()));
        }
        return text;
    }

    private void alias(SourceText text, Spec.Alias alias, Call call) {
        text.blank().line(call.prototype(alias.name()) + " {");
        StringBuilder arguments = new StringBuilder();
        String after = "";
        for (CParam param : call.cParams()) {
            String argument = param.name();
            String field = alias.perThread() ? streamField(param) : null;
            if (alias.perThread() && param.type().equals("CUstream")) {
                argument = "%1$s == NULL ? CU_STREAM_PER_THREAD : %1$s".formatted(param.name());
            } else if (field != null) {
                ownStruct(text, param, field);
                argument = "%s == NULL ? NULL : &own".formatted(param.name());
                after = param.type().startsWith("const")
                        ? ""
                        : "if (%1$s != NULL) {\nown.%2$s = stream;\n*%1$s = own;\n}".formatted(param.name(), field);
            }
            arguments.append(arguments.isEmpty() ? "" : ", ").append(argument);
        }
        String base = "%s(%s)".formatted(call.name(), arguments);
        if (after.isEmpty()) {
            text.line("return %s;", base);
        } else {
            text.line("CUresult result = %s;", base);
            after.lines().forEach(text::line);
            text.line("return result;");
        }
        text.line("}");
    }

    /** The caller's struct is not ours to change: the call gets a copy with another stream. */
    private static void ownStruct(SourceText text, CParam param, String field) {
        text.line("%s own;", param.pointee());
        text.line("CUstream stream = NULL;");
        text.line("if (%s != NULL) {", param.name());
        text.line("own = *%s;", param.name());
        text.line("stream = own.%s;", field);
        text.line("own.%1$s = stream == NULL ? CU_STREAM_PER_THREAD : stream;", field);
        text.line("}");
    }

    /** The stream inside a struct that a call takes by address; null if there is none. */
    private @Nullable String streamField(CParam param) {
        String name = param.pointer() ? param.pointee() : "";
        Struct struct = spec.structs().get(name);
        return struct == null
                ? null
                : struct.fields().stream()
                        .filter(field ->
                                field.type() != null && field.type().toString().equals("handle:stream"))
                        .map(Struct.Field::name)
                        .findFirst()
                        .orElse(null);
    }
}
