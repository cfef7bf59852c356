package io.penstock.gpuserver.software.ptx;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** One line of forms.txt: the opcodes that it stands for, each of which may be tried on the compiler. */
record PtxForms(String pattern, String operands) {
    private static final Map<String, Integer> BITS =
            Map.ofEntries(Map.entry("pred", 1), Map.entry("f16x2", 32), Map.entry("bf16x2", 32), Map.entry("tf32", 32));

    private static final String TEXT = """
            .version 8.0
            .target sm_80
            .address_size 64
            .const .align 16 .b8 literal[64];
            .func F0() { ret; }
            .visible .entry k(.param .align 16 .b8 given[64]) {
            .reg .pred %p<9>; .reg .b8 %y<9>; .reg .b16 %h<9>; .reg .b32 %r<20>; .reg .b64 %w<20>;
            .shared .align 16 .b8 box[64]; .local .align 16 .b8 own[64]; .param .align 16 .b8 formal[64];
            L0:
            T0: .branchtargets L0;
            INSTRUCTION;
            ret; }
            """;

    /** The line without its alternatives, one opcode after another. */
    List<String> opcodes() {
        return expand(pattern);
    }

    /**
     * What tells a form apart: moves that pack and unpack have the opcode of a plain move, copies of 4 bytes that of 16, video
     * instructions with selectors or signs that of those without, reads of special registers that of a move.
     */
    String nameOf(String opcode) {
        return operands.matches(".*(\\{.*|, [48]|\\.[bh]\\d.*|-r.*|%.*|WARP_SZ)") ? opcode + " " + operands : opcode;
    }

    private static List<String> expand(String pattern) {
        int open = pattern.indexOf('{');
        if (open < 0) {
            return List.of(pattern);
        }
        int close = pattern.indexOf('}');
        List<String> all = new ArrayList<>();
        for (String word : pattern.substring(open + 1, close).split("\\|", -1)) {
            all.addAll(expand(pattern.substring(0, open) + word + pattern.substring(close + 1)));
        }
        return all;
    }

    /** Whether the compiler takes the form; a form that is refused must be refused as one that is lacking. */
    boolean isAccepted(String opcode) {
        String text = TEXT.replace("INSTRUCTION", opcode + " " + operandsOf(opcode));
        try {
            PtxCompiler.compile(text, PtxOptions.DEFAULT);
            return true;
        } catch (PtxException refused) {
            if (refused.kind() != PtxException.Kind.UNSUPPORTED_INSTRUCTION) {
                throw new AssertionError("forms.txt is wrong about " + opcode, refused);
            }
            return false;
        }
    }

    /** Whether the compiler takes the opcode with these operands, whatever it is. */
    boolean compiles(String opcode) {
        try {
            PtxCompiler.compile(TEXT.replace("INSTRUCTION", opcode + " " + operandsOf(opcode)), PtxOptions.DEFAULT);
            return true;
        } catch (PtxException refused) {
            return false;
        }
    }

    private static int bits(String word) {
        return BITS.getOrDefault(word, word.matches("[busf]+\\d+") ? Integer.parseInt(word.replaceAll("\\D", "")) : 0);
    }

    private static String register(int bits) {
        return bits == 1 ? "%p" : bits <= 16 ? "%h" : bits == 32 ? "%r" : "%w";
    }

    private static String vector(String register, int count) {
        return IntStream.range(0, count).mapToObj(i -> register + i % 9).collect(Collectors.joining(", ", "{", "}"));
    }

    private String operandsOf(String opcode) {
        String[] words = opcode.split("\\.");
        int last = Stream.of(words)
                .mapToInt(PtxForms::bits)
                .filter(bits -> bits > 0)
                .reduce(32, (a, b) -> b);
        return switch (operands) {
            case "-" -> "";
            case "L" -> moved(words, last) + ", [" + place(words[1]) + "]";
            case "L1" -> moved(words, last) + ", [" + place(words[2]) + "]";
            case "N" -> moved(words, last) + ", [%w9]";
            case "S" -> "[" + place(words[1]) + "], " + moved(words, last);
            case "S1" -> "[" + place(words[2]) + "], " + moved(words, last);
            case "R" -> "[%w9], " + moved(words, last);
            case "P" -> "[formal], " + moved(words, last);
            case "T" -> "{%r0, %r1, %r2, %r3}, [%w0, {" + coordinates(words) + "}]" + detail(words);
            case "U" -> moved(words, last) + ", [%w0, {" + coordinates(words) + "}]";
            case "V" -> "[%w0, {" + coordinates(words) + "}], " + moved(words, last);
            case "M" -> product(opcode, false);
            case "W" -> wmma(opcode);
            case "X" ->
                vector("%r", opcode.contains("x4") ? 4 : opcode.contains("x2") ? 2 : 1)
                        + (opcode.contains("shared") ? ", [box]" : ", [%w0]");
            case "L0", "F0" -> operands;
            default -> letters(last);
        };
    }

    private String letters(int last) {
        StringBuilder text = new StringBuilder();
        int next = 0;
        for (int i = 0; i < operands.length(); i++) {
            char letter = operands.charAt(i);
            switch (letter) {
                case 'd', 'a', 'b', 'c' -> text.append(register(last)).append(next++);
                case 'y', 'h', 'r', 'w', 'p' -> text.append('%').append(letter).append(next++);
                case 'g' -> text.append("[%w").append(next++).append(']');
                case 's' -> text.append("[box]");
                case 'i' -> text.append(20);
                case '.', '%', 'W' -> {
                    int end = (operands + ",").indexOf(',', i);
                    text.append(operands, i, end);
                    i = end - 1;
                }
                default -> text.append(letter);
            }
        }
        return text.toString();
    }

    private static String moved(String[] words, int bits) {
        int count = List.of(words).contains("v4") ? 4 : List.of(words).contains("v2") ? 2 : 1;
        return count == 1 ? register(bits) + "0" : vector(register(bits), count);
    }

    private static String place(String space) {
        return switch (space) {
            case "shared" -> "box";
            case "local" -> "own";
            case "param" -> "given";
            case "const" -> "literal";
            default -> "%w9";
        };
    }

    private static String coordinates(String[] words) {
        List<String> all = List.of(words);
        int count = all.contains("1d") ? 1 : all.contains("2d") || all.contains("a1d") ? 2 : 4;
        return IntStream.range(4, 4 + count).mapToObj(i -> "%r" + i).collect(Collectors.joining(", "));
    }

    private static String detail(String[] words) {
        if (!words[1].equals("grad")) {
            return words[1].equals("level") ? ", %r9" : "";
        }
        int count = words[2].endsWith("1d") ? 1 : words[2].endsWith("2d") ? 2 : 4;
        return ", " + (count == 1 ? "{%r0}, {%r1}" : vector("%r", count) + ", " + vector("%r", count));
    }

    private static int[] shape(String opcode) {
        String[] sizes = opcode.replaceAll(".*\\.(m\\d+n\\d+k\\d+).*", "$1").split("[mnk]");
        return new int[] {Integer.parseInt(sizes[1]), Integer.parseInt(sizes[2]), Integer.parseInt(sizes[3])};
    }

    private static String matrix(int elements, String type) {
        int bits = bits(type);
        return bits == 64 ? vector("%w", elements / 32) : vector("%r", elements * bits / 1024);
    }

    private static String product(String opcode, boolean open) {
        int[] size = shape(opcode);
        String[] types = opcode.replaceAll(".*\\.(?:row|col)\\.|.*k\\d+\\.|satfinite\\.|\\.(?:xor|and)\\.popc$", "")
                .split("\\.");
        String left = types.length == 4 ? types[1] : "f16";
        String right = types.length == 4 ? types[2] : "f16";
        boolean doubled = open && left.equals("f16");
        return matrix(size[0] * size[1], types[0]) + ", "
                + (doubled ? vector("%r", 8) : matrix(size[0] * size[2], left)) + ", "
                + (doubled ? vector("%r", 8) : matrix(size[1] * size[2], right)) + ", "
                + matrix(size[0] * size[1], types[types.length - 1]);
    }

    private static String wmma(String opcode) {
        if (opcode.startsWith("wmma.mma")) {
            return product(opcode, true);
        }
        int[] size = shape(opcode);
        String which = opcode.split("\\.")[2];
        String type = opcode.substring(opcode.lastIndexOf('.') + 1);
        int elements =
                which.equals("a") ? size[0] * size[2] : which.equals("b") ? size[1] * size[2] : size[0] * size[1];
        boolean doubled = type.equals("f16") && (which.equals("a") || which.equals("b"));
        String registers = doubled ? vector("%r", 8) : matrix(elements, type);
        String address = opcode.contains(".shared") ? "[box]" : "[%w9]";
        return which.equals("d") ? address + ", " + registers + ", %r9" : registers + ", " + address + ", %r9";
    }
}
