package io.penstock.gpuserver.software.ptx.emit;

import io.penstock.gpuserver.software.ptx.PtxException;
import io.penstock.gpuserver.software.ptx.check.Bank;
import io.penstock.gpuserver.software.ptx.check.Type;
import io.penstock.gpuserver.software.ptx.math.VideoMath;
import io.penstock.gpuserver.software.ptx.syntax.Operand;
import java.util.List;

/**
 * An operand of a video instruction.
 *
 * @param plain the operand without its selector
 * @param selector the parts that it names, as {@code b3}, {@code h10} or {@code b7654}; empty where there is none
 */
record VideoOperand(Operand plain, String selector) {
    /** Parts have this many bits, and a word as many of them as fit. */
    private static final int BYTE = 8;

    private static final int HALF = 16;
    private static final int WORD = 32;

    /** Takes an operand apart; one whose dot belongs to a name, as that of {@code %tid.x} does, has no selector. */
    static VideoOperand of(Operand operand) {
        if (operand instanceof Operand.Name(String name)) {
            int dot = name.lastIndexOf('.');
            if (dot > 0 && name.substring(dot + 1).matches("[bh]\\d+")) {
                return new VideoOperand(new Operand.Name(name.substring(0, dot)), name.substring(dot + 1));
            }
        }
        return new VideoOperand(operand, "");
    }

    boolean isWhole() {
        return selector.isEmpty();
    }

    /** The bits of the one part that a scalar instruction's selector names, all 32 without one. */
    int bits(Instruction at) throws PtxException {
        if (isWhole()) {
            return WORD;
        }
        int bits = bitsOf(selector);
        if (selector.length() != 2 || digit(1) >= WORD / bits) {
            throw at.invalid("selector ." + selector + " names no byte or half of a word");
        }
        return bits;
    }

    /** The first bit of that part. */
    int start() {
        return isWhole() ? 0 : digit(1) * bitsOf(selector);
    }

    private int digit(int index) {
        return selector.charAt(index) - '0';
    }

    private static int bitsOf(String selector) {
        return selector.charAt(0) == 'b' ? BYTE : HALF;
    }

    /** The elements that a selector of vectors names, the lowest first; each must be below a limit. */
    List<Integer> elements(Instruction at, int count, int limit) throws PtxException {
        String letter = count == 2 ? "h" : "b";
        List<Integer> named = selector.substring(1)
                .chars()
                .mapToObj(digit -> digit - '0')
                .toList()
                .reversed();
        if (!selector.startsWith(letter)
                || named.size() > count
                || named.stream().anyMatch(one -> one >= limit)) {
            throw at.invalid("selector ." + selector + " does not fit " + count + " parts numbered below " + limit);
        }
        return named;
    }

    /** The part that a scalar instruction reads, as a long. */
    Lane read(Instruction at, FunctionBuilder to, Type type) throws PtxException {
        return part(to, word(at, to), type, start(), bits(at));
    }

    /** The whole word. */
    Lane word(Instruction at, FunctionBuilder to) throws PtxException {
        return new Lane.Input(to.value(at, plain, Type.B32));
    }

    /** A part of a word, widened by its sign as the type says. */
    static Lane part(FunctionBuilder to, Lane word, Type type, int start, int bits) {
        String name = type.signed() ? "signedPart" : "unsignedPart";
        return Lane.of(VideoMath.class, name, "III", word, number(to, start), number(to, bits));
    }

    /** A constant that every lane reads. */
    static Lane number(FunctionBuilder to, int value) {
        return new Lane.Input(to.constant(Bank.WORD, value));
    }
}
