package io.penstock.generator;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Writes the golden files of {@code protocol/spec/golden} and the C program that holds the stubs against them. */
final class GoldenWriter {
    private final List<GoldenCall> calls;

    GoldenWriter(Spec spec) {
        this.calls = spec.calls().stream()
                .filter(GoldenCall::covers)
                .map(call -> new GoldenCall(spec, call))
                .toList();
    }

    /** The text of each golden file by its name. */
    Map<String, String> files() {
        return calls.stream()
                .collect(Collectors.groupingBy(
                        golden -> golden.call().family() + ".txt",
                        TreeMap::new,
                        Collectors.mapping(GoldenCall::text, Collectors.joining())));
    }

    void writeTo(Path folder) {
        files().forEach((name, text) -> new SourceText().raw(text).writeTo(folder.resolve(name)));
    }

    /** One test a call: the stub is called with the golden values, its body compared, the golden reply given. */
    SourceText program() {
        SourceText text = ShimWriter.file("Every generated stub against the golden bytes.");
        text.line("#include <string.h>").blank();
        text.line("#include \"calls.h\"").line("#include \"forwards.h\"").line("#include \"golden.h\"");
        calls.forEach(golden -> test(text, golden));
        text.blank().line("int main(void) {");
        calls.forEach(golden -> text.line("test_%s();", golden.call().name()));
        return text.line("return golden_failures();").line("}");
    }

    private void test(SourceText text, GoldenCall golden) {
        Call call = golden.call();
        text.blank().line("static void test_%s(void) {", call.name());
        text.line("static const unsigned char request[] = {%s};", list(golden.request()));
        text.line("static const unsigned char reply[] = {%s};", list(golden.reply()));
        StringBuilder arguments = new StringBuilder();
        for (GoldenCall.Value value : golden.values()) {
            arguments.append(arguments.isEmpty() ? "" : ", ").append(argument(text, value));
        }
        golden.values().stream()
                .filter(value -> value.param().make())
                .forEach(value -> text.line("golden_make(in_%s);", value.param().name()));
        text.line(
                "golden_expect(\"%1$s\", CALL_%1$s, request, %2$d, reply, %3$d);",
                call.name(), golden.request().length, golden.reply().length);
        String prefix = call.shim() == Call.Author.HAND ? "forward_" : "";
        text.line("golden_result(%s%s(%s));", prefix, call.name(), arguments);
        for (GoldenCall.Value value : golden.values()) {
            if (value.param().out()) {
                text.line(
                        "golden_out(\"%1$s\", %1$s, out_%1$s, sizeof out_%1$s);",
                        value.param().name());
            }
        }
        text.line("}");
    }

    /** Declares a parameter's storage and gives the argument that passes it. */
    private String argument(SourceText text, GoldenCall.Value value) {
        Param param = value.param();
        String name = param.name();
        if (value.in().length > 0) {
            text.line("static const unsigned char in_%s[] = {%s};", name, list(value.in()));
        }
        if (value.out().length > 0) {
            text.line("static const unsigned char out_%s[] = {%s};", name, list(value.out()));
        }
        boolean byValue = !param.pointer() || (DispatchMethod.address(param.type()) && !param.out());
        if (byValue && !param.type().is(WireType.Kind.STRING)) {
            text.line("%s %s;", param.c(), name);
            text.line("memcpy(&%1$s, in_%1$s, sizeof %1$s);", name);
            return name;
        }
        int room = Math.max(value.in().length, value.out().length) + 8;
        text.line("_Alignas(128) unsigned char %s[%d] = {0};", name, room);
        if (value.in().length > 0 && !param.make()) {
            text.line("memcpy(%1$s, in_%1$s, sizeof in_%1$s);", name);
        }
        return "(" + param.c() + ")(void *)" + name;
    }

    private static String list(byte[] bytes) {
        if (bytes.length == 0) {
            return "0";
        }
        StringBuilder text = new StringBuilder();
        for (byte value : bytes) {
            text.append(text.isEmpty() ? "" : ", ").append(value & 0xff);
        }
        return text.toString();
    }
}
