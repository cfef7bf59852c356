package io.penstock.gpuserver.software.ptx.run;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The device's printf: a C format string over arguments that lie one after another, each at a multiple of its size. A char
 * is a byte, whatever alphabet the program means.
 *
 * <p>What C leaves undefined, as an unknown conversion, is printed as it stands.
 */
final class PrintFormat {
    private static final int WIDTH_MAX = 1024;

    /** Where the arguments lie, and the strings among them. */
    interface Memory {
        /** The bytes up to a zero, each a char. */
        String string(long address);

        int word(long address);

        long doubleword(long address);
    }

    private final String format;
    private final Memory memory;
    private final StringBuilder text = new StringBuilder();
    private long next;
    private int printed;
    private int at;

    PrintFormat(String format, Memory memory, long arguments) {
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
        int width = number();
        if (width < 0) {
            flags += "-";
            width = -width;
        }
        int precision = -1;
        if (at < format.length() && format.charAt(at) == '.') {
            at++;
            precision = number(); // a negative one, which an argument may be, is none
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
        String body = body(kind, flags, precision, wide || length.indexOf('t') >= 0, length);
        if (body == null) {
            text.append(format, start, at);
            return;
        }
        printed++;
        pad(body, flags, width, takesZeros(kind, precision, body));
    }

    private static boolean takesZeros(char kind, int precision, String body) {
        if ("diuxXo".indexOf(kind) >= 0) {
            return precision < 0;
        }
        char last = Character.toLowerCase(body.charAt(Math.max(0, body.length() - 1)));
        boolean hexadecimal = Character.toLowerCase(kind) == 'a' && body.indexOf('x') > 0;
        boolean finite = Character.isDigit(last) || last == '.' || hexadecimal;
        return "fFeEgGaA".indexOf(kind) >= 0 && finite;
    }

    private @Nullable String body(char kind, String flags, int precision, boolean wide, String length) {
        return switch (kind) {
            case 'd', 'i' -> signed(narrow(wide ? doubleword() : word(), length), flags, precision);
            case 'u' -> digits(Long.toUnsignedString(unsigned(wide, length)), precision);
            case 'x' -> hexadecimal(unsigned(wide, length), flags, precision);
            case 'X' -> hexadecimal(unsigned(wide, length), flags, precision).toUpperCase(Locale.ROOT);
            case 'o' -> octal(unsigned(wide, length), flags, precision);
            case 'c' -> String.valueOf((char) (word() & 0xff));
            case 'p' -> "0x" + Long.toHexString(doubleword());
            case 's' -> cut(string(doubleword()), precision);
            case 'f', 'F', 'e', 'E', 'g', 'G', 'a', 'A' ->
                FloatingText.of(Double.longBitsToDouble(doubleword()), kind, flags, precision);
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

    private static String signed(long value, String flags, int precision) {
        String digits = digits(value < 0 ? Long.toString(value).substring(1) : Long.toString(value), precision);
        return (value < 0 ? "-" : flags.contains("+") ? "+" : flags.contains(" ") ? " " : "") + digits;
    }

    /** At least so many digits; a zero that is asked for with none has none. */
    private static String digits(String digits, int precision) {
        return precision == 0 && digits.equals("0")
                ? ""
                : "0".repeat(Math.max(0, precision - digits.length())) + digits;
    }

    private static String hexadecimal(long value, String flags, int precision) {
        String digits = digits(Long.toHexString(value), precision);
        return flags.contains("#") && value != 0 ? "0x" + digits : digits;
    }

    private static String octal(long value, String flags, int precision) {
        String digits = digits(Long.toOctalString(value), precision);
        return flags.contains("#") && !digits.startsWith("0") ? "0" + digits : digits;
    }

    private String string(long address) {
        return address == 0 ? "(null)" : memory.string(address);
    }

    private static String cut(String string, int precision) {
        return precision < 0 ? string : string.substring(0, Math.min(string.length(), precision));
    }

    private void pad(String body, String flags, int width, boolean zeros) {
        int missing = width - body.length();
        if (missing <= 0) {
            text.append(body);
        } else if (flags.contains("-")) {
            text.append(body).append(" ".repeat(missing));
        } else if (flags.contains("0") && zeros) {
            int first = body.startsWith("-") || body.startsWith("+") || body.startsWith(" ") ? 1 : 0;
            first += body.startsWith("0x", first) || body.startsWith("0X", first) ? 2 : 0;
            text.append(body, 0, first).append("0".repeat(missing)).append(body, first, body.length());
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

    /** A width or precision: of the format, or of an argument, which may be negative; 0 where there is none. */
    private int number() {
        if (at < format.length() && format.charAt(at) == '*') {
            at++;
            return Math.clamp(word(), -WIDTH_MAX, WIDTH_MAX);
        }
        int value = 0;
        for (; at < format.length() && format.charAt(at) >= '0' && format.charAt(at) <= '9'; at++) {
            value = Math.min(WIDTH_MAX, 10 * value + format.charAt(at) - '0');
        }
        return value;
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
