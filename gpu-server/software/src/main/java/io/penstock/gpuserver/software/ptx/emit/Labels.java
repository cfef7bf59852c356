package io.penstock.gpuserver.software.ptx.emit;

import io.penstock.gpuserver.software.ptx.PtxException;
import io.penstock.gpuserver.software.ptx.syntax.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The labels of a body, each of which is known between its braces, before its line too. Two blocks may have labels of one name:
 * each label has a name here that no other has. Follows the text, so braces must be reported in order.
 */
final class Labels {
    private static final class Block {
        private final @Nullable Block outer;
        private final Map<String, String> unique = new HashMap<>();

        Block(@Nullable Block outer) {
            this.outer = outer;
        }
    }

    private final List<Block> blocks = new ArrayList<>();
    private final Map<String, List<String>> tables = new HashMap<>();
    private Block current = new Block(null);
    private int opened;

    /** Finds all labels; one that a block has twice is an error. */
    Labels(List<Statement> body) throws PtxException {
        blocks.add(current);
        for (Statement statement : body) {
            switch (statement) {
                case Statement.Open open -> {
                    current = new Block(current);
                    blocks.add(current);
                }
                case Statement.Close close -> close();
                case Statement.Label label -> declare(label.line(), label.name());
                case Statement.Prototype prototype -> declare(prototype.line(), prototype.name());
                case Statement.BranchTargets targets -> {
                    declare(targets.line(), targets.name());
                    tables.put(unique(targets.name()), targets.labels());
                }
                case Statement.Instruction instruction -> {}
                case Statement.Registers registers -> {}
                case Statement.Declaration declaration -> {}
            }
        }
        current = blocks.getFirst();
    }

    private void declare(int line, String name) throws PtxException {
        // Names of inner blocks get what no name of a text can have.
        String unique = blocks.size() == 1 ? name : name + '@' + blocks.indexOf(current);
        if (current.unique.putIfAbsent(name, unique) != null) {
            throw new PtxException(
                    PtxException.Kind.INVALID, line, name + ":", "a second label " + name + " between the same braces");
        }
    }

    /** A brace opens. */
    void open() {
        current = blocks.get(++opened);
    }

    /** A brace closes. */
    void close() {
        if (current.outer != null) {
            current = current.outer;
        }
    }

    /** The name of its own of the label that is known here by a name; the name itself where there is none. */
    String unique(String name) {
        for (Block block = current; block != null; block = block.outer) {
            String found = block.unique.get(name);
            if (found != null) {
                return found;
            }
        }
        return name;
    }

    /** The labels of a {@code .branchtargets} that is known here, by their own names; null where there is none. */
    @Nullable
    List<String> table(String name) {
        List<String> labels = tables.get(unique(name));
        return labels == null ? null : labels.stream().map(this::unique).toList();
    }
}
