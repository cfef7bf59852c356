package io.penstock.protocol.config;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An amount of memory, written {@code 512}, {@code 64 KiB}, {@code 4GiB}: binary units, so nobody has to guess.
 *
 * @param bytes at least zero
 */
public record ByteSize(long bytes) {
    private static final Pattern TEXT = Pattern.compile("(\\d{1,18})\\s*(B|KiB|MiB|GiB|TiB)?");
    private static final int BITS_PER_UNIT = 10;
    private static final int TIB_BITS = 4 * BITS_PER_UNIT;

    /** Checks the sign. */
    public ByteSize {
        if (bytes < 0) {
            throw new IllegalArgumentException("an amount of memory cannot be " + bytes + " bytes");
        }
    }

    /**
     * Reads an amount.
     *
     * @throws IllegalArgumentException when it is not a whole number with one of the units, or too large
     */
    public static ByteSize parse(String text) {
        Matcher matcher = TEXT.matcher(text.strip());
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    "it must be an amount of memory: a whole number and B, KiB, MiB, GiB or TiB, as in 512 MiB");
        }
        int shift = matcher.group(2) == null
                ? 0
                : BITS_PER_UNIT * " KMGT".indexOf(matcher.group(2).charAt(0));
        long number = Long.parseLong(matcher.group(1));
        if (number > Long.MAX_VALUE >> Math.max(shift, 0)) {
            throw new IllegalArgumentException("it must be at most " + (Long.MAX_VALUE >> TIB_BITS) + " TiB");
        }
        return new ByteSize(number << Math.max(shift, 0));
    }

    @Override
    public String toString() {
        String units = " KMGT";
        int unit = 0;
        long rest = bytes;
        while (unit < units.length() - 1 && rest != 0 && (rest & 1023) == 0) {
            rest >>= BITS_PER_UNIT;
            unit++;
        }
        return unit == 0 ? rest + " B" : rest + " " + units.charAt(unit) + "iB";
    }
}
