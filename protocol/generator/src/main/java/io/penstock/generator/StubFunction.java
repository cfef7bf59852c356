package io.penstock.generator;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Writes the client's half of one call. */
final class StubFunction {
    private static final String FAIL = "if (result != CUDA_SUCCESS) {\nreturn result;\n}";
    private final Spec spec;
    private final Call call;
    private final MappedAddresses mapped;
    private final boolean cleanup;

    StubFunction(Spec spec, Call call) {
        this.spec = spec;
        this.call = call;
        this.mapped = new MappedAddresses(spec, call);
        this.cleanup = call.params().stream().anyMatch(StubFunction::handleArrayIn);
    }

    private static boolean handleArrayIn(Param param) {
        return param.array()
                && param.in()
                && !param.out()
                && param.type().elementType().is(WireType.Kind.HANDLE);
    }

    void writeTo(SourceText text) {
        if (call.mode() == Call.Mode.REFUSED) {
            refuse(text, "", "CUDA_ERROR_" + resultName(), call.why());
        } else if (!call.coded()) {
            refuse(text, "__attribute__((weak)) ", "CUDA_ERROR_NOT_SUPPORTED", "this build's shim does not have it");
        } else if (call.shim() == Call.Author.GENERATED) {
            body(text, call.name());
        } else {
            body(text, "forward_" + call.name());
            if (call.posted()) {
                refuse(
                        text,
                        "__attribute__((weak)) ",
                        "CUDA_ERROR_NOT_SUPPORTED",
                        "this build's shim does not have it");
            } else {
                String names = call.params().stream().map(Param::name).collect(Collectors.joining(", "));
                text.blank().line("/* Without an answer of the shim's own, the server is asked each time. */");
                text.line("__attribute__((weak)) " + call.prototype(call.name()) + " {");
                text.line("return forward_%s(%s);", call.name(), names).line("}");
            }
        }
    }

    private String resultName() {
        return spec.errors().stream()
                .filter(error -> error.code() == call.result())
                .map(error -> error.name().replace("CUDA_ERROR_", ""))
                .findFirst()
                .orElseThrow(() -> new SpecException(call.name() + " is refused with unknown result " + call.result()));
    }

    private void refuse(SourceText text, String attribute, String result, String why) {
        text.blank().line(attribute + call.prototype(call.name()) + " {");
        call.cParams().forEach(param -> text.line("(void)%s;", param.name()));
        text.line("return call_refused(\"%s\", %s, \"%s\");", call.name(), result, why.replace("\"", "'"));
        text.line("}");
    }

    // ---- a whole trip

    private void body(SourceText text, String name) {
        text.blank().line("/* %s, %s. */", call.name(), call.mode().toString().toLowerCase(Locale.ROOT));
        text.line(call.prototype(name) + " {");
        checkPointers(text);
        checkCounts(text);
        text.line("CUresult result = CUDA_SUCCESS;");
        text.line("call_t call;");
        translate(text);
        mapped.declare().forEach(text::line);
        Stream.concat(new MemoryReach(call).judge().stream(), mapped.use().stream())
                .forEach(line -> {
                    text.line(line);
                    fail(text, true);
                });
        text.line(
                "result = call_begin(&call, CALL_%s, %s, %s);",
                call.name(), call.posted() ? "CALL_POSTED" : "CALL_WAITS", size());
        fail(text, true);
        call.params().forEach(param -> put(text, param));
        finish(text);
        text.line("}");
    }

    private void checkPointers(SourceText text) {
        List<String> required = call.params().stream()
                .filter(param -> param.pointer() && !param.nullable() && !DispatchMethod.address(param.type()))
                .filter(param -> !(param.array() && !param.count().constant()))
                .map(param -> param.name() + " == NULL")
                .toList();
        List<String> arrays = call.params().stream()
                .filter(param ->
                        param.array() && !param.nullable() && !param.count().constant())
                .map(param -> "(" + param.name() + " == NULL && " + count(param) + " > 0)")
                .toList();
        List<String> all = new ArrayList<>(required);
        all.addAll(arrays);
        if (!all.isEmpty()) {
            text.line("if (%s) {", String.join(" || ", all))
                    .line("return CUDA_ERROR_INVALID_VALUE;")
                    .line("}");
        }
    }

    private void checkCounts(SourceText text) {
        call.params().stream()
                .filter(param -> param.array() && !param.count().constant())
                .map(this::count)
                .distinct()
                .forEach(count -> {
                    boolean optional = call.params().stream()
                            .filter(param -> param.array() && count(param).equals(count))
                            .allMatch(Param::nullable);
                    String given = call.params().stream()
                            .filter(param -> param.array()
                                    && !param.count().constant()
                                    && count(param).equals(count))
                            .map(param -> param.name() + " != NULL")
                            .collect(Collectors.joining(" || "));
                    text.line("if (%s%s > ARRAY_ELEMENTS_MAX) {", optional ? "(" + given + ") && " : "", count);
                    text.line("return CUDA_ERROR_INVALID_VALUE;").line("}");
                });
    }

    private Param counter(Param param) {
        return call.params().stream()
                .filter(other -> other.name().equals(param.count().param()))
                .findFirst()
                .orElseThrow();
    }

    private String count(Param param) {
        Param.Count count = param.count();
        if (count.constant()) {
            return Integer.toString(count.offset());
        }
        String value = counter(param).out() ? "*" + count.param() : count.param();
        return count.offset() == 0 ? value : "(%1$s > %2$d ? %1$s - %2$d : 0)".formatted(value, -count.offset());
    }

    private Struct layout(WireType type) {
        return spec.struct(type.name());
    }

    private int elementBytes(Param param) {
        WireType element = param.type().elementType();
        return element.is(WireType.Kind.STRUCT) ? layout(element).size() : element.kind().bytes;
    }

    private static String kind(WireType type) {
        return StructHandles.cKind(type);
    }

    private void fail(SourceText text, boolean beforePublishing) {
        List<String> undo = call.params().stream()
                .filter(Param::make)
                .map(param -> "handle_drop(made_" + param.name() + ");")
                .toList();
        if (cleanup) {
            text.line("if (result != CUDA_SUCCESS) {").line("goto cleanup;").line("}");
        } else if (!undo.isEmpty() && beforePublishing) {
            text.line("if (result != CUDA_SUCCESS) {");
            undo.forEach(text::line);
            text.line("return result;").line("}");
        } else {
            FAIL.lines().forEach(text::line);
        }
    }

    private void translate(SourceText text) {
        if (cleanup) {
            call.params().stream()
                    .filter(StubFunction::handleArrayIn)
                    .forEach(param -> text.line("uint64_t *wire_%s = NULL;", param.name()));
        }
        for (Param param : call.params()) {
            if (param.handle() && !param.out() && !param.make()) {
                text.line("uint64_t wire_%s = 0;", param.name());
            } else if (param.in() && param.struct() && layout(param.type()).holdsHandles()) {
                text.line("%s wire_%s;", param.pointee(), param.name());
            }
        }
        for (Param param : call.params()) {
            if (param.make()) {
                text.line("uint64_t wire_%s = 0;", param.name());
                text.line("void *made_%1$s = handle_make(%2$s, &wire_%1$s);", param.name(), kind(param.type()));
                text.line("if (made_%s == NULL) {", param.name())
                        .line("return CUDA_ERROR_OUT_OF_MEMORY;")
                        .line("}");
            } else if (param.handle() && !param.out()) {
                text.line(
                        "result = %s(%s, %s, &wire_%s);",
                        param.nullable() ? "handle_in_nullable" : "handle_in",
                        kind(param.type()),
                        pointer(param),
                        param.name());
                fail(text, false);
            } else if (handleArrayIn(param)) {
                translateArray(text, param);
            } else if (param.in() && param.struct() && layout(param.type()).holdsHandles()) {
                translateStruct(text, param);
            }
        }
    }

    private static String pointer(Param param) {
        return param.c().equals("CUmemGenericAllocationHandle")
                ? "(const void *)(uintptr_t)" + param.name()
                : param.name();
    }

    private void translateArray(SourceText text, Param param) {
        text.line("if (%s != NULL) {", param.name());
        text.line("wire_%s = malloc((size_t)%s * sizeof(uint64_t) + 1);", param.name(), count(param));
        text.line("if (wire_%s == NULL) {", param.name());
        text.line("result = CUDA_ERROR_OUT_OF_MEMORY;").line("goto cleanup;").line("}");
        text.line(
                "result = handle_array_in(%1$s, %2$s, %3$s, wire_%2$s);",
                kind(param.type().elementType()), param.name(), count(param));
        fail(text, false);
        text.line("}");
    }

    private void translateStruct(SourceText text, Param param) {
        text.line("wire_%1$s = *%1$s;", param.name());
        new StructHandles(layout(param.type())).in(text, "wire_" + param.name(), () -> fail(text, false));
    }

    // ---- the request

    /** An upper bound of the body's bytes, exact but for strings and arrays that are left out. */
    private String size() {
        int fixed = 0;
        List<String> dynamic = new ArrayList<>();
        for (Param param : call.params()) {
            boolean flagOnly = param.out() && !param.in();
            if (flagOnly && !param.nullable()) {
                continue;
            }
            if (param.nullable() && !param.handle()) {
                fixed = (fixed + 7 & -8) + 8;
            }
            if (flagOnly) {
                continue;
            }
            switch (param.type().kind()) {
                case STRING -> {
                    fixed = (fixed + 7 & -8) + 8;
                    dynamic.add("call_padded(strlen(" + param.name() + "))");
                }
                case ARRAY -> {
                    fixed = (fixed + 7 & -8) + 8;
                    String bytes = "(uint64_t)" + count(param) + " * " + elementBytes(param);
                    String padded = "call_padded(" + bytes + ")";
                    dynamic.add(param.nullable() ? "(" + param.name() + " == NULL ? 0 : " + padded + ")" : padded);
                }
                case STRUCT -> fixed = (fixed + 7 & -8) + layout(param.type()).paddedSize();
                default ->
                    fixed = param.type().kind().bytes == 8 || param.make()
                            ? (fixed + 7 & -8) + 8
                            : byAddress(param) ? (fixed + 7 & -8) + 8 : fixed + 4;
            }
        }
        dynamic.addFirst(Integer.toString(fixed + 7 & -8));
        return String.join(" + ", dynamic);
    }

    /** A scalar that the driver wants by address travels as a struct of its size. */
    private static boolean byAddress(Param param) {
        return param.pointer()
                && !param.out()
                && param.type().scalar()
                && !param.handle()
                && !DispatchMethod.address(param.type());
    }

    private void put(SourceText text, Param param) {
        String name = param.name();
        if (param.make()) {
            text.line("call_put_handle(&call, wire_%s);", name);
            return;
        }
        if (param.out() && !param.in()) {
            if (param.nullable()) {
                text.line("(void)call_put_present(&call, %s);", name);
            }
            return;
        }
        boolean optional = param.nullable() && !param.handle();
        if (optional) {
            text.line("if (call_put_present(&call, %s)) {", name);
        }
        text.line(putValue(param));
        if (optional) {
            text.line("}");
        }
    }

    private String putValue(Param param) {
        String name = param.name();
        WireType type = param.type();
        return switch (type.kind()) {
            case HANDLE -> "call_put_handle(&call, wire_" + name + ");";
            case STRING -> "call_put_string(&call, " + name + ");";
            case STRUCT ->
                "call_put_struct(&call, %s, %d);"
                        .formatted(
                                layout(type).holdsHandles() ? "&wire_" + name : name,
                                layout(type).size());
            case ARRAY ->
                "call_put_array(&call, %s, %s, %d);"
                        .formatted(handleArrayIn(param) ? "wire_" + name : name, count(param), elementBytes(param));
            default ->
                byAddress(param)
                        ? "call_put_struct(&call, %s, %d);".formatted(name, type.kind().bytes)
                        : putScalar(param);
        };
    }

    private String putScalar(Param param) {
        String value = param.out() ? "*" + param.name() : param.name();
        Struct byValue = spec.structs().get(param.c());
        return switch (param.type().kind()) {
            case I32, DEVICE -> "call_put_i32(&call, " + value + ");";
            case F32 -> "call_put_f32(&call, " + value + ");";
            case F64 -> "call_put_f64(&call, " + value + ");";
            case I64 -> "call_put_i64(&call, " + value + ");";
            case U32 -> "call_put_u32(&call, " + value + ");";
            case ENUM -> "call_put_u32(&call, (uint32_t)" + value + ");";
            default ->
                byValue != null
                        ? "call_put_struct(&call, &" + value + ", 8);"
                        : "call_put_u64(&call, "
                                + (param.c().endsWith("*") && !param.out() ? "(uint64_t)(uintptr_t)" : "") + value
                                + ");";
        };
    }

    // ---- the reply

    private void finish(SourceText text) {
        List<String> done = new ArrayList<>();
        for (Param param : call.params()) {
            if (param.make()) {
                done.add("*%1$s = made_%1$s;".formatted(param.name()));
            } else if (param.drop()) {
                done.add("handle_drop(" + pointer(param) + ");");
            }
        }
        boolean outs = call.params().stream().anyMatch(Param::out);
        text.line("result = %s(&call);", call.posted() ? "call_post" : "call_wait");
        if (outs || !done.isEmpty()) {
            text.line("if (result == CUDA_SUCCESS) {");
            call.params().stream().filter(Param::out).forEach(param -> get(text, param));
            done.forEach(text::line);
            if (call.params().stream().anyMatch(Param::make)) {
                text.line("} else {");
                call.params().stream()
                        .filter(Param::make)
                        .forEach(param -> text.line("handle_drop(made_%s);", param.name()));
            }
            text.line("}");
        }
        if (!call.posted()) {
            text.line("call_end(&call);");
        }
        mapped.await().forEach(text::line);
        if (cleanup) {
            text.raw("cleanup:\n");
            call.params().stream()
                    .filter(StubFunction::handleArrayIn)
                    .forEach(param -> text.line("free(wire_%s);", param.name()));
        }
        text.line("return result;");
    }

    private void get(SourceText text, Param param) {
        String name = param.name();
        WireType type = param.type();
        if (param.nullable() && !param.in()) {
            text.line("if (call_get_u64(&call) != 0 && %s != NULL) {", name);
        }
        switch (type.kind()) {
            case HANDLE ->
                text.line(
                        "*%s = (%s)%shandle_out(%s, call_get_handle(&call));",
                        name,
                        param.pointee(),
                        param.pointee().equals("CUmemGenericAllocationHandle") ? "(uintptr_t)" : "",
                        kind(type));
            case STRUCT -> {
                text.line("call_get_struct(&call, %s, %d);", name, layout(type).size());
                new StructHandles(layout(type)).out(text, name);
            }
            case ARRAY -> getArray(text, param);
            default -> text.line("*%s = %s;", target(param), getScalar(param));
        }
        if (param.nullable() && !param.in()) {
            text.line("}");
        }
    }

    private void getArray(SourceText text, Param param) {
        WireType element = param.type().elementType();
        String get = "call_get_array(&call, %s, %s, %d)".formatted(param.name(), capacity(param), elementBytes(param));
        if (element.is(WireType.Kind.HANDLE)) {
            text.line("handle_fields_out(%s, %s, %s, %s);", kind(element), param.name(), get, capacity(param));
        } else {
            text.line("(void)%s;", get);
        }
    }

    /** What the caller's array holds; an inout counter comes back after its arrays, so it still says so here. */
    private String capacity(Param param) {
        return count(param);
    }

    private static String target(Param param) {
        if (!param.pointee().equals("void")) {
            return param.name();
        }
        return (param.type().kind().bytes == 8 ? "(uint64_t *)" : "(uint32_t *)") + param.name();
    }

    private static String getScalar(Param param) {
        String cast = param.pointee().equals("void") ? "" : "(" + param.pointee() + ")";
        return switch (param.type().kind()) {
            case I32, DEVICE -> "call_get_i32(&call)";
            case F32 -> "call_get_f32(&call)";
            case F64 -> "call_get_f64(&call)";
            case I64 -> "call_get_i64(&call)";
            case U32, ENUM -> cast + "call_get_u32(&call)";
            default -> cast + "call_get_u64(&call)";
        };
    }
}
