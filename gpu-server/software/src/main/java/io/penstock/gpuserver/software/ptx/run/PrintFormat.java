package io.penstock.gpuserver.software.ptx.run;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The device's printf: a C format string over arguments that lie one after another, each at a multiple of its size.
 *
 * <p>What C leaves undefined, as an unknown conversion, is printed as it stands.
 */
final class PrintFormat {
    private final String format;
    private final Builtins.Reader memory;
    private final StringBuilder text = new StringBuilder();
    private long next;
    private int printed;
    private int at;

    PrintFormat(String format, Builtins.Reader memory, long arguments) {
        this.format = format;
        this.memory = memory;
        this.next = arguments;
        while (at < format.length()) {
            char c = format.charAt(at);
            if (c == '%') {
                conversion();
            } else {
                text.append(c);
                at++;
            }
        }
    }

    String text() {
        return text.toString();
    }

    int printed() {
        return printed;
    }

    private void conversion() {
        int start = at++;
        String flags = take("-+ #0");
        String width = number();
        String precision = "";
        boolean precise = at < format.length() && format.charAt(at) == '.';
        if (precise) {
            at++;
            precision = number();
            precision = precision.isEmpty() ? "0" : precision;
        }
        String length = take("hljztL");
        if (at >= format.length()) {
            text.append(format, start, at);
            return;
        }
        char kind = format.charAt(at++);
        if (kind == '%') {
            text.append('%');
            return;
        }
        boolean wide = length.indexOf('l') >= 0 || length.indexOf('j') >= 0 || length.indexOf('z') >= 0;
        String body = body(kind, flags, precise ? precision : null, wide || length.indexOf('t') >= 0, length);
        if (body == null) {
            text.append(format, start, at);
            return;
        }
        printed++;
        pad(body, flags, width, "diuxXofFeEgGaA".indexOf(kind) >= 0 && (!precise || "fFeEgGaA".indexOf(kind) >= 0));
    }

    private @Nullable String body(char kind, String flags, @Nullable String precision, boolean wide, String length) {
        return switch (kind) {
            case 'd', 'i' -> signed(narrow(wide ? doubleword() : word(), length), flags, precision);
            case 'u' -> digits(Long.toUnsignedString(unsigned(wide, length)), precision);
            case 'x' -> prefix(flags, "0x", digits(Long.toHexString(unsigned(wide, length)), precision));
            case 'X' ->
                prefix(
                        flags,
                        "0X",
                        digits(Long.toHexString(unsigned(wide, length)).toUpperCase(Locale.ROOT), precision));
            case 'o' -> digits(Long.toOctalString(unsigned(wide, length)), precision);
            case 'c' -> String.valueOf((char) (word() & 0xff));
            case 'p' -> "0x" + Long.toHexString(doubleword());
            case 's' -> cut(memory.string(doubleword()), precision);
            case 'f', 'F', 'e', 'E', 'g', 'G', 'a', 'A' ->
                FloatingText.of(
                        Double.longBitsToDouble(doubleword()),
                        kind,
                        flags,
                        precision == null ? 6 : Integer.parseInt(precision));
            default -> null;
        };
    }

    private static long narrow(long value, String length) {
        return length.equals("hh") ? (byte) value : length.equals("h") ? (short) value : value;
    }

    private long unsigned(boolean wide, String length) {
        if (wide) {
            return doubleword();
        }
        long value = Integer.toUnsignedLong((int) word());
        return length.equals("hh") ? value & 0xff : length.equals("h") ? value & 0xffff : value;
    }

    private static String signed(long value, String flags, @Nullable String precision) {
        String digits = digits(value < 0 ? Long.toString(value).substring(1) : Long.toString(value), precision);
        return (value < 0 ? "-" : flags.contains("+") ? "+" : flags.contains(" ") ? " " : "") + digits;
    }

    private static String digits(String digits, @Nullable String precision) {
        int wanted = precision == null ? 0 : Integer.parseInt(precision);
        return "0".repeat(Math.max(0, wanted - digits.length())) + digits;
    }

    private static String prefix(String flags, String prefix, String digits) {
        return flags.contains("#") ? prefix + digits : digits;
    }

    private static String cut(String string, @Nullable String precision) {
        return precision == null ? string : string.substring(0, Math.min(string.length(), Integer.parseInt(precision)));
    }

    private void pad(String body, String flags, String width, boolean zeros) {
        int missing = (width.isEmpty() ? 0 : Integer.parseInt(width)) - body.length();
        if (missing <= 0) {
            text.append(body);
        } else if (flags.contains("-")) {
            text.append(body).append(" ".repeat(missing));
        } else if (flags.contains("0") && zeros && !body.endsWith("f") && !body.endsWith("n")) {
            int sign = body.startsWith("-") || body.startsWith("+") || body.startsWith(" ") ? 1 : 0;
            text.append(body, 0, sign).append("0".repeat(missing)).append(body, sign, body.length());
        } else {
            text.append(" ".repeat(missing)).append(body);
        }
    }

    private String take(String allowed) {
        int start = at;
        while (at < format.length() && allowed.indexOf(format.charAt(at)) >= 0) {
            at++;
        }
        return format.substring(start, at);
    }

    private String number() {
        if (at < format.length() && format.charAt(at) == '*') {
            at++;
            return String.valueOf(Math.clamp(word(), 0, 1024));
        }
        int start = at;
        while (at < format.length() && Character.isDigit(format.charAt(at)) && at - start < 4) {
            at++;
        }
        return format.substring(start, at);
    }

    private long word() {
        int value = memory.word(next);
        next += Integer.BYTES;
        return value;
    }

    private long doubleword() {
        next = (next + Long.BYTES - 1) & -Long.BYTES;
        long value = memory.doubleword(next);
        next += Long.BYTES;
        return value;
    }
}
