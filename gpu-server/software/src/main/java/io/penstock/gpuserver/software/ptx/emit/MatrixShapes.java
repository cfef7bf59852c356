package io.penstock.gpuserver.software.ptx.emit;

import io.penstock.gpuserver.software.ptx.run.Fragment;
import io.penstock.gpuserver.software.ptx.run.MatrixElement;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Which matrices the matrix instructions of compute capability 8.0 have, and in how many registers. */
record MatrixShapes(int rows, int columns, int depth) {
    private static final Pattern WORD = Pattern.compile("m(\\d+)n(\\d+)k(\\d+)");

    private static final Map<MatrixElement, Set<String>> MMA = Map.of(
            MatrixElement.HALF, Set.of("m16n8k8", "m16n8k16"),
            MatrixElement.BRAIN, Set.of("m16n8k8", "m16n8k16"),
            MatrixElement.TF32, Set.of("m16n8k4", "m16n8k8"),
            MatrixElement.DOUBLE, Set.of("m8n8k4"),
            MatrixElement.S8, Set.of("m8n8k16", "m16n8k16", "m16n8k32"),
            MatrixElement.U8, Set.of("m8n8k16", "m16n8k16", "m16n8k32"),
            MatrixElement.S4, Set.of("m8n8k32", "m16n8k32", "m16n8k64"),
            MatrixElement.U4, Set.of("m8n8k32", "m16n8k32", "m16n8k64"),
            MatrixElement.BIT, Set.of("m8n8k128", "m16n8k128", "m16n8k256"));

    private static final Set<String> WMMA_TILES = Set.of("m16n16k16", "m8n32k16", "m32n8k16");

    private static final Map<MatrixElement, Set<String>> WMMA = Map.of(
            MatrixElement.HALF, WMMA_TILES,
            MatrixElement.BRAIN, WMMA_TILES,
            MatrixElement.TF32, Set.of("m16n16k8"),
            MatrixElement.DOUBLE, Set.of("m8n8k4"),
            MatrixElement.S8, WMMA_TILES,
            MatrixElement.U8, WMMA_TILES,
            MatrixElement.S4, Set.of("m8n8k32"),
            MatrixElement.U4, Set.of("m8n8k32"),
            MatrixElement.BIT, Set.of("m8n8k128"));

    /** The first shape among the words, which is taken from them; null where there is none. */
    static @Nullable MatrixShapes take(List<String> words) {
        for (String word : words) {
            Matcher matcher = WORD.matcher(word);
            if (matcher.matches()) {
                words.remove(word);
                return new MatrixShapes(number(matcher, 1), number(matcher, 2), number(matcher, 3));
            }
        }
        return null;
    }

    private static int number(Matcher matcher, int group) {
        return Integer.parseInt(matcher.group(group));
    }

    /** Whether {@code mma} has it for factors of these elements. */
    boolean isMma(MatrixElement left, MatrixElement right) {
        return isIn(MMA, left, right);
    }

    /** Whether {@code wmma} has it for factors of these elements. */
    boolean isWmma(MatrixElement left, MatrixElement right) {
        return isIn(WMMA, left, right);
    }

    private boolean isIn(Map<MatrixElement, Set<String>> table, MatrixElement left, MatrixElement right) {
        boolean pair = left == right || (!left.floating() && left.bits() == right.bits());
        return pair && table.getOrDefault(left, Set.of()).contains(word());
    }

    /** Whether a sum of these elements belongs to factors of those; {@code wmma} may mix the widths of c and d. */
    static boolean isSum(MatrixElement factor, MatrixElement sum) {
        return switch (factor) {
            case HALF -> sum == MatrixElement.FLOAT || sum == MatrixElement.HALF;
            case BRAIN, TF32 -> sum == MatrixElement.FLOAT;
            case DOUBLE -> sum == MatrixElement.DOUBLE;
            default -> sum == MatrixElement.S32;
        };
    }

    String word() {
        return "m" + rows + "n" + columns + "k" + depth;
    }

    Fragment mmaLeft(MatrixElement element) {
        return fragment(element, rows, depth, Fragment.Arrangement.LEFT);
    }

    Fragment mmaRight(MatrixElement element) {
        return fragment(element, depth, columns, Fragment.Arrangement.RIGHT);
    }

    Fragment mmaSum(MatrixElement element) {
        return fragment(element, rows, columns, Fragment.Arrangement.SUM);
    }

    Fragment wmmaLeft(MatrixElement element) {
        return open(element, rows, depth);
    }

    Fragment wmmaRight(MatrixElement element) {
        return open(element, depth, columns);
    }

    Fragment wmmaSum(MatrixElement element) {
        return fragment(element, rows, columns, Fragment.Arrangement.OPEN);
    }

    /** Factors of halves have eight registers whatever their size. */
    private static Fragment open(MatrixElement element, int rows, int columns) {
        return element == MatrixElement.HALF
                ? new Fragment(element, rows, columns, 8, Fragment.Arrangement.OPEN)
                : fragment(element, rows, columns, Fragment.Arrangement.OPEN);
    }

    private static Fragment fragment(MatrixElement element, int rows, int columns, Fragment.Arrangement arrangement) {
        return new Fragment(element, rows, columns, rows * columns / element.perRegister() / 32, arrangement);
    }
}
