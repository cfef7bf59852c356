package io.penstock.generator;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Writes the server's half of the calls: the dispatcher, one class a family, and the interface of the rest. */
final class DispatchWriter {
    private static final String PACKAGE = "io.penstock.gpuserver.call";
    private final Spec spec;
    private final Map<String, List<Call>> families;

    DispatchWriter(Spec spec) {
        this.spec = spec;
        this.families = spec.calls().stream()
                .filter(Call::travels)
                .collect(Collectors.groupingBy(Call::family, TreeMap::new, Collectors.toList()));
    }

    void writeTo(Path out) {
        Path folder = out.resolve(PACKAGE.replace('.', '/'));
        dispatcher().writeTo(folder.resolve("CallDispatcher.java"));
        handCalls().writeTo(folder.resolve("HandCalls.java"));
        families.forEach((family, calls) -> {
            List<Call> generated =
                    calls.stream().filter(DispatchWriter::generated).toList();
            if (!generated.isEmpty()) {
                family(family, generated).writeTo(folder.resolve(className(family) + ".java"));
            }
        });
    }

    private static boolean generated(Call call) {
        return call.server() == Call.Author.GENERATED;
    }

    private static String className(String family) {
        return family.substring(0, 1).toUpperCase(Locale.ROOT) + family.substring(1) + "Calls";
    }

    private static SourceText file() {
        return new SourceText()
                .line("// Generated from protocol/spec by protocol/generator. Change the description, not this file.")
                .line("package " + PACKAGE + ";")
                .blank();
    }

    private SourceText dispatcher() {
        SourceText text = file();
        for (String name : List.of("CallNumbers", "CudaResult", "ProtocolException", "Reader", "Writer")) {
            text.line("import io.penstock.protocol.codec.%s;", name);
        }
        text.blank().line("/**");
        text.line(
                " * From a call's number to the code that runs it. Stateless apart from the hand-written calls it was given;");
        text.line(" * called on the session's executor thread.");
        text.line(" */");
        text.line("public final class CallDispatcher {");
        text.line("/** Answered by a call that replies later, through its context. No CUresult has this value. */");
        text.line("public static final int DEFERRED = Integer.MIN_VALUE;").blank();
        text.line("private final HandCalls hand;").blank();
        text.line("public CallDispatcher(HandCalls hand) {")
                .line("this.hand = hand;")
                .line("}")
                .blank();
        text.line("/**");
        text.line(
                " * Reads the parameters, issues the call and leaves its out-parameters in {@code out}, meaningful only with");
        text.line(" * result 0.");
        text.line(" *");
        text.line(" * @return the CUresult, or {@link #DEFERRED}");
        text.line(" * @throws ProtocolException if the body is not what the description says, or no such call travels");
        text.line(" */");
        text.line("public int execute(int call, CallContext context, Reader in, Writer out) {");
        text.line("return switch (call) {");
        for (Call call : spec.calls()) {
            if (call.travels()) {
                String target = generated(call) ? className(call.family()) : "hand";
                text.line("case CallNumbers.%s -> %s.%s(context, in, out);", call.name(), target, call.name());
            }
        }
        text.line("default -> throw new ProtocolException(\"client sent \" + CallNumbers.name(call) + \" (\" + call");
        text.continued("+ \"), which never travels\");");
        return text.line("};").line("}").line("}");
    }

    private SourceText handCalls() {
        SourceText text = file();
        text.line("import io.penstock.protocol.codec.CudaResult;");
        text.line("import io.penstock.protocol.codec.Reader;")
                .line("import io.penstock.protocol.codec.Writer;")
                .blank();
        text.line("/**");
        text.line(
                " * The calls whose server half needs thought. Each method reads its own body, leaves out-parameters in");
        text.line(
                " * {@code out} and returns the CUresult or {@link CallDispatcher#DEFERRED}. One that nobody overrides answers");
        text.line(" * CUDA_ERROR_NOT_SUPPORTED through {@link #unbuilt}.");
        text.line(" */");
        text.line("public interface HandCalls {");
        text.line("/** Called for a call that has no server half yet; override it to log. */");
        text.line("default int unbuilt(String call) {")
                .line("return CudaResult.NOT_SUPPORTED;")
                .line("}");
        for (Call call : spec.calls()) {
            if (call.travels() && !generated(call)) {
                text.blank().line("/**");
                text.line(" * %s, %s.", call.name(), call.mode().toString().toLowerCase(Locale.ROOT));
                describeBody(text, call);
                text.line(" */");
                text.line("default int %s(CallContext context, Reader in, Writer out) {", call.name());
                text.line("return unbuilt(\"%s\");", call.name()).line("}");
            }
        }
        return text.line("}");
    }

    private static void describeBody(SourceText text, Call call) {
        if (call.coded()) {
            for (Param param : call.params()) {
                String direction = param.make()
                        ? "in, made by the client"
                        : param.direction().toString().toLowerCase(Locale.ROOT);
                text.line(" *   <br>%s: %s %s%s", param.name(), direction, param.type(), param.nullable() ? "?" : "");
            }
            return;
        }
        for (String part : call.request().split(", ", -1)) {
            text.line(" *   <br>in: %s", part);
        }
        if (!call.reply().isEmpty()) {
            for (String part : call.reply().split(", ", -1)) {
                text.line(" *   <br>out: %s", part);
            }
        }
    }

    private SourceText family(String family, List<Call> calls) {
        SourceText body = new SourceText();
        calls.forEach(call -> new DispatchMethod(spec, call).writeTo(body));
        String code = body.toString();
        SourceText text = file();
        Map<String, String> imports = new TreeMap<>(Map.of(
                "Arena", "java.lang.foreign.Arena",
                "CudaResult", "io.penstock.protocol.codec.CudaResult",
                "HandleKind", "io.penstock.protocol.codec.HandleKind",
                "NativeMemory", "io.penstock.gpuserver.driver.NativeMemory",
                "Reader", "io.penstock.protocol.codec.Reader",
                "Writer", "io.penstock.protocol.codec.Writer"));
        imports.values().stream()
                .sorted()
                .filter(name -> code.contains(name.substring(name.lastIndexOf('.') + 1)))
                .forEach(name -> text.line("import %s;", name));
        text.blank()
                .line(
                        "/** The server half of the %s calls: decode, translate handles, call the driver, encode. */",
                        family);
        text.line("final class %s {", className(family));
        text.line("private %s() {}", className(family));
        for (String line : code.lines().toList()) {
            text.line(line);
        }
        return text.line("}");
    }
}
