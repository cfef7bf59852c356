package io.penstock.gpuserver.software.ptx.emit;

import io.penstock.gpuserver.software.ptx.check.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The words after an opcode's first dot. Whoever lowers the instruction takes each word it understands; one that is left
 * over makes the instruction unsupported, so nothing is ever ignored by accident.
 */
final class Modifiers {
    private final List<String> left;

    Modifiers(String opcode) {
        left = new ArrayList<>(Arrays.asList(opcode.split("\\.")));
        left.remove(0);
    }

    /** Whether the word is among those that nobody has taken. */
    boolean has(String word) {
        return left.contains(word);
    }

    /** Takes the word if it is there. */
    boolean take(String word) {
        return left.remove(word);
    }

    /** Takes the first of the words that is there. */
    @Nullable
    String takeAny(String... words) {
        for (String word : words) {
            if (left.remove(word)) {
                return word;
            }
        }
        return null;
    }

    /** Takes every one of the words that is there; true if any was. */
    boolean takeAll(String... words) {
        return left.removeAll(Arrays.asList(words));
    }

    /** Takes the first word that is a type, or answers null. */
    @Nullable
    Type takeType() {
        for (String word : left) {
            Type type = Type.of(word);
            if (type != null) {
                left.remove(word);
                return type;
            }
        }
        return null;
    }

    /** Takes the first word, whatever it is. */
    @Nullable
    String takeFirst() {
        return left.isEmpty() ? null : left.remove(0);
    }

    /** What nobody has taken. */
    List<String> left() {
        return left;
    }
}
