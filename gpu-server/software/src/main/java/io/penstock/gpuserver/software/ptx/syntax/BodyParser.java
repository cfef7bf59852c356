package io.penstock.gpuserver.software.ptx.syntax;

import io.penstock.gpuserver.software.ptx.PtxException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A function's body: the braces are statements of their own, so the list is flat. */
final class BodyParser {
    private static final Set<String> SPACES = Set.of(".local", ".shared", ".param", ".global", ".const");

    private final TokenStream tokens;
    private final DeclarationParser declarations;
    private final OperandParser operands;

    BodyParser(TokenStream tokens, DeclarationParser declarations) {
        this.tokens = tokens;
        this.declarations = declarations;
        this.operands = new OperandParser(tokens);
    }

    List<Statement> body() throws PtxException {
        tokens.expect("{");
        List<Statement> all = new ArrayList<>();
        int depth = 1;
        while (depth > 0) {
            int line = tokens.line();
            if (tokens.accept("{")) {
                depth++;
                all.add(new Statement.Open(line));
            } else if (tokens.accept("}")) {
                depth--;
                if (depth > 0) {
                    all.add(new Statement.Close(line));
                }
            } else {
                statement(all);
            }
        }
        return all;
    }

    private void statement(List<Statement> all) throws PtxException {
        Token first = tokens.peek();
        int line = first.line();
        if (tokens.accept(";")) {
            return;
        }
        if (first.kind() == Token.Kind.WORD && tokens.peek(1).is(":")) {
            labelled(all);
        } else if (first.text().startsWith(".")) {
            directive(all, line);
        } else {
            all.add(instruction());
        }
    }

    private void labelled(List<Statement> all) throws PtxException {
        int line = tokens.line();
        String name = tokens.word();
        tokens.expect(":");
        if (tokens.accept(".branchtargets")) {
            all.add(new Statement.BranchTargets(line, name, names()));
        } else if (tokens.accept(".callprototype")) {
            List<Variable> returns = declarations.parameters();
            tokens.word();
            List<Variable> params = declarations.parameters();
            tokens.skipPast(";");
            all.add(new Statement.Prototype(line, name, returns, params));
        } else if (tokens.accept(".calltargets")) {
            names();
        } else {
            all.add(new Statement.Label(line, name));
        }
    }

    private List<String> names() throws PtxException {
        List<String> all = new ArrayList<>();
        do {
            all.add(tokens.word());
        } while (tokens.accept(","));
        tokens.expect(";");
        return all;
    }

    private void directive(List<Statement> all, int line) throws PtxException {
        String word = tokens.word();
        if (word.equals(".reg")) {
            all.addAll(declarations.registers(line));
        } else if (SPACES.contains(word)) {
            do {
                all.add(new Statement.Declaration(
                        line, declarations.variable(word.substring(1), Variable.Linkage.LOCAL)));
            } while (tokens.accept(","));
            tokens.expect(";");
        } else if (word.equals(".loc") || word.equals(".file")) {
            tokens.skipLine(line);
        } else if (word.equals(".pragma")) {
            tokens.skipPast(";");
        } else {
            throw new PtxException(PtxException.Kind.INVALID, line, word, "not a directive of a function");
        }
    }

    private Statement instruction() throws PtxException {
        Token first = tokens.peek();
        @Nullable String guard = null;
        boolean negated = false;
        if (tokens.accept("@")) {
            negated = tokens.accept("!");
            guard = tokens.word();
        }
        String opcode = tokens.word();
        List<Operand> list;
        try {
            list = operands.list(";");
        } catch (PtxException malformed) {
            throw malformed.in(tokens.textSince(first));
        }
        return new Statement.Instruction(first.line(), tokens.textSince(first), guard, negated, opcode, list);
    }
}
