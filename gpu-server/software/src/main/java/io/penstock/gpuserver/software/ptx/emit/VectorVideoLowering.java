package io.penstock.gpuserver.software.ptx.emit;

import io.penstock.gpuserver.software.ptx.PtxException;
import io.penstock.gpuserver.software.ptx.check.Type;
import io.penstock.gpuserver.software.ptx.math.VideoMath;
import java.util.List;
import java.util.stream.IntStream;

/** SIMD video instructions: two halves or four bytes side by side, which replace those of a third word or are added to it. */
final class VectorVideoLowering {
    private VectorVideoLowering() {}

    /** One element of the result. */
    private interface Element {
        Lane of(Lane a, Lane b);
    }

    /** {@code vadd2} and its like, of four too. */
    static void arithmetic(Instruction at, FunctionBuilder to) throws PtxException {
        Type type = VideoLowering.type(at);
        Type left = VideoLowering.type(at);
        Type right = VideoLowering.type(at);
        boolean saturated = at.modifiers().take("sat");
        int bits = bits(at);
        String stem = at.stem().substring(0, at.stem().length() - 1);
        Element element = (a, b) -> {
            Lane number = VideoLowering.operation(stem, a, b);
            return saturated ? VideoLowering.clamped(to, type, number, bits) : number;
        };
        if (saturated && at.modifiers().left().contains("add")) {
            throw at.invalid(".sat and .add exclude each other");
        }
        write(at, to, left, right, element);
    }

    /** {@code vset2} and {@code vset4}. */
    static void set(Instruction at, FunctionBuilder to) throws PtxException {
        Type left = VideoLowering.type(at);
        Type right = VideoLowering.type(at);
        String comparison = VideoLowering.comparison(at);
        write(at, to, left, right, (a, b) -> Lane.of(VideoMath.class, comparison, "JJ", a, b));
    }

    private static int bits(Instruction at) {
        return at.stem().endsWith("2") ? 16 : 8;
    }

    private static void write(Instruction at, FunctionBuilder to, Type left, Type right, Element element)
            throws PtxException {
        boolean adds = at.modifiers().take("add");
        at.done();
        at.expectOperands(4);
        int bits = bits(at);
        int count = 32 / bits;
        VideoOperand target = VideoOperand.of(at.operand(0));
        List<Integer> written = target.isWhole() ? counted(0, count) : target.elements(at, count, count);
        List<Lane> as = elements(at, to, 1, left);
        List<Lane> bs = elements(at, to, 2, right);
        Lane result = VideoOperand.of(at.operand(3)).word(at, to);
        for (int index : written) {
            Lane number = element.of(as.get(index), bs.get(index));
            Lane start = VideoOperand.number(to, index * bits);
            result = adds
                    ? Lane.of(VideoMath.class, "accumulate", "JI", number, result)
                    : Lane.of(VideoMath.class, "merge", "JIII", number, result, start, VideoOperand.number(to, bits));
        }
        to.assign(at, target.plain(), Type.U32, result);
    }

    /** The elements of a source: those that its selector names among those of both sources. */
    private static List<Lane> elements(Instruction at, FunctionBuilder to, int index, Type type) throws PtxException {
        int bits = bits(at);
        int count = 32 / bits;
        VideoOperand source = VideoOperand.of(at.operand(index));
        List<Integer> chosen =
                source.isWhole() ? counted((index - 1) * count, count) : source.elements(at, count, 2 * count);
        if (chosen.size() != count) {
            throw at.invalid("selector ." + source.selector() + " names " + chosen.size() + " parts, not " + count);
        }
        Lane a = VideoOperand.of(at.operand(1)).word(at, to);
        Lane b = VideoOperand.of(at.operand(2)).word(at, to);
        return chosen.stream()
                .map(one -> VideoOperand.part(to, one < count ? a : b, type, one % count * bits, bits))
                .toList();
    }

    private static List<Integer> counted(int from, int count) {
        return IntStream.range(from, from + count).boxed().toList();
    }
}
