package io.penstock.gpuserver.software.ptx.run;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;

/** Doubles as C prints them, where Java's formatter differs: exact digits, two-digit exponents, {@code %g}. */
final class FloatingText {
    private static final long FRACTION = (1L << 52) - 1;
    private static final int FRACTION_DIGITS = 13;

    private FloatingText() {}

    /** @param wanted digits behind the point, for {@code %g} digits in all; negative for C's own choice */
    static String of(double value, char kind, String flags, int wanted) {
        int precision = wanted < 0 ? 6 : wanted;
        boolean upper = Character.isUpperCase(kind);
        boolean negative = Double.doubleToRawLongBits(value) < 0 && !Double.isNaN(value);
        String sign = negative ? "-" : flags.contains("+") ? "+" : flags.contains(" ") ? " " : "";
        double magnitude = Math.abs(value);
        String body;
        if (Double.isNaN(value)) {
            body = "nan";
        } else if (Double.isInfinite(value)) {
            body = "inf";
        } else {
            body = switch (Character.toLowerCase(kind)) {
                case 'f' -> fixed(magnitude, precision);
                case 'e' -> scientific(magnitude, precision);
                case 'g' -> general(magnitude, Math.max(1, precision), flags.contains("#"));
                default -> hexadecimal(magnitude, wanted);
            };
            body = flags.contains("#") && "fFeE".indexOf(kind) >= 0 && precision == 0 ? pointed(body) : body;
        }
        return sign + (upper ? body.toUpperCase(Locale.ROOT) : body);
    }

    /** With the point that nothing follows. */
    private static String pointed(String body) {
        int end = body.indexOf('e') < 0 ? body.length() : body.indexOf('e');
        return body.substring(0, end) + "." + body.substring(end);
    }

    /** {@code 0x1.8p+1}: as many digits as it takes, or as many as are wanted, rounded to even. */
    private static String hexadecimal(double value, int wanted) {
        long bits = Double.doubleToRawLongBits(value);
        int exponent = value == 0 ? 0 : Math.max(Math.getExponent(value), Double.MIN_EXPONENT);
        long mantissa = (bits & FRACTION) | (Math.getExponent(value) < Double.MIN_EXPONENT ? 0 : FRACTION + 1);
        int digits = FRACTION_DIGITS;
        if (wanted >= 0 && wanted < FRACTION_DIGITS) {
            int dropped = 4 * (FRACTION_DIGITS - wanted);
            long half = 1L << (dropped - 1);
            long odd = (mantissa >>> dropped) & 1;
            mantissa = (mantissa + half - 1 + odd) >>> dropped;
            digits = wanted;
        }
        String whole = Long.toHexString(mantissa >>> (4 * digits));
        String fraction = digits == 0 ? "" : lowDigits(mantissa, digits);
        if (wanted < 0) {
            fraction = fraction.replaceFirst("0+$", "");
        } else if (wanted > FRACTION_DIGITS) {
            fraction += "0".repeat(wanted - FRACTION_DIGITS);
        }
        return "0x" + whole + (fraction.isEmpty() ? "" : "." + fraction) + "p" + (exponent < 0 ? "" : "+") + exponent;
    }

    private static String lowDigits(long value, int digits) {
        String all = "0".repeat(digits) + Long.toHexString(value & ((1L << (4 * digits)) - 1));
        return all.substring(all.length() - digits);
    }

    private static String fixed(double value, int precision) {
        return new BigDecimal(value).setScale(precision, RoundingMode.HALF_EVEN).toPlainString();
    }

    private static String scientific(double value, int precision) {
        BigDecimal rounded = new BigDecimal(value).round(new MathContext(precision + 1, RoundingMode.HALF_EVEN));
        int exponent = value == 0 ? 0 : rounded.precision() - rounded.scale() - 1;
        String digits = value == 0
                ? "0".repeat(precision + 1)
                : rounded.setScale(precision - exponent, RoundingMode.HALF_EVEN)
                        .unscaledValue()
                        .toString();
        String fraction = precision == 0 ? "" : "." + digits.substring(1);
        String power = String.format(Locale.ROOT, "%02d", Math.abs(exponent));
        return digits.charAt(0) + fraction + "e" + (exponent < 0 ? "-" : "+") + power;
    }

    private static String general(double value, int precision, boolean keepZeros) {
        BigDecimal rounded = new BigDecimal(value).round(new MathContext(precision, RoundingMode.HALF_EVEN));
        int exponent = value == 0 ? 0 : rounded.precision() - rounded.scale() - 1;
        boolean plain = exponent >= -4 && exponent < precision;
        String text = plain ? fixed(value, precision - 1 - exponent) : scientific(value, precision - 1);
        if (keepZeros || text.indexOf('.') < 0) {
            return text;
        }
        int mantissa = text.indexOf('e') < 0 ? text.length() : text.indexOf('e');
        int end = mantissa;
        while (text.charAt(end - 1) == '0') {
            end--;
        }
        end -= text.charAt(end - 1) == '.' ? 1 : 0;
        return text.substring(0, end) + text.substring(mantissa);
    }
}
