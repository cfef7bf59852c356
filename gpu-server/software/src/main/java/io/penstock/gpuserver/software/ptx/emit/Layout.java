package io.penstock.gpuserver.software.ptx.emit;

import io.penstock.gpuserver.software.ptx.check.Bank;
import io.penstock.gpuserver.software.ptx.check.SpecialRegister;
import io.penstock.gpuserver.software.ptx.check.Value;
import io.penstock.gpuserver.software.ptx.flow.RegisterSlots;
import java.util.List;

/**
 * Which row of a frame's tables holds which value.
 *
 * @param slots the registers
 * @param specials special registers the function uses
 * @param words constants of 32 bits and less
 * @param longs constants of 64 bits
 */
record Layout(
        RegisterSlots slots, Values<SpecialRegister> specials, Values<Value.Source> words, Values<Value.Source> longs) {
    int row(Value value) {
        return switch (value) {
            case Value.Register register -> slots.slot(register);
            case Value.Special special -> slots.count(Bank.WORD) + specials.indexOf(special.register());
            case Value.Constant constant ->
                constant.bank() == Bank.LONG
                        ? slots.count(Bank.LONG) + longs.indexOf(constant.source())
                        : slots.count(Bank.WORD) + specials.all().size() + words.indexOf(constant.source());
        };
    }

    /** The row of the carry flag among the predicates. */
    int carryRow() {
        return slots.count(Bank.PREDICATE);
    }

    /** Distinct things, numbered as they come. */
    static final class Values<T> {
        private final java.util.Map<T, Integer> numbers = new java.util.LinkedHashMap<>();

        int indexOf(T value) {
            Integer known = numbers.get(value);
            if (known == null) {
                throw new IllegalStateException(value + " was never added");
            }
            return known;
        }

        void add(T value) {
            numbers.putIfAbsent(value, numbers.size());
        }

        List<T> all() {
            return List.copyOf(numbers.keySet());
        }
    }
}
