package io.penstock.gpuserver.software.ptx.syntax;

import io.penstock.gpuserver.software.ptx.PtxException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads one PTX text; debug sections and line tables are skipped. */
public final class Parser {
    private static final Set<String> SPACES = Set.of(".global", ".const", ".shared", ".local", ".tex");

    private final TokenStream tokens;
    private final DeclarationParser declarations;
    private final BodyParser bodies;
    private final Numbers numbers;
    private final List<Variable> variables = new ArrayList<>();
    private final List<Function> functions = new ArrayList<>();
    private final List<String> aliases = new ArrayList<>();
    private int version;
    private int target;

    private Parser(String text) throws PtxException {
        tokens = new TokenStream(text);
        declarations = new DeclarationParser(tokens);
        bodies = new BodyParser(tokens, declarations);
        numbers = new Numbers(tokens);
    }

    /** The text as a tree. */
    public static Unit parse(String text) throws PtxException {
        return new Parser(text).unit();
    }

    private Unit unit() throws PtxException {
        while (!tokens.atEnd()) {
            topLevel();
        }
        if (version == 0) {
            throw new PtxException(PtxException.Kind.INVALID, 1, "", "the text has no .version");
        }
        return new Unit(version, target, variables, functions, aliases);
    }

    private void topLevel() throws PtxException {
        int line = tokens.line();
        String word = tokens.word();
        switch (word) {
            case ".version" -> version = parseVersion(tokens.take().text());
            case ".target" -> parseTarget(line);
            case ".address_size" -> parseAddressSize();
            case ".file", ".loc" -> tokens.skipLine(line);
            case ".section" -> skipSection();
            case ".pragma" -> skipPragma();
            case ".alias" -> parseAlias();
            default -> linked(line, word);
        }
    }

    private void linked(int line, String first) throws PtxException {
        Variable.Linkage linkage = Variable.Linkage.LOCAL;
        String word = first;
        while (linkageOf(word) != null) {
            Variable.Linkage named = linkageOf(word);
            linkage = named == null ? linkage : named;
            word = tokens.word();
        }
        if (word.equals(".entry") || word.equals(".func")) {
            functions.add(function(line, word.equals(".entry"), linkage));
        } else if (SPACES.contains(word)) {
            do {
                variables.add(declarations.variable(word.substring(1), linkage));
            } while (tokens.accept(","));
            tokens.expect(";");
        } else {
            throw new PtxException(PtxException.Kind.INVALID, line, word, "not a directive of a module");
        }
    }

    private Function function(int line, boolean entry, Variable.Linkage linkage) throws PtxException {
        skipAttributes();
        List<Variable> returns = entry ? List.of() : declarations.parameters();
        String name = tokens.word();
        List<Variable> params = declarations.parameters();
        Map<String, List<Integer>> directives = new HashMap<>();
        while (tokens.peek().text().startsWith(".")) {
            directive(directives);
        }
        @Nullable List<Statement> body = null;
        if (tokens.next("{")) {
            body = bodies.body();
        } else {
            tokens.expect(";");
        }
        return new Function(line, name, entry, linkage, returns, params, directives, body);
    }

    private void skipAttributes() throws PtxException {
        while (tokens.accept(".attribute")) {
            tokens.expect("(");
            tokens.skipPast(")");
        }
    }

    private void directive(Map<String, List<Integer>> directives) throws PtxException {
        int line = tokens.line();
        String word = tokens.word();
        if (word.equals(".pragma")) {
            skipPragma();
            return;
        }
        if (word.equals(".abi_preserve") || word.equals(".abi_preserve_control")) {
            numbers.integer(0);
            return;
        }
        List<Integer> values = new ArrayList<>();
        while ((tokens.peek().kind() == Token.Kind.NUMBER && tokens.line() == line) || tokens.next(",")) {
            if (!tokens.accept(",")) {
                values.add((int) numbers.integer(0));
            }
        }
        directives.put(word.substring(1), values);
    }

    private static Variable.@Nullable Linkage linkageOf(String word) {
        return switch (word) {
            case ".visible" -> Variable.Linkage.VISIBLE;
            case ".extern" -> Variable.Linkage.EXTERN;
            case ".weak" -> Variable.Linkage.WEAK;
            case ".common" -> Variable.Linkage.COMMON;
            default -> null;
        };
    }

    private int parseVersion(String text) throws PtxException {
        int dot = text.indexOf('.');
        try {
            return Integer.parseInt(text.substring(0, dot)) * 10 + Integer.parseInt(text.substring(dot + 1));
        } catch (NumberFormatException | StringIndexOutOfBoundsException malformed) {
            throw tokens.error("not a PTX version: " + text);
        }
    }

    private void parseTarget(int line) throws PtxException {
        while (!tokens.atEnd() && tokens.line() == line) {
            String word = tokens.take().text();
            if (word.startsWith("sm_")) {
                target = parseArchitecture(word);
            } else if (word.equals("texmode_unified") || word.equals("debug") || word.equals(",")) {

            } else if (word.startsWith("compute_")) {
                throw tokens.error("a target names sm_ and not compute_");
            }
        }
    }

    private int parseArchitecture(String word) throws PtxException {
        try {
            return Integer.parseInt(word.replaceAll("\\D", ""));
        } catch (NumberFormatException malformed) {
            throw tokens.error("not a target: " + word);
        }
    }

    private void parseAddressSize() throws PtxException {
        long bits = numbers.integer(0);
        if (bits != 64) {
            throw tokens.error(".address_size " + bits + " is not supported, only 64");
        }
    }

    private void parseAlias() throws PtxException {
        aliases.add(tokens.word());
        tokens.expect(",");
        aliases.add(tokens.word());
        tokens.expect(";");
    }

    private void skipSection() throws PtxException {
        tokens.word();
        tokens.skipBlock();
    }

    private void skipPragma() throws PtxException {
        tokens.skipPast(";");
    }
}
