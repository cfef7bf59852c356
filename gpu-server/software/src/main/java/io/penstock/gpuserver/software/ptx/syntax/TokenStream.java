package io.penstock.gpuserver.software.ptx.syntax;

import io.penstock.gpuserver.software.ptx.PtxException;
import java.util.List;

/** A place in the token list, and the ways to move it on. */
final class TokenStream {
    /** So deep may operands and constant expressions be nested: each level takes room on the stack of who reads them. */
    private static final int NESTING_MAX = 256;

    private final String source;
    private final List<Token> tokens;
    private int at;
    private int nesting;

    TokenStream(String source) throws PtxException {
        this.source = source;
        this.tokens = new Lexer(source).tokens();
    }

    Token peek() {
        return tokens.get(at);
    }

    Token peek(int ahead) {
        return tokens.get(Math.min(at + ahead, tokens.size() - 1));
    }

    Token take() {
        Token token = tokens.get(at);
        if (token.kind() != Token.Kind.END) {
            at++;
        }
        return token;
    }

    boolean next(String text) {
        return peek().is(text);
    }

    /** Takes the token if it is the one named. */
    boolean accept(String text) {
        boolean matches = next(text);
        if (matches) {
            at++;
        }
        return matches;
    }

    Token expect(String text) throws PtxException {
        if (!next(text)) {
            throw error("expected '" + text + "' but found '" + peek().text() + "'");
        }
        return take();
    }

    String word() throws PtxException {
        if (peek().kind() != Token.Kind.WORD) {
            throw error("expected a name but found '" + peek().text() + "'");
        }
        return take().text();
    }

    /** One level deeper, until {@link #ascend}; what is nested too deep is refused. */
    void descend() throws PtxException {
        nesting++;
        if (nesting > NESTING_MAX) {
            throw error("more than " + NESTING_MAX + " levels of nesting at '" + peek().text() + "'");
        }
    }

    void ascend() {
        nesting--;
    }

    boolean atEnd() {
        return peek().kind() == Token.Kind.END;
    }

    int line() {
        return peek().line();
    }

    /** Skips what is left of a line: {@code .loc} and {@code .file} end with it. */
    void skipLine(int line) {
        while (!atEnd() && line() == line) {
            at++;
        }
    }

    /** Skips a block with all blocks in it; the stream stands before its opening brace. */
    void skipBlock() throws PtxException {
        expect("{");
        for (int depth = 1; depth > 0; ) {
            Token token = take();
            if (token.kind() == Token.Kind.END) {
                throw error("a block does not end");
            }
            depth += token.is("{") ? 1 : token.is("}") ? -1 : 0;
        }
    }

    /** Skips everything up to the mark, and the mark. */
    void skipPast(String mark) throws PtxException {
        while (!accept(mark)) {
            if (atEnd()) {
                throw error("expected '" + mark + "' before the end of the text");
            }
            at++;
        }
    }

    /** The source from a token up to where the stream stands, blanks collapsed. */
    String textSince(Token first) {
        int end = at == 0 ? first.end() : tokens.get(at - 1).end();
        return source.substring(first.start(), Math.max(end, first.end())).replaceAll("\\s+", " ");
    }

    PtxException error(String reason) {
        return new PtxException(PtxException.Kind.INVALID, line(), "", reason);
    }
}
