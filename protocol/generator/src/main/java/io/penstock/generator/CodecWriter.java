package io.penstock.generator;

import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Writes the Java constants of {@code protocol/codec}: numbers, limits, result codes, handle kinds, layouts. */
final class CodecWriter {
    private static final String PACKAGE = "io.penstock.protocol.codec";
    private final Spec spec;

    CodecWriter(Spec spec) {
        this.spec = spec;
    }

    void writeTo(Path out) {
        Path folder = out.resolve(PACKAGE.replace('.', '/'));
        callNumbers().writeTo(folder.resolve("CallNumbers.java"));
        limits().writeTo(folder.resolve("Limits.java"));
        specHash().writeTo(folder.resolve("SpecHash.java"));
        frameType().writeTo(folder.resolve("FrameType.java"));
        cudaResult().writeTo(folder.resolve("CudaResult.java"));
        handleKind().writeTo(folder.resolve("HandleKind.java"));
        layouts().writeTo(folder.resolve("Layouts.java"));
    }

    private static SourceText file(String law, String declaration) {
        return new SourceText()
                .line("// Generated from protocol/spec by protocol/generator. Change the description, not this file.")
                .line("package " + PACKAGE + ";")
                .blank()
                .line("/** " + law + " */")
                .line(declaration + " {");
    }

    private SourceText callNumbers() {
        SourceText text =
                file("The permanent numbers of the calls, and their names.", "public final class CallNumbers");
        int last = spec.calls().getLast().number();
        text.line("public static final int FIRST = %d;", spec.calls().getFirst().number());
        text.line("public static final int LAST = %d;", last).blank();
        for (Call call : spec.calls()) {
            text.line("public static final int %s = %d;", call.name(), call.number());
        }
        text.blank().line("private static final String[] NAMES = {");
        spec.calls().forEach(call -> text.line("\"%s\",", call.name()));
        text.line("};").blank().line("private CallNumbers() {}").blank();
        text.line("/** The C name of a call, or {@code call N} for a number that no call has. */");
        text.line("public static String name(int number) {");
        text.line("return number < FIRST || number > LAST ? \"call \" + number : NAMES[number - FIRST];");
        text.line("}").blank();
        text.line("/** Whether the caller goes on without a reply, unless its frame says WANTS_REPLY. */");
        text.line("public static boolean isPosted(int number) {").line("return switch (number) {");
        String posted = spec.calls().stream()
                .filter(call -> call.mode() == Call.Mode.POSTED)
                .map(Call::name)
                .collect(Collectors.joining(", "));
        return text.line("case %s -> true;", posted)
                .line("default -> false;")
                .line("};")
                .line("}")
                .line("}");
    }

    private SourceText limits() {
        SourceText text = file(
                "Bounds that hold before anything is allocated; the unit is in the name.", "public final class Limits");
        spec.limits().forEach((name, limit) -> {
            boolean wide = limit.value() > Integer.MAX_VALUE;
            text.line("/** %s. */", sentence(limit.why()));
            text.line("public static final %s %s = %s%s;", wide ? "long" : "int", name, limit.value(), wide ? "L" : "");
        });
        return text.blank().line("private Limits() {}").line("}");
    }

    private static String sentence(String why) {
        return why.isEmpty() ? why : why.substring(0, 1).toUpperCase(Locale.ROOT) + why.substring(1);
    }

    private SourceText specHash() {
        SourceText text = file("Names the description that both ends were built from.", "public final class SpecHash");
        text.line("/** SHA-256 in hexadecimal, as logs show it. */");
        text.line("public static final String HEX = \"%s\";", HexFormat.of().formatHex(spec.hash()))
                .blank();
        text.line("private SpecHash() {}").blank();
        text.line("/** The 32 bytes that HELLO carries. */");
        return text.line("public static byte[] bytes() {")
                .line("return java.util.HexFormat.of().parseHex(HEX);")
                .line("}")
                .line("}");
    }

    private SourceText frameType() {
        SourceText text =
                file("Control frames; a type of 256 and up is a call number.", "public final class FrameType");
        spec.frames().forEach((name, frame) -> text.line("public static final int %s = %d;", name, frame.number()));
        text.line("/** Types from here on are call numbers. */");
        text.line("public static final int FIRST_CALL = 256;").blank();
        text.line("private FrameType() {}").blank();
        text.line("/** Whether frames of this type take a sequence number. */");
        text.line("public static boolean sequenced(int type) {");
        text.line("return switch (type) {");
        String unsequenced = spec.frames().values().stream()
                .filter(frame -> !frame.sequenced())
                .map(frame -> Integer.toString(frame.number()))
                .reduce((a, b) -> a + ", " + b)
                .orElseThrow();
        text.line("case %s -> false;", unsequenced)
                .line("default -> true;")
                .line("};")
                .line("}")
                .blank();
        text.line("/** The name of a control frame, or {@code frame N}. */");
        text.line("public static String name(int type) {").line("return switch (type) {");
        spec.frames().forEach((name, frame) -> text.line("case %d -> \"%s\";", frame.number(), name));
        return text.line("default -> \"frame \" + type;").line("};").line("}").line("}");
    }

    private SourceText cudaResult() {
        SourceText text =
                file("CUresult: the driver's answers are data, never exceptions.", "public final class CudaResult");
        for (Spec.ErrorText error : spec.errors()) {
            text.line("/** %s. */", error.text());
            text.line("public static final int %s = %d;", javaName(error), error.code());
        }
        text.blank().line("private CudaResult() {}").blank();
        text.line("/** The name cuGetErrorName gives, or {@code CUresult N} for a code it does not know. */");
        text.line("public static String name(int result) {").line("return switch (result) {");
        spec.errors().forEach(error -> text.line("case %s -> \"%s\";", javaName(error), error.name()));
        return text.line("default -> \"CUresult \" + result;")
                .line("};")
                .line("}")
                .line("}");
    }

    private static String javaName(Spec.ErrorText error) {
        return error.name().replace("CUDA_ERROR_", "").replace("CUDA_", "");
    }

    private SourceText handleKind() {
        SourceText text = file(
                "What a handle names; the number travels nowhere but is the same at both ends.",
                "public enum HandleKind");
        int last = spec.handleKinds().size();
        for (int i = 1; i <= last; i++) {
            String kind = spec.handleKinds().get(i - 1);
            text.line("%s(%d)%s", kind.toUpperCase(Locale.ROOT), i, i == last ? ";" : ",");
        }
        text.blank().line("private final int number;").blank();
        text.line("HandleKind(int number) {")
                .line("this.number = number;")
                .line("}")
                .blank();
        text.line("/** From 1. */");
        return text.line("public int number() {")
                .line("return number;")
                .line("}")
                .line("}");
    }

    private SourceText layouts() {
        SourceText text =
                file("Sizes and offsets, in bytes, of the structs that travel.", "public final class Layouts");
        text.line("private Layouts() {}");
        for (Map.Entry<String, Struct> entry : spec.structs().entrySet()) {
            Struct struct = entry.getValue();
            text.blank();
            text.line("/** %s. */", struct.ours() ? "Ours" : "The driver's struct of this name");
            text.line("public static final class %s {", struct.name());
            text.line("public static final int BYTES = %d;", struct.size());
            for (Struct.Field field : struct.fields()) {
                text.line("public static final int %s = %d;", field.name(), field.at());
            }
            text.blank().line("private %s() {}", struct.name()).line("}");
        }
        return text.line("}");
    }
}
