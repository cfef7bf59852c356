package io.penstock.generator;

/**
 * One parameter of a call whose body is generated.
 *
 * @param name as in the C prototype
 * @param c its C type
 * @param type how it travels
 * @param direction from the caller's point of view
 * @param count elements of an array; {@link Count#NONE} otherwise
 * @param nullable the driver accepts NULL here
 * @param make an out handle that the client makes
 * @param drop the handle ends with this call
 */
record Param(
        String name,
        String c,
        WireType type,
        Direction direction,
        Count count,
        boolean nullable,
        boolean make,
        boolean drop) {
    enum Direction {
        IN,
        OUT,
        INOUT
    }

    /**
     * How many elements an array has: the value of a parameter less a constant, or a constant.
     *
     * @param param name of the counting parameter; empty for a constant
     * @param offset what is added: never positive beside a parameter
     */
    record Count(String param, int offset) {
        static final Count NONE = new Count("", 0);

        static Count parse(String text) {
            String[] words = text.trim().split("\\s+", -1);
            if (words.length == 1) {
                return Character.isDigit(text.charAt(0)) ? new Count("", Integer.parseInt(text)) : new Count(text, 0);
            }
            if (words.length != 3 || !words[1].equals("-")) {
                throw new SpecException(
                        "count '" + text + "' is neither a parameter, a number nor 'parameter - number'");
            }
            return new Count(words[0], -Integer.parseInt(words[2]));
        }

        boolean constant() {
            return param.isEmpty();
        }

        @Override
        public String toString() {
            return constant() ? Integer.toString(offset) : offset == 0 ? param : param + " - " + -offset;
        }
    }

    /** Whether the request carries it (an optional or counted out carries its presence). */
    boolean in() {
        return direction != Direction.OUT;
    }

    boolean out() {
        return direction != Direction.IN && !make;
    }

    boolean pointer() {
        return c.endsWith("*");
    }

    /** The C type a pointer points at, without const. */
    String pointee() {
        return new CParam(c, name).pointee();
    }

    boolean handle() {
        return type.is(WireType.Kind.HANDLE);
    }

    boolean array() {
        return type.is(WireType.Kind.ARRAY);
    }

    boolean struct() {
        return type.is(WireType.Kind.STRUCT);
    }
}
