package io.penstock.generator;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Writes how the handles inside one struct are translated, on either side.
 *
 * <p>Where another field tells what a union holds, a value that the description does not know is refused on both sides: the
 * bytes behind it may be a handle, and a client's handle never reaches the driver untranslated.
 */
final class StructHandles {
    private final Struct struct;

    StructHandles(Struct struct) {
        this.struct = struct;
    }

    static String cKind(WireType type) {
        return "HANDLE_" + type.name().toUpperCase(Locale.ROOT);
    }

    static String javaKind(WireType type) {
        return "HandleKind." + type.name().toUpperCase(Locale.ROOT);
    }

    // ---- C

    /** From the program's handles to those of the wire, in a copy of the caller's struct; fail leaves the stub. */
    void in(SourceText text, String copy, Runnable fail) {
        for (Struct.Field field : struct.fields()) {
            WireType type = field.type();
            if (type != null && field.handle() && field.out()) {
                text.line("memset(&%1$s.%2$s, 0, sizeof %1$s.%2$s);", copy, field.name());
            } else if (type != null && field.handle()) {
                text.line("result = handle_field_in(%s, &%s.%s);", cKind(type), copy, field.name());
                fail.run();
            } else if (field.union() != null) {
                unionIn(text, field.union(), copy, field.name());
                fail.run();
            }
        }
    }

    private static void unionIn(SourceText text, Struct.Union union, String copy, String field) {
        text.line("switch (%s.%s) {", copy, union.tag());
        for (Struct.Case known : union.cases()) {
            text.line("case %d:", known.value());
            if (known.handle() != null) {
                text.line("result = handle_field_in(%s, &%s.%s);", cKind(known.handle()), copy, field);
            }
            text.line("break;");
        }
        text.line("default:").line("result = CUDA_ERROR_INVALID_VALUE;").line("break;");
        text.line("}");
    }

    /** From the wire's handles to the program's, in the caller's struct. */
    void out(SourceText text, String pointer) {
        for (Struct.Field field : struct.fields()) {
            WireType type = field.type();
            if (type != null && field.handle()) {
                text.line(fieldOut(type, pointer, field.name()));
            } else if (field.union() != null) {
                for (Struct.Case known : field.union().cases()) {
                    if (known.handle() != null) {
                        text.line("if (%s->%s == %d) {", pointer, field.union().tag(), known.value());
                        text.line(fieldOut(known.handle(), pointer, field.name()))
                                .line("}");
                    }
                }
            }
        }
    }

    private static String fieldOut(WireType type, String pointer, String field) {
        return "handle_fields_out(%s, &%s->%s, 1, 1);".formatted(cKind(type), pointer, field);
    }

    // ---- Java

    /** From the wire's handles to the driver's, at an address; empty if there is nothing to do. */
    String toNative(String address) {
        StringBuilder text = new StringBuilder();
        for (Struct.Field field : struct.fields()) {
            if (field.handle() && !field.out()) {
                text.append(fieldToNative(field.type(), address, field));
            } else if (field.union() != null) {
                text.append("switch (").append(tag(field.union(), address)).append(") {\n");
                for (Struct.Case known : field.union().cases()) {
                    text.append("case ").append(known.value()).append(" -> {\n");
                    text.append(fieldToNative(known.handle(), address, field)).append("}\n");
                }
                text.append("default -> {\nreturn CudaResult.INVALID_VALUE;\n}\n}\n");
            }
        }
        return text.toString();
    }

    /** From the driver's handles to the wire's, at an address; empty if there is nothing to do. */
    String toWire(String address) {
        StringBuilder text = new StringBuilder();
        for (Struct.Field field : struct.fields()) {
            if (field.handle()) {
                text.append(fieldToWire(field.type(), address, field));
            } else if (field.union() != null) {
                for (Struct.Case known : field.union().cases()) {
                    if (known.handle() != null) {
                        text.append("if (").append(tag(field.union(), address));
                        text.append(" == ").append(known.value()).append(") {\n");
                        text.append(fieldToWire(known.handle(), address, field)).append("}\n");
                    }
                }
            }
        }
        return text.toString();
    }

    private String tag(Struct.Union union, String address) {
        return "NativeMemory.getInt(" + address + " + "
                + struct.field(union.tag()).at() + ")";
    }

    private static String fieldToNative(@Nullable WireType type, String address, Struct.Field field) {
        return type == null
                ? ""
                : "if (!context.handles().toNative(" + javaKind(type) + ", " + address + " + " + field.at()
                        + ", 1L)) {\nreturn CudaResult.INVALID_HANDLE;\n}\n";
    }

    private static String fieldToWire(@Nullable WireType type, String address, Struct.Field field) {
        return type == null
                ? ""
                : "context.handles().toWire(" + javaKind(type) + ", " + address + " + " + field.at() + ", 1L);\n";
    }
}
