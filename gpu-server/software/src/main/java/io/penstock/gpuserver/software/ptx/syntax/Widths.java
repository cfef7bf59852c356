package io.penstock.gpuserver.software.ptx.syntax;

/** How many bytes a fundamental type takes. */
public final class Widths {
    private Widths() {}

    /** Bytes of one element of the type named without its dot; 8 for what has no size of its own, as textures. */
    public static int bytes(String type) {
        return switch (type) {
            case "b8", "s8", "u8", "e4m3", "e5m2" -> 1;
            case "b16", "s16", "u16", "f16", "bf16" -> 2;
            case "b32", "s32", "u32", "f32", "f16x2", "bf16x2", "tf32" -> 4;
            case "b128" -> 16;
            default -> 8;
        };
    }
}
