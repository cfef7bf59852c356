package io.penstock.generator;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A parameter of a C prototype.
 *
 * @param type for example {@code const void *}
 * @param name for example {@code image}
 */
record CParam(String type, String name) {
    private static final Map<String, String> JAVA = Map.ofEntries(
            Map.entry("int", "int"),
            Map.entry("unsigned int", "int"),
            Map.entry("unsigned short", "int"),
            Map.entry("unsigned char", "int"),
            Map.entry("CUdevice", "int"),
            Map.entry("cuuint32_t", "int"),
            Map.entry("float", "float"),
            Map.entry("size_t", "long"),
            Map.entry("unsigned long long", "long"),
            Map.entry("cuuint64_t", "long"),
            Map.entry("CUdeviceptr", "long"),
            Map.entry("CUtexObject", "long"),
            Map.entry("CUsurfObject", "long"));

    /** Parses {@code CUmodule *module, const void *image}. */
    static List<CParam> parseAll(String signature) {
        List<CParam> list = new ArrayList<>();
        for (String part : signature.split(",", -1)) {
            String text = part.trim();
            if (text.isEmpty() || text.equals("void")) {
                continue;
            }
            int end = text.endsWith("[]") ? text.length() - 2 : text.length();
            int start = end;
            while (start > 0 && Character.isJavaIdentifierPart(text.charAt(start - 1))) {
                start--;
            }
            String type = text.substring(0, start).trim() + (end < text.length() ? " *" : "");
            list.add(new CParam(type, text.substring(start, end)));
        }
        return list;
    }

    String declaration() {
        return type.endsWith("*") ? type + name : type + " " + name;
    }

    boolean pointer() {
        return type.endsWith("*");
    }

    /** The C type a pointer points at, without const. */
    String pointee() {
        String text = type.substring(0, type.length() - 1).trim();
        return text.startsWith("const ") ? text.substring("const ".length()) : text;
    }

    /** The Java type of the driver interface: every pointer and handle is a long address. */
    String java(Spec spec) {
        if (pointer()) {
            return "long";
        }
        String known = JAVA.get(type);
        if (known != null) {
            return known;
        }
        Struct struct = spec.structs().get(type);
        if (struct != null) {
            if (struct.size() != 8) {
                throw new SpecException("struct " + type + " of " + struct.size() + " bytes cannot be passed by value");
            }
            return "long";
        }
        return spec.pointerTypes().contains(type) ? "long" : "int";
    }
}
