package io.penstock.gpuserver.software.ptx.emit;

import io.penstock.gpuserver.software.ptx.PtxException;
import io.penstock.gpuserver.software.ptx.check.Type;
import io.penstock.gpuserver.software.ptx.math.LongMath;
import io.penstock.gpuserver.software.ptx.math.VideoMath;
import io.penstock.gpuserver.software.ptx.syntax.Operand;
import org.jspecify.annotations.Nullable;

/**
 * Scalar video instructions: arithmetic on a byte, a half or the whole of a word, then a second operation or a merge.
 *
 * <p>Where an H100 does something else than PTX ISA's text, they do what it does; the method that does so says what.
 */
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
        Lane number = operation(at.stem(), a, b);
        if (saturated) {
            number = nearest(at, to, type, number);
        }
        finish(at, to, type, second, at.stem().equals("vadd") || at.stem().equals("vsub") ? word(number) : number);
    }

    /** An H100 saturates words without a sign at 0 alone, and parts of words as if a negative number were one too large. */
    private static Lane nearest(Instruction at, FunctionBuilder to, Type type, Lane number) throws PtxException {
        VideoOperand target = VideoOperand.of(at.operand(0));
        int bits = target.bits(at);
        if (!target.isWhole()) {
            int most = (1 << (type.signed() ? bits - 1 : bits)) - 1;
            return Lane.of(VideoMath.class, "clampAbove", "JI", number, VideoOperand.number(to, most));
        }
        return type.signed() ? clamped(to, type, number, bits) : Lane.of(VideoMath.class, "notNegative", "J", number);
    }

    private static Lane word(Lane number) {
        return Lane.of(VideoMath.class, "word", "J", number);
    }

    /**
     * {@code vshl} and {@code vshr}. An H100 saturates to a word, also where a part of one is written, and of what it shifts left 34
     * bits count then.
     */
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
        Lane number = Lane.of(VideoMath.class, name, "JI", a, by);
        if (saturated) {
            number = word(clamped(to, type, Lane.of(VideoMath.class, "cutShifted", "J", number), Integer.SIZE));
        }
        finish(at, to, type, second, number);
    }

    /** {@code vset}: 1 where the comparison holds, else 0; of the type of what is compared first, as on an H100. */
    static void set(Instruction at, FunctionBuilder to) throws PtxException {
        Type left = type(at);
        Type right = type(at);
        String comparison = comparison(at);
        @Nullable String second = at.modifiers().takeAny("add", "min", "max");
        at.done();
        Lane a = VideoOperand.of(at.operand(1)).read(at, to, left);
        Lane b = VideoOperand.of(at.operand(2)).read(at, to, right);
        finish(at, to, left, second, Lane.of(VideoMath.class, comparison, "JJ", a, b));
    }

    /**
     * {@code vmad}. An H100 takes whole words as signed numbers whatever their types are; those decide how a sum is saturated, and one
     * without a sign is shifted right as 64 bits without one then.
     */
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
        boolean signed = left.signed() || right.signed() || minusProduct || minusSum;
        Lane a = factor(at, to, 1, left);
        Lane c = factor(at, to, 3, Type.S32);
        Lane sum = minusSum ? Lane.of(LongMath.class, "neg", "J", c) : c;
        int by = scale == null ? 0 : Integer.parseInt(scale.substring(3));
        Lane result = Lane.of(
                VideoMath.class,
                saturated && !signed ? "multiplyAddUnsigned" : "multiplyAdd",
                "JJJI",
                minusProduct ? Lane.of(LongMath.class, "neg", "J", a) : a,
                factor(at, to, 2, right),
                one ? Lane.of(VideoMath.class, "next", "J", sum) : sum,
                VideoOperand.number(to, by));
        Lane fitted = saturated ? clamped(to, signed ? Type.S32 : Type.U32, result, Integer.SIZE) : result;
        to.assign(at, at.operand(0), Type.U32, Lane.of(LongMath.class, "low", "J", fitted));
    }

    private static Lane factor(Instruction at, FunctionBuilder to, int index, Type type) throws PtxException {
        VideoOperand factor = VideoOperand.of(unsigned(at.operand(index)));
        return factor.read(at, to, factor.isWhole() ? Type.S32 : type);
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

    /**
     * Merges or applies the second operation. An H100 takes the upper half of a word from the upper half of the number, and second
     * operations compare 64 bits: of sums, differences and saturated shifts their word with its sign, else of all of the number.
     */
    private static void finish(Instruction at, FunctionBuilder to, Type type, @Nullable String second, Lane number)
            throws PtxException {
        VideoOperand target = VideoOperand.of(at.operand(0));
        boolean merges = !target.isWhole();
        at.expectOperands(merges || second != null ? 4 : 3);
        if (merges && second != null) {
            throw at.invalid("a second operation and a merge exclude each other");
        }
        Lane result = Lane.of(LongMath.class, "low", "J", number);
        if (merges) {
            result = merged(
                    to,
                    target,
                    target.bits(at),
                    number,
                    VideoOperand.of(at.operand(3)).word(at, to));
        } else if (second != null) {
            Lane c = VideoOperand.of(at.operand(3)).read(at, to, type);
            String name = second.equals("add") ? "add" : second + (type.signed() ? "Signed" : "Unsigned");
            result = Lane.of(LongMath.class, "low", "J", Lane.of(LongMath.class, name, "JJ", number, c));
        }
        to.assign(at, target.plain(), Type.U32, result);
    }

    private static Lane merged(FunctionBuilder to, VideoOperand target, int bits, Lane number, Lane rest) {
        if (bits == Short.SIZE && target.start() == Short.SIZE) {
            return Lane.of(VideoMath.class, "mergeUpperHalf", "JI", number, rest);
        }
        Lane start = VideoOperand.number(to, target.start());
        return Lane.of(VideoMath.class, "merge", "JIII", number, rest, start, VideoOperand.number(to, bits));
    }
}
