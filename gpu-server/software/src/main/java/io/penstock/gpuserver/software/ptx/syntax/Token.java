package io.penstock.gpuserver.software.ptx.syntax;

/**
 * One word of the text.
 *
 * @param kind what it is
 * @param text as written; a string without its quotes
 * @param line counted from 1
 * @param start first character's place in the source
 * @param end place after the last character
 */
record Token(Kind kind, String text, int line, int start, int end) {
    enum Kind {
        /** An identifier, a directive or an opcode with all its dots. */
        WORD,
        NUMBER,
        STRING,
        /** One of the marks, single or doubled as in {@code <<}. */
        MARK,
        END
    }

    boolean is(String wanted) {
        return kind != Kind.STRING && text.equals(wanted);
    }
}
