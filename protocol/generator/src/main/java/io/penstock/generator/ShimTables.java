package io.penstock.generator;

import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;

/** Writes the shim's tables: entry points, errors, names, export lists, NVML's fallbacks. */
final class ShimTables {
    /** Success with no function: the name is known, but not in this version. */
    private static final String TOO_OLD = "E0/2";

    /** Success with no function: there is no such name. */
    private static final String UNKNOWN = "E0/1";

    private final Spec spec;

    ShimTables(Spec spec) {
        this.spec = spec;
    }

    void writeTo(Path out) {
        entryPoints().writeTo(out.resolve("procaddr_table.c"));
        errors().writeTo(out.resolve("error_table.c"));
        names().writeTo(out.resolve("call_names.c"));
        exports(spec.cudaSymbols()).writeTo(out.resolve("libcuda.map"));
        exports(spec.nvmlSymbols()).writeTo(out.resolve("libnvidia-ml.map"));
        nvml().writeTo(out.resolve("nvml_stubs.c"));
    }

    private SourceText entryPoints() {
        SourceText text = ShimWriter.file("Which function a name means from which version of CUDA on.");
        text.line("#define PENSTOCK_EXPORTS").line("#include \"procaddr.h\"").blank();
        text.line("#include <stddef.h>").blank();
        text.line("const procaddr_row_t procaddr_rows[] = {");
        spec.entryPoints().stream()
                .filter(row -> !row.symbol().equals(UNKNOWN))
                .sorted(Comparator.comparing(Spec.EntryPoint::base)
                        .thenComparingInt(Spec.EntryPoint::flags)
                        .thenComparingInt(Spec.EntryPoint::fromVersion))
                .forEach(row -> text.line(
                        "{\"%s\", %d, %d, %s},",
                        row.base(),
                        row.flags(),
                        row.fromVersion(),
                        row.symbol().equals(TOO_OLD) ? "NULL" : "(void *)" + row.symbol()));
        text.line("};").blank();
        return text.line("const unsigned procaddr_row_count = sizeof procaddr_rows / sizeof *procaddr_rows;");
    }

    private SourceText errors() {
        SourceText text = ShimWriter.file("What cuGetErrorName and cuGetErrorString answer.");
        text.line("#include \"error.h\"").blank().line("const error_row_t error_rows[] = {");
        spec.errors().forEach(row -> text.line("{%d, \"%s\", \"%s\"},", row.code(), row.name(), row.text()));
        return text.line("};").blank().line("const unsigned error_row_count = sizeof error_rows / sizeof *error_rows;");
    }

    private SourceText names() {
        SourceText text = ShimWriter.file("Names of calls by their numbers.");
        text.line("#include \"call.h\"").line("#include \"calls.h\"").blank();
        text.line("static const char *const names[] = {");
        spec.calls().forEach(call -> text.line("[CALL_%1$s - CALL_FIRST] = \"%1$s\",", call.name()));
        text.line("};").blank().line("const char *call_name(uint32_t number) {");
        text.line("const char *name = number < CALL_FIRST || number > CALL_LAST ? NULL : names[number - CALL_FIRST];");
        return text.line("return name == NULL ? \"an unknown call\" : name;").line("}");
    }

    private static SourceText exports(List<String> symbols) {
        SourceText text = new SourceText().line("{").raw("global:\n");
        symbols.forEach(symbol -> text.line(symbol + ";"));
        return text.raw("local:\n").line("*;").line("};");
    }

    private SourceText nvml() {
        SourceText text = ShimWriter.file(
                "Every name of libnvidia-ml.so.1; one that nvml.c defines wins over the weak one here.");
        text.line("enum { NOT_SUPPORTED = 3 }; /* NVML_ERROR_NOT_SUPPORTED */").blank();
        text.line("#define FALLBACK(name) \\");
        text.raw("    __attribute__((weak, visibility(\"default\"))) int name(void); \\\n");
        text.raw("    int name(void) { return NOT_SUPPORTED; }\n\n");
        spec.nvmlSymbols().forEach(symbol -> text.line("FALLBACK(%s)", symbol));
        return text;
    }
}
