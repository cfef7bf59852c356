package io.penstock.generator;

import java.util.List;
import java.util.Locale;

/** Writes the server half of one call. */
final class DispatchMethod {
    private final Spec spec;
    private final Call call;
    private final List<Param> params;
    private final boolean scratch;

    DispatchMethod(Spec spec, Call call) {
        this.spec = spec;
        this.call = call;
        this.params = call.params();
        this.scratch = params.stream().anyMatch(param -> needsScratch(param));
    }

    void writeTo(SourceText text) {
        text.blank();
        text.raw("/** " + call.name() + ": " + call.mode().toString().toLowerCase(Locale.ROOT) + ". */\n");
        text.raw("static int " + call.name() + "(CallContext context, Reader in, Writer out) {\n");
        if (scratch) {
            text.raw("try (Arena scratch = Arena.ofConfined()) {\n");
        }
        read(text);
        reserve(text);
        callDriver(text);
        if (scratch) {
            text.raw("}\n");
        }
        text.raw("}\n");
    }

    private boolean needsScratch(Param param) {
        return param.type().is(WireType.Kind.STRING) || overAligned(param) || param.make();
    }

    /** The driver insists on an alignment that a frame does not have. */
    private boolean overAligned(Param param) {
        return param.struct() && layout(param.type()).align() > 8;
    }

    private Struct layout(WireType type) {
        return spec.struct(type.name());
    }

    private int elementBytes(Param param) {
        WireType element = param.type().elementType();
        return element.is(WireType.Kind.STRUCT) ? layout(element).size() : element.kind().bytes;
    }

    private static String kind(WireType type) {
        return StructHandles.javaKind(type);
    }

    private void read(SourceText text) {
        for (Param param : params) {
            if (param.make()) {
                text.raw("long " + param.name() + "Wire = in.readHandle();\n");
            } else if (param.out() && !param.in()) {
                if (param.nullable()) {
                    text.raw("boolean wants" + capital(param) + " = in.readPresent();\n");
                }
            } else {
                readIn(text, param);
            }
        }
        for (Param param : params) {
            if (param.in() && param.array() && !param.make()) {
                checkCount(text, param);
            }
        }
    }

    private static String capital(Param param) {
        return param.name().substring(0, 1).toUpperCase(Locale.ROOT)
                + param.name().substring(1);
    }

    private void readIn(SourceText text, Param param) {
        String name = param.name();
        String input = param.out() ? name + "In" : name;
        switch (param.type().kind()) {
            case HANDLE -> {
                String kind = kind(param.type());
                text.raw("long " + name + "Wire = in.readHandle();\n");
                text.raw("long " + input + " = context.handles().nativeOf(" + kind + ", " + name + "Wire);\n");
                failOnInvalid(text, input + " == HandleTable.INVALID");
            }
            case STRING -> text.raw("long " + name + " = in.readString(scratch, " + param.nullable() + ");\n");
            case STRUCT -> {
                Struct struct = layout(param.type());
                String read = "in.readStruct(" + struct.size() + ")";
                text.raw("long " + input + " = " + (param.nullable() ? "in.readPresent() ? " + read + " : 0L" : read)
                        + ";\n");
                if (!param.out()) {
                    structHandles(text, param, struct, input, true);
                }
            }
            case ARRAY -> {
                String read = "in.readArray(" + elementBytes(param) + ")";
                if (param.nullable()) {
                    text.raw("boolean has" + capital(param) + " = in.readPresent();\n");
                    text.raw("long " + input + " = has" + capital(param) + " ? " + read + " : 0L;\n");
                } else {
                    text.raw("long " + input + " = " + read + ";\n");
                }
                text.raw("long " + name + "Count = "
                        + (param.nullable() ? "has" + capital(param) + " ? in.lastCount() : 0L" : "in.lastCount()")
                        + ";\n");
            }
            default -> readScalar(text, param, input);
        }
    }

    private void readScalar(SourceText text, Param param, String input) {
        boolean wide = param.type().kind().bytes == 8;
        boolean byAddress = param.pointer() && !param.out() && !address(param.type());
        if (byAddress) {
            text.raw("long " + input + " = in.readStruct(" + param.type().kind().bytes + ");\n");
            return;
        }
        String java = param.type().is(WireType.Kind.F32)
                ? "float"
                : param.type().is(WireType.Kind.F64) ? "double" : wide ? "long" : "int";
        String reader = switch (param.type().kind()) {
            case F32 -> "readF32";
            case F64 -> "readF64";
            case I64 -> "readI64";
            default -> wide ? "readU64" : param.type().is(WireType.Kind.I32) ? "readI32" : "readU32";
        };
        text.raw(java + " " + input + " = in." + reader + "();\n");
    }

    /** Types that are themselves an address, so that a C pointer to void is the value. */
    static boolean address(WireType type) {
        return type.is(WireType.Kind.DEVPTR) || type.is(WireType.Kind.HOSTADDRESS);
    }

    private void failOnInvalid(SourceText text, String condition) {
        text.raw("if (" + condition + ") {\nreturn CudaResult.INVALID_HANDLE;\n}\n");
    }

    private String countOf(Param param) {
        Param.Count count = param.count();
        if (count.constant()) {
            return count.offset() + "L";
        }
        Param counter = params.stream()
                .filter(other -> other.name().equals(count.param()))
                .findFirst()
                .orElseThrow();
        String value = counter.out() ? counter.name() + "In" : counter.name();
        String wide = counter.type().kind().bytes == 8 ? value : "Integer.toUnsignedLong(" + value + ")";
        return count.offset() == 0 ? wide : "Math.max(0L, " + wide + " - " + -count.offset() + ")";
    }

    private void checkCount(SourceText text, Param param) {
        String check =
                "in.requireCount(\"" + param.name() + "\", " + param.name() + "Count, " + countOf(param) + ");\n";
        text.raw(param.nullable() ? "if (has" + capital(param) + ") {\n" + check + "}\n" : check);
        WireType element = param.type().elementType();
        if (element.is(WireType.Kind.HANDLE)) {
            failOnInvalid(
                    text,
                    "!context.handles().toNative(" + kind(element) + ", " + param.name() + ", " + param.name()
                            + "Count)");
        } else if (element.is(WireType.Kind.STRUCT) && layout(element).holdsHandles()) {
            throw new SpecException(
                    call.name() + ": handles inside an array of structs need a hand-written server half");
        }
    }

    private void structHandles(SourceText text, Param param, Struct struct, String address, boolean toNative) {
        StructHandles handles = new StructHandles(struct);
        String lines = toNative ? handles.toNative(address) : handles.toWire(address);
        boolean optional = param.nullable() && !lines.isEmpty();
        text.raw(optional ? "if (" + address + " != 0L) {\n" + lines + "}\n" : lines);
    }

    private void reserve(SourceText text) {
        for (Param param : params) {
            String name = param.name();
            if (param.make()) {
                text.raw("long " + name + " = scratch.allocate(8L, 8L).address();\n");
            } else if (param.out()) {
                reserveOut(text, param);
            }
        }
    }

    private void reserveOut(SourceText text, Param param) {
        String name = param.name();
        String reserve;
        switch (param.type().kind()) {
            case STRUCT -> {
                Struct struct = layout(param.type());
                if (overAligned(param)) {
                    text.raw("long " + name + "Out = out.reserve(" + struct.size() + ");\n");
                    text.raw("long " + name + " = scratch.allocate(" + struct.size() + "L, " + struct.align()
                            + "L).address();\n");
                    return;
                }
                reserve = "out.reserve(" + struct.size() + ")";
            }
            case ARRAY -> reserve = "out.reserveArray(" + countOf(param) + ", " + elementBytes(param) + ")";
            default -> reserve = param.type().kind().bytes == 8 ? "out.reserveU64()" : "out.reserveI32()";
        }
        if (param.nullable() && !param.in()) {
            text.raw("long " + name + " = out.putPresent(wants" + capital(param) + ") ? " + reserve + " : 0L;\n");
        } else {
            text.raw("long " + name + " = " + reserve + ";\n");
        }
        if (param.in()) {
            copyIn(text, param);
        }
    }

    /** An inout parameter starts with what the caller passed. */
    private void copyIn(SourceText text, Param param) {
        String name = param.name();
        if (param.struct()) {
            Struct struct = layout(param.type());
            text.raw("NativeMemory.copy(" + name + "In, " + name + ", " + struct.size() + "L);\n");
            structHandles(text, param, struct, name, true);
        } else if (param.type().kind().bytes == 8) {
            text.raw("NativeMemory.putLong(" + name + ", " + name + "In);\n");
        } else {
            text.raw("NativeMemory.putInt(" + name + ", " + name + "In);\n");
        }
    }

    private void callDriver(SourceText text) {
        String arguments = String.join(", ", params.stream().map(Param::name).toList());
        String driver = "context.driver()." + call.name() + "(" + arguments + ")";
        List<String> after = after();
        if (after.isEmpty()) {
            text.raw("return " + driver + ";\n");
            return;
        }
        text.raw("int result = " + driver + ";\n");
        text.raw("if (result == CudaResult.SUCCESS) {\n");
        after.forEach(text::raw);
        text.raw("}\nreturn result;\n");
    }

    private List<String> after() {
        SourceText text = new SourceText();
        for (Param param : params) {
            String name = param.name();
            WireType type = param.type();
            if (param.make()) {
                text.raw("context.handles().bind(" + kind(type) + ", " + name + "Wire, NativeMemory.getLong(" + name
                        + "));\n");
            } else if (param.drop()) {
                text.raw("context.handles().drop(" + kind(type) + ", " + name + "Wire);\n");
            } else if (param.out() && param.handle()) {
                String line = "context.handles().toWire(" + kind(type) + ", " + name + ", 1L);\n";
                text.raw(param.nullable() ? "if (" + name + " != 0L) {\n" + line + "}\n" : line);
            } else if (param.out() && param.array() && type.elementType().is(WireType.Kind.HANDLE)) {
                String line = "context.handles().toWire(" + kind(type.elementType()) + ", " + name + ", "
                        + countOf(param) + ");\n";
                text.raw(param.nullable() ? "if (" + name + " != 0L) {\n" + line + "}\n" : line);
            } else if (param.out() && overAligned(param)) {
                text.raw("NativeMemory.copy(" + name + ", " + name + "Out, "
                        + layout(type).size() + "L);\n");
            } else if (param.out() && param.struct()) {
                structHandles(text, param, layout(type), name, false);
            }
        }
        return text.toString().isEmpty() ? List.of() : List.of(text.toString());
    }
}
