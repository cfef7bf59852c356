package io.penstock.gpuserver.software.ptx.syntax;

import io.penstock.gpuserver.software.ptx.PtxException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What stands between an instruction's opcode and its semicolon. */
final class OperandParser {
    private final TokenStream tokens;
    private final Numbers numbers;

    OperandParser(TokenStream tokens) {
        this.tokens = tokens;
        this.numbers = new Numbers(tokens);
    }

    /** All operands up to the mark, which is taken too. */
    List<Operand> list(String closing) throws PtxException {
        List<Operand> operands = new ArrayList<>();
        while (!tokens.accept(closing)) {
            operands.add(operand());
            if (!tokens.accept(",") && !tokens.next(closing)) {
                throw tokens.error("expected ',' or '" + closing + "' but found '"
                        + tokens.peek().text() + "'");
            }
        }
        return operands;
    }

    private Operand operand() throws PtxException {
        tokens.descend();
        Operand first = single();
        Operand whole = tokens.accept("|") ? new Operand.Pair(first, single()) : first;
        tokens.ascend();
        return whole;
    }

    private Operand single() throws PtxException {
        if (tokens.accept("[")) {
            return address();
        }
        if (tokens.accept("{")) {
            return new Operand.Vector(list("}"));
        }
        if ((tokens.next("(") && tokens.peek(1).kind() == Token.Kind.WORD)
                || (tokens.next("(") && tokens.peek(1).is(")"))) {
            tokens.take();
            return new Operand.Group(list(")"));
        }
        if (tokens.next("!") && tokens.peek(1).kind() == Token.Kind.WORD) {
            tokens.take();
            return new Operand.Negated(tokens.word());
        }
        if (tokens.next("-") && tokens.peek(1).kind() == Token.Kind.WORD) {
            tokens.take();
            return new Operand.Minus(tokens.word());
        }
        if (tokens.peek().kind() == Token.Kind.WORD) {
            String name = tokens.word();
            if (tokens.accept("[")) {
                long index = numbers.integer(0);
                tokens.expect("]");
                return new Operand.Element(name, index);
            }
            return tokens.next("+") || tokens.next("-") ? new Operand.Offset(name, offset()) : new Operand.Name(name);
        }
        return numbers.literal();
    }

    private Operand address() throws PtxException {
        @Nullable String base = tokens.peek().kind() == Token.Kind.WORD ? tokens.word() : null;
        if (base != null && tokens.accept(",")) {
            return new Operand.Access(base, list("]"));
        }
        long offset = base == null || tokens.next("+") || tokens.next("-") ? offset() : 0;
        tokens.expect("]");
        return new Operand.Address(base, offset);
    }

    private long offset() throws PtxException {
        return numbers.integer(0);
    }
}
