package io.penstock.protocol.command;

import io.penstock.protocol.appliance.LeaseRequest;
import io.penstock.protocol.config.GpuKind;
import io.penstock.protocol.config.Ports;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;

/**
 * What options may be whose values are numbers or one of a few words: read and checked at once, so that whatever is wrong with a value
 * is told with the limits. {@link Misuse} puts the option's name before it.
 */
public final class OptionLimits {
    private static final long MEBIBYTES_MAX = Long.MAX_VALUE >> 20;
    private static final int SECONDS_MAX = 86_400;

    private OptionLimits() {}

    /** {@code --port}: a port, or 0 for a free one. */
    public static final class Port implements ITypeConverter<Integer> {
        @Override
        public Integer convert(String text) {
            return Math.toIntExact(within(text, 0, Ports.MAX, ""));
        }
    }

    /** {@code --memory}: MiB that a number of bytes can hold. */
    public static final class Mebibytes implements ITypeConverter<Long> {
        @Override
        public Long convert(String text) {
            return within(text, 1, MEBIBYTES_MAX, " MiB");
        }
    }

    /** A time that is waited for, up to a day. */
    public static final class Seconds implements ITypeConverter<Integer> {
        @Override
        public Integer convert(String text) {
            return Math.toIntExact(within(text, 0, SECONDS_MAX, " seconds"));
        }
    }

    /** The GPUs of one lease. */
    public static final class GpuCount implements ITypeConverter<Integer> {
        @Override
        public Integer convert(String text) {
            return Math.toIntExact(within(text, 1, LeaseRequest.GPUS_MAX, " GPUs"));
        }
    }

    /** A part of a GPU's memory. */
    public static final class Part implements ITypeConverter<Double> {
        @Override
        public Double convert(String text) {
            double part;
            try {
                part = Double.parseDouble(text);
            } catch (NumberFormatException e) {
                part = Double.NaN;
            }
            if (part > 0 && part <= 1) {
                return part;
            }
            throw unfit("a number above 0 and at most 1", text);
        }
    }

    /** What a machine is called: the appliance's own rule, openapi.yaml's {@code Name}. */
    public static final class MachineName implements ITypeConverter<String> {
        private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}");

        @Override
        public String convert(String text) {
            if (NAME.matcher(text).matches()) {
                return text;
            }
            throw unfit("1 to 64 letters, digits, blanks, '.', '_' and '-', the first a letter or digit", text);
        }
    }

    /** {@code --gpus} of whoever lends them. */
    public static final class Gpus implements ITypeConverter<GpuKind> {
        @Override
        public GpuKind convert(String text) {
            try {
                return GpuKind.parse(text);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }

    /**
     * Demands that {@code --memory} is said of software GPUs alone.
     *
     * @param gpus what {@code --gpus} is, or would be
     */
    public static void requireMemory(CommandSpec command, @Nullable Long mebibytes, GpuKind gpus) {
        if (mebibytes != null && gpus.isNvidia()) {
            throw new ParameterException(
                    command.commandLine(),
                    "--memory " + mebibytes + " is for software GPUs; those of " + gpus + " have their own");
        }
    }

    private static long within(String text, long least, long most, String unit) {
        long number;
        try {
            number = Long.parseLong(text);
        } catch (NumberFormatException e) {
            number = least - 1;
        }
        if (number < least || number > most) {
            throw unfit(least + " to " + most + unit, text);
        }
        return number;
    }

    private static TypeConversionException unfit(String wanted, String text) {
        return new TypeConversionException("wants " + wanted + ", not '" + text + "'");
    }
}
