package io.penstock.gpuserver.software.ptx;

import io.penstock.gpuserver.software.ptx.check.LinkedModule;
import io.penstock.gpuserver.software.ptx.check.Place;
import io.penstock.gpuserver.software.ptx.run.Addresses;
import io.penstock.gpuserver.software.ptx.run.Program;
import io.penstock.gpuserver.software.ptx.syntax.Variable;
import io.penstock.gpuserver.software.ptx.syntax.Widths;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The bytes of a variable's initialiser; what it does not mention is zero. */
final class InitialBytes {
    private InitialBytes() {}

    static byte[] of(LinkedModule.Global global, long[] addresses) {
        byte[] bytes = new byte[(int) global.description().size()];
        @Nullable List<Variable.Initial> initial = global.variable().initial();
        int width = Widths.bytes(global.variable().type());
        for (int i = 0; initial != null && i < initial.size() && (i + 1) * width <= bytes.length; i++) {
            long bits = bits(initial.get(i), global, addresses);
            for (int b = 0; b < width && b < Long.BYTES; b++) {
                bytes[i * width + b] = (byte) (bits >>> (8 * b));
            }
        }
        return bytes;
    }

    private static long bits(Variable.Initial initial, LinkedModule.Global global, long[] addresses) {
        return switch (initial) {
            case Variable.Initial.Literal number ->
                number(number, global.variable().type());
            case Variable.Initial.Symbol symbol -> {
                long address = address(symbol, global, addresses) + symbol.addend();
                yield (address & symbol.mask()) >>> Long.numberOfTrailingZeros(symbol.mask());
            }
        };
    }

    private static long number(Variable.Initial.Literal number, String type) {
        boolean single = type.equals("f32");
        return switch (number.form()) {
            case INTEGER ->
                single
                        ? Float.floatToRawIntBits((float) number.bits())
                        : type.equals("f64") ? Double.doubleToRawLongBits((double) number.bits()) : number.bits();
            case DOUBLE ->
                single ? Float.floatToRawIntBits((float) Double.longBitsToDouble(number.bits())) : number.bits();
            case FLOAT ->
                type.equals("f64")
                        ? Double.doubleToRawLongBits(Float.intBitsToFloat((int) number.bits()))
                        : number.bits();
        };
    }

    private static long address(Variable.Initial.Symbol symbol, LinkedModule.Global global, long[] addresses) {
        Place place = global.symbols().place(symbol.name());
        if (place != null && place.space() == Place.Space.GLOBAL) {
            return addresses[(int) place.offset()];
        }
        if (place != null) {
            return place.offset() + (symbol.generic() ? Addresses.SHARED_WINDOW : 0);
        }
        Integer function = global.symbols().function(symbol.name());
        return function == null ? 0 : Program.addressOf(function);
    }
}
