package io.penstock.generator;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * One call with values that are the same for ever, and its bodies as docs/protocol.md section 1 says they must be: the
 * yardstick for the C and the Java code. Written from the document, without the codec.
 */
final class GoldenCall {
    /** Elements of every array whose count is a parameter. */
    private static final int COUNT = 3;

    /** Between the seeds of an array's elements: more than any call has parameters, so that no two handles are one. */
    private static final int APART = 16;

    /** A parameter with its values, as the bytes that C has for it. */
    static final class Value {
        private final Param param;
        private final byte[] in;
        private final byte[] out;
        private final int count;

        Value(Param param, byte[] in, byte[] out, int count) {
            this.param = param;
            this.in = in;
            this.out = out;
            this.count = count;
        }

        Param param() {
            return param;
        }

        /** What the caller passes; empty for a pure out. */
        byte[] in() {
            return in;
        }

        /** What the server answers; empty for a pure in. */
        byte[] out() {
            return out;
        }

        /** Elements of an array, either way. */
        int count() {
            return count;
        }
    }

    private final Spec spec;
    private final Call call;
    private final List<Value> values = new ArrayList<>();

    GoldenCall(Spec spec, Call call) {
        this.spec = spec;
        this.call = call;
        for (int i = 0; i < call.params().size(); i++) {
            values.add(value(call.params().get(i), i + 1));
        }
    }

    static boolean covers(Call call) {
        return call.coded() && call.travels();
    }

    Call call() {
        return call;
    }

    List<Value> values() {
        return values;
    }

    private Value value(Param param, int ordinal) {
        int count = param.array() ? count(param.count()) : 1;
        boolean counter = call.params().stream()
                .anyMatch(other -> other.array() && other.count().param().equals(param.name()));
        byte[] in = param.in() || param.make() ? bytes(param, ordinal, count, counter, false) : new byte[0];
        byte[] out = param.out() ? bytes(param, ordinal + 64, count, counter, true) : new byte[0];
        return new Value(param, in, out, count);
    }

    private static int count(Param.Count count) {
        return count.constant() ? count.offset() : COUNT + count.offset();
    }

    private byte[] bytes(Param param, int seed, int count, boolean counter, boolean reply) {
        WireType type = param.type();
        if (counter) {
            return number(type.kind().bytes, COUNT);
        }
        return switch (type.kind()) {
            case STRING -> ("name_" + seed).getBytes(StandardCharsets.UTF_8);
            case ARRAY -> {
                ByteArrayOutputStream all = new ByteArrayOutputStream();
                for (int i = 0; i < count; i++) {
                    all.writeBytes(element(type.elementType(), seed + i * APART, reply));
                }
                yield all.toByteArray();
            }
            default -> element(type, seed, reply);
        };
    }

    private byte[] element(WireType type, int seed, boolean reply) {
        return switch (type.kind()) {
            case HANDLE -> number(8, handle(seed));
            case F32 -> number(4, Float.floatToRawIntBits(seed + 0.5f));
            case F64 -> number(8, Double.doubleToRawLongBits(seed + 0.5));
            case STRUCT -> struct(spec.struct(type.name()), seed, reply);
            default -> number(type.kind().bytes, type.kind().bytes == 8 ? ((long) seed << 40) + seed : seed);
        };
    }

    /** Generation and index. */
    private static long handle(int seed) {
        return ((long) seed << 32) + 16 + seed;
    }

    private static byte[] struct(Struct struct, int seed, boolean reply) {
        byte[] bytes = new byte[struct.size()];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (seed + i);
        }
        int ordinal = 0;
        for (Struct.Field field : struct.fields()) {
            ordinal++;
            if (field.handle() || field.out()) {
                long value = field.out() && !reply ? 0 : field.handle() ? handle(seed + ordinal) : seed;
                System.arraycopy(number(field.bytes(), value), 0, bytes, field.at(), field.bytes());
            } else if (field.union() != null) {
                Struct.Field tag = struct.field(field.union().tag());
                Struct.Case first = field.union().cases().getFirst();
                System.arraycopy(number(tag.bytes(), first.value()), 0, bytes, tag.at(), tag.bytes());
                System.arraycopy(number(Long.BYTES, handle(seed + ordinal)), 0, bytes, field.at(), Long.BYTES);
            }
        }
        return bytes;
    }

    private static byte[] number(int bytes, long value) {
        ByteBuffer buffer = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
        return (bytes == 8 ? buffer.putLong(value) : buffer.putInt((int) value)).array();
    }

    /** The body that travels up. */
    byte[] request() {
        Body body = new Body();
        for (Value value : values) {
            Param param = value.param();
            if (param.nullable() && !param.handle()) {
                body.put(number(8, 1), 8);
            }
            if (param.in() || param.make()) {
                body.put(param, value.in(), value.count());
            }
        }
        return body.finish();
    }

    /** The out-parameters as they travel down. */
    byte[] reply() {
        Body body = new Body();
        for (Value value : values) {
            Param param = value.param();
            if (param.out()) {
                if (param.nullable() && !param.in()) {
                    body.put(number(8, 1), 8);
                }
                body.put(param, value.out(), value.count());
            }
        }
        return body.finish();
    }

    /** The entry of a golden file: every value, then the bodies. */
    String text() {
        StringBuilder text = new StringBuilder("call ").append(call.name()).append('\n');
        for (Value value : values) {
            Param param = value.param();
            String type = param.type()
                    + (param.nullable() ? "?" : "")
                    + (param.pointer() && param.type().scalar() ? "*" : "");
            if (param.in() || param.make()) {
                line(text, param.make() ? "make" : "in", param, type, value.in());
            } else {
                line(text, "room", param, type, new byte[value.out().length]);
            }
            if (param.out()) {
                line(text, "out", param, type, value.out());
            }
        }
        text.append("request ").append(hex(request())).append('\n');
        if (call.params().stream().anyMatch(Param::out)) {
            text.append("reply ").append(hex(reply())).append('\n');
        }
        return text.toString();
    }

    private static void line(StringBuilder text, String word, Param param, String type, byte[] bytes) {
        text.append(word)
                .append(' ')
                .append(param.name())
                .append(' ')
                .append(type)
                .append(' ')
                .append(hex(bytes));
        text.append('\n');
    }

    private static String hex(byte[] bytes) {
        return bytes.length == 0 ? "-" : HexFormat.of().formatHex(bytes);
    }

    /** A body in the making. */
    private static final class Body {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        void put(Param param, byte[] value, int count) {
            switch (param.type().kind()) {
                case STRING -> {
                    put(number(8, value.length), 8);
                    padded(value);
                }
                case ARRAY -> {
                    put(number(8, count), 8);
                    padded(value);
                }
                case STRUCT -> padded(value);
                default -> {
                    boolean byAddress = param.pointer()
                            && !param.out()
                            && !param.make()
                            && !param.handle()
                            && !DispatchMethod.address(param.type());
                    if (byAddress) {
                        padded(value);
                    } else {
                        put(value, value.length);
                    }
                }
            }
        }

        void put(byte[] value, int alignment) {
            align(alignment);
            bytes.writeBytes(value);
        }

        private void padded(byte[] value) {
            put(value, 8);
            align(8);
        }

        private void align(int alignment) {
            while (bytes.size() % alignment != 0) {
                bytes.write(0);
            }
        }

        byte[] finish() {
            align(8);
            return bytes.toByteArray();
        }
    }
}
