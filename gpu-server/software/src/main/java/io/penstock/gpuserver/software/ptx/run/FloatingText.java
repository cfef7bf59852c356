package io.penstock.gpuserver.software.ptx.run;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;

/** Doubles as C prints them, where Java's formatter differs: exact digits, two-digit exponents, {@code %g}. */
final class FloatingText {
    private FloatingText() {}

    static String of(double value, char kind, String flags, int precision) {
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
                default -> Double.toHexString(magnitude);
            };
        }
        return sign + (upper ? body.toUpperCase(Locale.ROOT) : body);
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
