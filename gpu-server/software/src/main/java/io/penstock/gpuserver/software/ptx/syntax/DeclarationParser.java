package io.penstock.gpuserver.software.ptx.syntax;

import io.penstock.gpuserver.software.ptx.PtxException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Variables, parameters and registers. */
final class DeclarationParser {
    private static final Set<String> IGNORED = Set.of(".ptr", ".unified", ".managed", ".attribute");

    private final TokenStream tokens;
    private final Numbers numbers;

    DeclarationParser(TokenStream tokens) {
        this.tokens = tokens;
        this.numbers = new Numbers(tokens);
    }

    /** {@code .space … name[…] = …}; the stream stands after the space's word; the semicolon is left. */
    Variable variable(String space, Variable.Linkage linkage) throws PtxException {
        int line = tokens.line();
        int alignment = 0;
        int lanes = 1;
        @Nullable String type = null;
        while (tokens.peek().text().startsWith(".")) {
            String word = tokens.word();
            if (word.equals(".align")) {
                alignment = (int) numbers.integer(0);
            } else if (word.equals(".v2") || word.equals(".v4") || word.equals(".v8")) {
                lanes = word.charAt(2) - '0';
            } else if (word.equals(".ptr")) {
                skipPointerAttributes();
            } else if (IGNORED.contains(word)) {
                skipAttribute();
            } else {
                type = word.substring(1);
            }
        }
        if (type == null) {
            throw tokens.error("a declaration without a type");
        }
        String name = tokens.word();
        long count = dimensions() * lanes;
        @Nullable List<Variable.Initial> initial = tokens.accept("=") ? initialiser() : null;
        if (initial != null && count <= 0) {
            count = initial.size();
        }
        int natural = Widths.bytes(type) * lanes;
        return new Variable(
                line, name, linkage, space, type, alignment > 0 ? alignment : natural, Math.max(count, 0), initial);
    }

    /** {@code (.param .b32 a, .reg .u32 b)}, with the brackets; nothing where there is no bracket. */
    List<Variable> parameters() throws PtxException {
        List<Variable> all = new ArrayList<>();
        if (!tokens.accept("(")) {
            return all;
        }
        while (!tokens.accept(")")) {
            String space = tokens.word();
            if (space.equals("_") || space.equals(".noreturn")) {
                continue;
            }
            all.add(variable(space.substring(1), Variable.Linkage.LOCAL));
            tokens.accept(",");
        }
        return all;
    }

    /** {@code .reg} lists; the stream stands after that word; the semicolon is taken. */
    List<Statement> registers(int line) throws PtxException {
        String type = tokens.word().substring(1);
        if (type.startsWith("v2") || type.startsWith("v4")) {
            throw tokens.error("vector registers are not supported");
        }
        List<Statement> all = new ArrayList<>();
        do {
            String name = tokens.word();
            int count = -1;
            if (tokens.accept("<")) {
                count = (int) numbers.integer(4);
                tokens.expect(">");
            }
            all.add(new Statement.Registers(line, type, name, count));
        } while (tokens.accept(","));
        tokens.expect(";");
        return all;
    }

    private void skipPointerAttributes() throws PtxException {
        while (tokens.peek().text().startsWith(".")) {
            String word = tokens.word();
            if (word.equals(".align")) {
                numbers.integer(0);
            }
        }
    }

    private void skipAttribute() throws PtxException {
        if (tokens.accept("(")) {
            tokens.skipPast(")");
        }
    }

    /** Elements of all dimensions; 1 for a scalar, 0 for an open first dimension. */
    private long dimensions() throws PtxException {
        long count = 1;
        while (tokens.accept("[")) {
            if (tokens.accept("]")) {
                count = 0;
            } else {
                count *= numbers.integer(0);
                tokens.expect("]");
            }
        }
        return count;
    }

    private List<Variable.Initial> initialiser() throws PtxException {
        List<Variable.Initial> all = new ArrayList<>();
        if (!tokens.accept("{")) {
            all.add(element());
            return all;
        }
        for (int depth = 1; depth > 0; ) {
            if (tokens.accept("{")) {
                depth++;
            } else if (tokens.accept("}")) {
                depth--;
            } else if (!tokens.accept(",")) {
                all.add(element());
            }
        }
        return all;
    }

    private Variable.Initial element() throws PtxException {
        if (tokens.peek().kind() == Token.Kind.NUMBER && tokens.peek(1).is("(")) {
            long mask = numbers.integer(6);
            tokens.expect("(");
            Variable.Initial.Symbol symbol = symbol(mask);
            tokens.expect(")");
            return symbol;
        }
        if (tokens.peek().kind() == Token.Kind.WORD) {
            return symbol(-1);
        }
        Operand.Literal literal = numbers.literal();
        return new Variable.Initial.Literal(literal.bits(), literal.form());
    }

    private Variable.Initial.Symbol symbol(long mask) throws PtxException {
        boolean generic = tokens.next("generic") && tokens.peek(1).is("(");
        if (generic) {
            tokens.take();
            tokens.expect("(");
        }
        String name = tokens.word();
        long addend = 0;
        if (generic) {
            tokens.expect(")");
        }
        if (tokens.next("+") || tokens.next("-")) {
            addend = numbers.integer(0);
        }
        return new Variable.Initial.Symbol(name, addend, generic, mask);
    }
}
