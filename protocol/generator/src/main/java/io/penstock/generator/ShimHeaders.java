package io.penstock.generator;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Writes the shim's headers: numbers, limits, the driver's types and prototypes as far as calls need them. */
final class ShimHeaders {
    private static final Pattern WORD = Pattern.compile("\\b(CU\\w+)\\b");
    private static final Set<String> PLAIN =
            Set.of("CUdevice", "CUdeviceptr", "CUtexObject", "CUsurfObject", "CUresult");
    private final Spec spec;

    ShimHeaders(Spec spec) {
        this.spec = spec;
    }

    void writeTo(Path out) {
        calls().writeTo(out.resolve("calls.h"));
        limits().writeTo(out.resolve("limits.h"));
        specHash().writeTo(out.resolve("spec_hash.h"));
        types().writeTo(out.resolve("types.h"));
        prototypes().writeTo(out.resolve("prototypes.h"));
        forwards().writeTo(out.resolve("forwards.h"));
        layoutCheck().writeTo(out.resolve("layout_check.c"));
        headerTest().writeTo(out.resolve("test/header_test.c"));
        stubSupport().writeTo(out.resolve("stub_support.h"));
    }

    private static SourceText header(String name, String law) {
        String guard = "PENSTOCK_" + name.toUpperCase(Locale.ROOT) + "_H";
        return ShimWriter.file(law)
                .line("#ifndef " + guard)
                .line("#define " + guard)
                .blank();
    }

    private SourceText calls() {
        SourceText text = header("calls", "The permanent numbers of the calls.").line("enum call_number {");
        spec.calls().forEach(call -> text.line("CALL_%s = %d,", call.name(), call.number()));
        text.line("CALL_FIRST = %d,", spec.calls().getFirst().number());
        text.line("CALL_LAST = %d,", spec.calls().getLast().number());
        return text.line("};").blank().line("#endif");
    }

    private SourceText limits() {
        SourceText text =
                header("limits", "Bounds of the protocol, one a line. Search it with -iquote: <limits.h> is another.");
        spec.limits()
                .forEach((name, limit) -> text.line(
                        "#define %s %d%s /* %s */",
                        name, limit.value(), limit.value() > Integer.MAX_VALUE ? "LL" : "", limit.why()));
        return text.blank().line("#endif");
    }

    private SourceText specHash() {
        SourceText text = header("spec_hash", "Names the description that both ends were built from.");
        String hex = HexFormat.of().formatHex(spec.hash());
        text.line("static const unsigned char spec_hash[32] = {");
        for (int i = 0; i < hex.length(); i += 32) {
            text.line(hex.substring(i, i + 32).replaceAll("(..)", "0x$1, ").trim());
        }
        return text.line("};").blank().line("#endif");
    }

    private Set<String> words() {
        Set<String> words = new TreeSet<>();
        for (Call call : spec.calls()) {
            for (CParam param : call.cParams()) {
                Matcher matcher = WORD.matcher(param.type());
                while (matcher.find()) {
                    words.add(matcher.group(1));
                }
            }
        }
        return words;
    }

    private SourceText types() {
        SourceText text = header("types", "The driver's types, as far as its prototypes and our structs need them.");
        text.line("#include <stddef.h>").line("#include <stdint.h>").blank();
        text.line("typedef uint32_t cuuint32_t;").line("typedef uint64_t cuuint64_t;");
        text.line("typedef int CUdevice;").line("typedef unsigned long long CUdeviceptr;");
        text.line("typedef unsigned int CUdeviceptr_v1;");
        text.line("typedef unsigned long long CUtexObject;").line("typedef unsigned long long CUsurfObject;");
        text.line("typedef unsigned long long CUmemGenericAllocationHandle;");
        text.line("typedef uint64_t CUgraphConditionalHandle;")
                .line("typedef unsigned long CUlogIterator;")
                .blank();
        Set<String> done = new HashSet<>(PLAIN);
        done.addAll(
                Set.of("CUmemGenericAllocationHandle", "CUgraphConditionalHandle", "CUlogIterator", "CUdeviceptr_v1"));
        text.line("typedef enum CUresult {");
        spec.errors().forEach(error -> text.line("%s = %d,", error.name(), error.code()));
        text.line("} CUresult;").blank();
        handles(text, done);
        enums(text, done);
        structs(text, done);
        callbacks(text, done);
        for (String word : words()) {
            if (done.add(word)) {
                text.line("typedef struct %1$s %1$s;", word);
            }
        }
        return text.blank().line("#endif");
    }

    private void handles(SourceText text, Set<String> done) {
        Set<String> names = new TreeSet<>(Spec.otherPointerTypes());
        spec.handleKinds().forEach(kind -> names.add(spec.handleType(kind)));
        for (String name : names) {
            if (done.add(name)) {
                text.line("typedef struct %1$s_st *%1$s;", name);
            }
        }
        text.blank();
        text.line("#define CU_STREAM_LEGACY ((CUstream)1)")
                .line("#define CU_STREAM_PER_THREAD ((CUstream)2)")
                .blank();
    }

    private void enums(SourceText text, Set<String> done) {
        spec.enums().forEach((name, values) -> {
            boolean constants = name.equals("constants");
            if (values.isEmpty()) {
                text.line("typedef unsigned int %s;", name);
            } else {
                text.line(constants ? "enum {" : "typedef enum " + name + " {");
                values.forEach((constant, value) -> text.line("%s = %d,", constant, value));
                text.line(constants ? "};" : "} " + name + ";");
            }
            done.add(name);
        });
        spec.enumAliases().forEach((name, original) -> {
            text.line("typedef %s %s;", original, name);
            done.add(name);
        });
        text.blank();
    }

    private void structs(SourceText text, Set<String> done) {
        for (Struct struct : spec.structs().values()) {
            if (struct.ours()) {
                continue;
            }
            done.add(struct.name());
            if (struct.union()) {
                text.line("typedef union %s {", struct.name());
                text.line("_Alignas(%d) unsigned char bytes[%d];", struct.align(), struct.size());
            } else {
                text.line("typedef struct %s {", struct.name());
                fields(text, struct);
            }
            text.line("} %s;", struct.name()).blank();
        }
    }

    /** Fields where they lie; what lies between two fields and is more than alignment becomes opaque bytes. */
    private void fields(SourceText text, Struct struct) {
        int at = 0;
        int opaque = 0;
        int last = struct.fields().size() - 1;
        for (int i = 0; i <= last; i++) {
            Struct.Field field = struct.fields().get(i);
            if (field.at() - at >= field.bytes() && field.at() - at >= 4) {
                text.line("unsigned char opaque%d[%d];", opaque++, field.at() - at);
            }
            String align = i == 0 && struct.align() > 8
                    ? "_Alignas(" + struct.align() + ") "
                    : field.type() == null && field.at() % 8 == 0 && struct.align() == 8 ? "_Alignas(8) " : "";
            text.line("%s%s;", align, declaration(field));
            at = field.at() + field.bytes();
        }
        if (struct.size() - at >= Math.max(4, struct.align())) {
            text.line("unsigned char opaque%d[%d];", opaque, struct.size() - at);
        }
    }

    private String declaration(Struct.Field field) {
        WireType type = field.type();
        if (type == null) {
            return switch (field.bytes()) {
                case 1 -> "unsigned char " + field.name();
                case 2 -> "unsigned short " + field.name();
                default -> "unsigned char %s[%d]".formatted(field.name(), field.bytes());
            };
        }
        String c = switch (type.kind()) {
            case I32, DEVICE -> "int";
            case U32, ENUM -> "unsigned int";
            case F32 -> "float";
            case F64 -> "double";
            case I64 -> "int64_t";
            case SIZE -> "size_t";
            case DEVPTR -> "CUdeviceptr";
            case HOSTADDRESS -> "void *";
            case HANDLE -> spec.handleType(type.name());
            case STRUCT -> type.name();
            default -> "uint64_t";
        };
        return c.endsWith("*") ? c + field.name() : c + " " + field.name();
    }

    private static void callbacks(SourceText text, Set<String> done) {
        Map<String, String> callbacks = Map.of(
                "CUhostFn", "typedef void (*CUhostFn)(void *userData);",
                "CUstreamCallback",
                        "typedef void (*CUstreamCallback)(CUstream hStream, CUresult status, void *userData);",
                "CUoccupancyB2DSize", "typedef size_t (*CUoccupancyB2DSize)(int blockSize);",
                "CUasyncCallback",
                        "typedef void (*CUasyncCallback)(void *info, void *userData, CUasyncCallbackHandle callback);",
                "CUlogsCallback",
                        "typedef void (*CUlogsCallback)(void *data, CUlogLevel logLevel, char *message, size_t length);");
        new TreeMap<>(callbacks).forEach((name, declaration) -> {
            text.line(declaration);
            done.add(name);
        });
        text.blank();
    }

    private SourceText prototypes() {
        SourceText text = header("prototypes", "Every function that libcuda.so.1 exports.");
        text.line("#ifndef PENSTOCK_TYPES_FROM_CUDA_H")
                .line("#include \"types.h\"")
                .line("#endif")
                .blank();
        text.line("/* The exported functions themselves are exports.c's; everywhere else a name means the call behind it. */")
                .line("#ifdef PENSTOCK_EXPORTS")
                .line("#define ENTRY(name)")
                .line("#else")
                .line("#define ENTRY(name) __asm__(\"implementation_\" #name)")
                .line("#endif")
                .blank();
        text.line("#pragma GCC visibility push(default)");
        spec.calls().forEach(call -> prototype(text, call, call.name()));
        spec.aliases().forEach(alias -> prototype(text, spec.call(alias.call()), alias.name()));
        return text.line("#pragma GCC visibility pop").blank().line("#endif");
    }

    private static void prototype(SourceText text, Call call, String name) {
        text.line("%s ENTRY(%s);", call.prototype(name), name);
    }

    private SourceText forwards() {
        SourceText text = header(
                "forwards",
                "Calls written by hand whose way to the server is generated: the whole round trip or post.");
        text.line("#include \"prototypes.h\"").blank();
        spec.calls().stream()
                .filter(call -> call.coded() && call.shim() == Call.Author.HAND)
                .forEach(call -> text.line(call.prototype("forward_" + call.name()) + ";"));
        return text.blank().line("#endif");
    }

    private SourceText layoutCheck() {
        SourceText text = ShimWriter.file("Our layouts and numbers are those of the description.");
        text.line("#include \"channel.h\"").line("#include \"handle.h\"").line("#include \"snapshot.h\"");
        text.line("#include \"types.h\"").blank();
        text.line("_Static_assert(sizeof(CUresult) == 4 && sizeof(size_t) == 8 && sizeof(void *) == 8, \"x86-64\");");
        layouts(text);
        for (String kind : spec.handleKinds()) {
            String name = "HANDLE_" + kind.toUpperCase(Locale.ROOT);
            text.line(
                    "_Static_assert((int)%1$s == %2$d, \"%1$s\");",
                    name, spec.handleKinds().indexOf(kind) + 1);
        }
        spec.frames()
                .forEach((name, frame) ->
                        text.line("_Static_assert((int)FRAME_%1$s == %2$d, \"%1$s\");", name, frame.number()));
        Struct snapshot = spec.struct("DeviceSnapshot");
        text.line("_Static_assert(sizeof(device_snapshot_t) == %d, \"DeviceSnapshot\");", snapshot.size());
        for (Struct.Field field : snapshot.fields()) {
            String name = field.name().replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
            text.line("_Static_assert(offsetof(device_snapshot_t, %1$s) == %2$d, \"%1$s\");", name, field.at());
        }
        return text;
    }

    private void layouts(SourceText text) {
        for (Struct struct : spec.structs().values()) {
            if (struct.ours()) {
                continue;
            }
            text.line(
                    "_Static_assert(sizeof(%1$s) == %2$d && _Alignof(%1$s) == %3$d, \"%1$s\");",
                    struct.name(), struct.size(), struct.align());
            struct.fields()
                    .forEach(field -> text.line(
                            "_Static_assert(offsetof(%1$s, %2$s) == %3$d, \"%1$s.%2$s\");",
                            struct.name(), field.name(), field.at()));
        }
    }

    /** Compiles only where every prototype, layout and constant of ours is that of the toolkit's header. */
    private SourceText headerTest() {
        SourceText text = ShimWriter.file("Our prototypes, layouts and constants are those of cuda.h.");
        text.line("#define __CUDA_API_VERSION_INTERNAL")
                .line("#include <cuda.h>")
                .line("#include <stddef.h>");
        text.line("#if __has_include(<cudaProfiler.h>)")
                .line("#include <cudaProfiler.h>")
                .line("#else");
        text.line("typedef enum { CU_OUT_KEY_VALUE_PAIR = 0, CU_OUT_CSV = 1 } CUoutput_mode;");
        text.line("#endif").blank();
        text.line("#define PENSTOCK_TYPES_FROM_CUDA_H")
                .line("#define PENSTOCK_EXPORTS")
                .line("#include \"prototypes.h\"")
                .blank();
        layouts(text);
        spec.enums()
                .forEach((name, values) -> values.forEach((constant, value) ->
                        text.line("_Static_assert((int)%1$s == %2$d, \"%1$s\");", constant, value)));
        spec.errors()
                .forEach(
                        error -> text.line("_Static_assert((int)%1$s == %2$d, \"%1$s\");", error.name(), error.code()));
        return text;
    }

    private static SourceText stubSupport() {
        SourceText text = header("stub_support", "Handles inside structs and arrays, for generated stubs.");
        return text.raw("""
                #include <stdlib.h>
                #include <string.h>

                #include "handle.h"

                /* Replaces the program's handle in a copied struct by its wire form. */
                static inline CUresult handle_field_in(enum handle_kind kind, void *field) {
                    void *pointer;
                    memcpy(&pointer, field, sizeof pointer);
                    uint64_t wire = 0;
                    CUresult result = handle_in_nullable(kind, pointer, &wire);
                    memcpy(field, &wire, sizeof wire);
                    return result;
                }

                /* Replaces wire handles that came from the server by the program's, in place. */
                static inline void handle_fields_out(enum handle_kind kind, void *fields, uint64_t came,
                                                     uint64_t room) {
                    for (uint64_t i = 0; i < came && i < room; i++) {
                        unsigned char *field = (unsigned char *)fields + i * sizeof(uint64_t);
                        uint64_t wire;
                        memcpy(&wire, field, sizeof wire);
                        void *pointer = handle_out(kind, wire);
                        memcpy(field, &pointer, sizeof pointer);
                    }
                }

                #endif
                """);
    }
}
