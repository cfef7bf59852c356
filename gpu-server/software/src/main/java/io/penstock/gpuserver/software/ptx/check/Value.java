package io.penstock.gpuserver.software.ptx.check;

/** Something an instruction reads: the same for the compiler whether it was written as a register, a number or a name. */
public sealed interface Value {
    /** Where its lanes are kept. */
    Bank bank();

    /**
     * A declared register.
     *
     * @param id counted from 0 within the function, over all banks
     * @param bits declared width
     * @param kind what its bits were declared to mean
     */
    record Register(int id, Bank bank, int bits, Type.Kind kind) implements Value {
        /** Whether instructions of a type take it: PTX ISA, "Type Checking of Operands". */
        public boolean fits(Type type) {
            boolean agrees = kind == type.kind() || kind == Type.Kind.BITS || type.kind() == Type.Kind.BITS;
            return bits == type.bits() && (agrees || (isInteger(kind) && isInteger(type.kind())));
        }

        private static boolean isInteger(Type.Kind kind) {
            return kind == Type.Kind.SIGNED || kind == Type.Kind.UNSIGNED;
        }
    }

    /** The same bits in every lane, known when the module is bound. */
    record Constant(Bank bank, Source source) implements Value {}

    /** A special register that does not change while a block runs. */
    record Special(SpecialRegister register) implements Value {
        @Override
        public Bank bank() {
            return Bank.WORD;
        }
    }

    /** What a constant is made of. */
    sealed interface Source {
        /** The bits themselves. */
        record Bits(long bits) implements Source {}

        /** The address of one of the module's variables, plus an offset. */
        record GlobalAddress(int global, long addend) implements Source {}

        /** The address of a function, as an indirect call takes it. */
        record FunctionAddress(int function) implements Source {}
    }

    /** A constant of plain bits. */
    static Constant bits(Bank bank, long bits) {
        return new Constant(bank, new Source.Bits(bits));
    }
}
