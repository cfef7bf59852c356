package io.penstock.gpuserver.software.ptx.syntax;

import io.penstock.gpuserver.software.ptx.PtxException;

/** Literals and constant expressions. */
final class Numbers {
    private final TokenStream tokens;

    Numbers(TokenStream tokens) {
        this.tokens = tokens;
    }

    /** A literal or a constant integer expression. */
    Operand.Literal literal() throws PtxException {
        boolean negative = tokens.next("-") && isFloating(tokens.peek(1).text());
        if (negative) {
            tokens.take();
        }
        String text = tokens.peek().text();
        if (tokens.peek().kind() == Token.Kind.NUMBER && isFloating(text)) {
            tokens.take();
            return floating(text, negative);
        }
        return new Operand.Literal(integer(0), Operand.Form.INTEGER);
    }

    /** A constant integer expression whose operators bind at least as tightly as the level given. */
    long integer(int level) throws PtxException {
        long left = unary();
        while (precedence(tokens.peek().text()) > level) {
            String operator = tokens.take().text();
            left = apply(operator, left, integer(precedence(operator)));
        }
        return left;
    }

    private long unary() throws PtxException {
        tokens.descend();
        long value = prefixed();
        tokens.ascend();
        return value;
    }

    private long prefixed() throws PtxException {
        if (tokens.accept("-")) {
            return -unary();
        }
        if (tokens.accept("+")) {
            return unary();
        }
        if (tokens.accept("~")) {
            return ~unary();
        }
        if (tokens.accept("!")) {
            return unary() == 0 ? 1 : 0;
        }
        if (tokens.accept("(")) {
            if (tokens.accept(".s64") || tokens.accept(".u64")) {
                tokens.expect(")");
                return unary();
            }
            long value = integer(0);
            tokens.expect(")");
            return value;
        }
        Token token = tokens.take();
        if (token.kind() != Token.Kind.NUMBER) {
            throw tokens.error("expected a number but found '" + token.text() + "'");
        }
        return parseInteger(token.text());
    }

    private long apply(String operator, long a, long b) throws PtxException {
        return switch (operator) {
            case "*" -> a * b;
            case "/", "%" -> divide(operator, a, b);
            case "+" -> a + b;
            case "-" -> a - b;
            case "<<" -> a << b;
            case ">>" -> a >> b;
            case "&" -> a & b;
            case "^" -> a ^ b;
            case "|" -> a | b;
            default -> throw tokens.error("no such operator: " + operator);
        };
    }

    private long divide(String operator, long a, long b) throws PtxException {
        if (b == 0) {
            throw tokens.error("a constant is divided by zero");
        }
        return operator.equals("/") ? a / b : a % b;
    }

    private static int precedence(String operator) {
        return switch (operator) {
            case "*", "/", "%" -> 6;
            case "+", "-" -> 5;
            case "<<", ">>" -> 4;
            case "&" -> 3;
            case "^" -> 2;
            case "|" -> 1;
            default -> 0;
        };
    }

    private long parseInteger(String text) throws PtxException {
        String digits = text.endsWith("U") || text.endsWith("u") ? text.substring(0, text.length() - 1) : text;
        try {
            if (digits.startsWith("0x") || digits.startsWith("0X")) {
                return Long.parseUnsignedLong(digits.substring(2), 16);
            }
            if (digits.startsWith("0b") || digits.startsWith("0B")) {
                return Long.parseUnsignedLong(digits.substring(2), 2);
            }
            if (digits.length() > 1 && digits.startsWith("0")) {
                return Long.parseUnsignedLong(digits.substring(1), 8);
            }
            return Long.parseUnsignedLong(digits);
        } catch (NumberFormatException malformed) {
            throw tokens.error("not a number: " + text);
        }
    }

    private Operand.Literal floating(String text, boolean negative) throws PtxException {
        try {
            String prefix = text.length() > 2 ? text.substring(0, 2).toLowerCase(java.util.Locale.ROOT) : "";
            if (prefix.equals("0f")) {
                int bits = Integer.parseUnsignedInt(text.substring(2), 16);
                return new Operand.Literal(
                        Integer.toUnsignedLong(negative ? bits ^ 0x8000_0000 : bits), Operand.Form.FLOAT);
            }
            long bits = prefix.equals("0d")
                    ? Long.parseUnsignedLong(text.substring(2), 16)
                    : Double.doubleToRawLongBits(Double.parseDouble(text));
            return new Operand.Literal(negative ? bits ^ Long.MIN_VALUE : bits, Operand.Form.DOUBLE);
        } catch (NumberFormatException malformed) {
            throw tokens.error("not a number: " + text);
        }
    }

    private static boolean isFloating(String text) {
        if (text.length() > 2 && text.charAt(0) == '0' && "fFdD".indexOf(text.charAt(1)) >= 0) {
            return true;
        }
        boolean hexadecimal = text.startsWith("0x") || text.startsWith("0X");
        return !text.isEmpty()
                && Character.isDigit(text.charAt(0))
                && !hexadecimal
                && (text.indexOf('.') >= 0 || text.indexOf('e') >= 0 || text.indexOf('E') >= 0);
    }
}
