package io.penstock.gpuserver.software.ptx.syntax;

import io.penstock.gpuserver.software.ptx.PtxException;
import java.util.ArrayList;
import java.util.List;

/**
 * Splits PTX text into tokens; comments and white space are gone. Dots and colons inside names are kept, but a word that begins
 * with a dot ends before the next one: {@code .reg.b16} is {@code .reg .b16}, as headers of NVIDIA's write it.
 */
final class Lexer {
    private final String source;
    private final List<Token> tokens = new ArrayList<>();
    private int at;
    private int line = 1;

    Lexer(String source) {
        int zero = source.indexOf('\0');
        this.source = zero < 0 ? source : source.substring(0, zero);
    }

    List<Token> tokens() throws PtxException {
        while (skipBlanks()) {
            next();
        }
        tokens.add(new Token(Token.Kind.END, "end of text", line, at, at));
        return tokens;
    }

    private boolean skipBlanks() throws PtxException {
        while (at < source.length()) {
            char c = source.charAt(at);
            if (c == '\n') {
                line++;
                at++;
            } else if (Character.isWhitespace(c)) {
                at++;
            } else if (source.startsWith("//", at)) {
                int end = source.indexOf('\n', at);
                at = end < 0 ? source.length() : end;
            } else if (source.startsWith("/*", at)) {
                skipComment();
            } else {
                return true;
            }
        }
        return false;
    }

    private void skipComment() throws PtxException {
        int end = source.indexOf("*/", at + 2);
        if (end < 0) {
            throw new PtxException(PtxException.Kind.INVALID, line, "", "a comment does not end");
        }
        for (; at < end + 2; at++) {
            if (source.charAt(at) == '\n') {
                line++;
            }
        }
    }

    private void next() throws PtxException {
        char c = source.charAt(at);
        int start = at;
        if (isWordStart(c)) {
            scanWord();
            add(Token.Kind.WORD, start);
        } else if (Character.isDigit(c)) {
            scanNumber();
            add(Token.Kind.NUMBER, start);
        } else if (c == '"') {
            scanString(start);
        } else {
            at += source.startsWith("<<", at) || source.startsWith(">>", at) ? 2 : 1;
            add(Token.Kind.MARK, start);
        }
    }

    private void scanWord() {
        boolean directive = source.charAt(at) == '.';
        at++;
        while (at < source.length()) {
            char c = source.charAt(at);
            if (directive && c == '.') {
                return;
            } else if (isWordPart(c)) {
                at++;
            } else if (source.startsWith("::", at)) {
                at += 2;
            } else {
                return;
            }
        }
    }

    private void scanNumber() {
        boolean bits = source.startsWith("0x", at)
                || source.startsWith("0X", at)
                || source.startsWith("0f", at)
                || source.startsWith("0F", at)
                || source.startsWith("0d", at)
                || source.startsWith("0D", at);
        at++;
        while (at < source.length()) {
            char c = source.charAt(at);
            char before = source.charAt(at - 1);
            boolean exponentSign = !bits && (c == '+' || c == '-') && (before == 'e' || before == 'E');
            if (!Character.isLetterOrDigit(c) && c != '.' && !exponentSign) {
                return;
            }
            at++;
        }
    }

    private void scanString(int start) throws PtxException {
        int end = source.indexOf('"', at + 1);
        if (end < 0) {
            throw new PtxException(PtxException.Kind.INVALID, line, "", "a string does not end");
        }
        at = end + 1;
        tokens.add(new Token(Token.Kind.STRING, source.substring(start + 1, end), line, start, at));
    }

    private void add(Token.Kind kind, int start) {
        tokens.add(new Token(kind, source.substring(start, at), line, start, at));
    }

    private static boolean isWordStart(char c) {
        return Character.isLetter(c) || c == '_' || c == '$' || c == '%' || c == '.';
    }

    private static boolean isWordPart(char c) {
        return Character.isLetterOrDigit(c) || c == '_' || c == '$' || c == '.';
    }
}
