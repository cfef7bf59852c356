package io.penstock.gpuserver.software.ptx.emit;

import io.penstock.gpuserver.software.ptx.PtxException;
import io.penstock.gpuserver.software.ptx.check.Type;
import io.penstock.gpuserver.software.ptx.math.LongMath;
import io.penstock.gpuserver.software.ptx.math.VideoMath;
import io.penstock.gpuserver.software.ptx.syntax.Operand;
import org.jspecify.annotations.Nullable;

/** Scalar video instructions: arithmetic on a byte, a half or the whole of a word, then a second operation or a merge. */
final class VideoLowering {
    private VideoLowering() {}

    /** {@code vadd}, {@code vsub}, {@code vabsdiff}, {@code vmin}, {@code vmax}. */
    static void arithmetic(Instruction at, FunctionBuilder to) throws PtxException {
        Type type = type(at);
        Type left = type(at);
        Type right = type(at);
        boolean saturated = at.modifiers().take("sat");
        @Nullable String second = at.modifiers().takeAny("add", "min", "max");
        at.done();
        Lane a = VideoOperand.of(at.operand(1)).read(at, to, left);
        Lane b = VideoOperand.of(at.operand(2)).read(at, to, right);
        finish(at, to, type, saturated, second, operation(at.stem(), a, b));
    }

    /** {@code vshl} and {@code vshr}. */
    static void shift(Instruction at, FunctionBuilder to) throws PtxException {
        Type type = type(at);
        Type left = type(at);
        if (type(at) != Type.U32) {
            throw at.invalid("the amount of a shift has type .u32");
        }
        boolean saturated = at.modifiers().take("sat");
        String mode = at.modifiers().takeAny("clamp", "wrap");
        @Nullable String second = at.modifiers().takeAny("add", "min", "max");
        at.done();
        if (mode == null) {
            throw at.invalid("neither .clamp nor .wrap");
        }
        Lane a = VideoOperand.of(at.operand(1)).read(at, to, left);
        Lane b = VideoOperand.of(at.operand(2)).read(at, to, Type.U32);
        Lane by = Lane.of(VideoMath.class, mode.equals("clamp") ? "clampedAmount" : "wrappedAmount", "J", b);
        String name = at.stem().equals("vshl") ? "shiftLeft" : "shiftRight";
        finish(at, to, type, saturated, second, Lane.of(VideoMath.class, name, "JI", a, by));
    }

    /** {@code vset}: 1 where the comparison holds, else 0. */
    static void set(Instruction at, FunctionBuilder to) throws PtxException {
        Type left = type(at);
        Type right = type(at);
        String comparison = comparison(at);
        @Nullable String second = at.modifiers().takeAny("add", "min", "max");
        at.done();
        Lane a = VideoOperand.of(at.operand(1)).read(at, to, left);
        Lane b = VideoOperand.of(at.operand(2)).read(at, to, right);
        finish(at, to, Type.U32, false, second, Lane.of(VideoMath.class, comparison, "JJ", a, b));
    }

    /** {@code vmad}. */
    static void multiplyAdd(Instruction at, FunctionBuilder to) throws PtxException {
        type(at); // that of the result decides nothing: PTX ISA, vmad
        Type left = type(at);
        Type right = type(at);
        boolean one = at.modifiers().take("po");
        boolean saturated = at.modifiers().take("sat");
        String scale = at.modifiers().takeAny("shr7", "shr15");
        at.done();
        at.expectOperands(4);
        boolean minusProduct = isMinus(at.operand(1)) != isMinus(at.operand(2));
        boolean minusSum = isMinus(at.operand(3));
        if ((one && (isMinus(at.operand(1)) || isMinus(at.operand(2)) || minusSum)) || (minusProduct && minusSum)) {
            throw at.invalid("vmad negates its product or its sum, and neither with .po");
        }
        boolean signed = left.signed() || right.signed() || minusProduct;
        Lane a = VideoOperand.of(unsigned(at.operand(1))).read(at, to, left);
        Lane b = VideoOperand.of(unsigned(at.operand(2))).read(at, to, right);
        Lane c = VideoOperand.of(unsigned(at.operand(3))).read(at, to, signed ? Type.S32 : Type.U32);
        Lane sum = minusSum ? Lane.of(LongMath.class, "neg", "J", c) : c;
        String name = !saturated ? "multiplyAdd" : signed || minusSum ? "multiplyAddSigned" : "multiplyAddUnsigned";
        int by = scale == null ? 0 : Integer.parseInt(scale.substring(3));
        Lane result = Lane.of(
                VideoMath.class,
                name,
                "JJJI",
                minusProduct ? Lane.of(LongMath.class, "neg", "J", a) : a,
                b,
                one ? Lane.of(VideoMath.class, "next", "J", sum) : sum,
                VideoOperand.number(to, by));
        to.assign(at, at.operand(0), Type.U32, result);
    }

    private static boolean isMinus(Operand operand) {
        return operand instanceof Operand.Minus;
    }

    private static Operand unsigned(Operand operand) {
        return operand instanceof Operand.Minus(String name) ? new Operand.Name(name) : operand;
    }

    /** One of the types that video instructions have. */
    static Type type(Instruction at) throws PtxException {
        Type type = at.type();
        if (type != Type.U32 && type != Type.S32) {
            throw at.invalid(at.stem() + " has no type ." + type.spelled());
        }
        return type;
    }

    /** The comparison's scalar. */
    static String comparison(Instruction at) throws PtxException {
        String name = at.modifiers().takeAny("eq", "ne", "lt", "le", "gt", "ge");
        if (name == null) {
            throw at.invalid("a comparison is missing");
        }
        return name;
    }

    /** The operation that a stem names, without the count of its parts. */
    static Lane operation(String stem, Lane a, Lane b) {
        return switch (stem) {
            case "vadd" -> Lane.of(LongMath.class, "add", "JJ", a, b);
            case "vsub" -> Lane.of(LongMath.class, "sub", "JJ", a, b);
            case "vmin" -> Lane.of(LongMath.class, "minSigned", "JJ", a, b);
            case "vmax" -> Lane.of(LongMath.class, "maxSigned", "JJ", a, b);
            case "vavrg" -> Lane.of(VideoMath.class, "average", "JJ", a, b);
            default -> Lane.of(VideoMath.class, "difference", "JJ", a, b);
        };
    }

    /** A number clamped to what a part of so many bits holds. */
    static Lane clamped(FunctionBuilder to, Type type, Lane number, int bits) {
        String name = type.signed() ? "clampSigned" : "clampUnsigned";
        return Lane.of(VideoMath.class, name, "JI", number, VideoOperand.number(to, bits));
    }

    private static void finish(
            Instruction at, FunctionBuilder to, Type type, boolean saturated, @Nullable String second, Lane computed)
            throws PtxException {
        VideoOperand target = VideoOperand.of(at.operand(0));
        boolean merges = !target.isWhole();
        at.expectOperands(merges || second != null ? 4 : 3);
        if (merges && second != null) {
            throw at.invalid("a second operation and a merge exclude each other");
        }
        int bits = target.bits(at);
        Lane number = saturated ? clamped(to, type, computed, bits) : computed;
        Lane result = Lane.of(LongMath.class, "low", "J", number);
        if (merges) {
            Lane rest = VideoOperand.of(at.operand(3)).word(at, to);
            Lane start = VideoOperand.number(to, target.start());
            result = Lane.of(VideoMath.class, "merge", "JIII", number, rest, start, VideoOperand.number(to, bits));
        } else if (second != null) {
            // What the second operation takes is a word of the result's type, as on an H100.
            Lane first = VideoOperand.part(to, result, type, 0, bits);
            Lane c = VideoOperand.of(at.operand(3)).read(at, to, type);
            result = Lane.of(LongMath.class, "low", "J", operation("v" + second, first, c));
        }
        to.assign(at, target.plain(), Type.U32, result);
    }
}
