package io.penstock.gpuserver.software.ptx.flow;

import io.penstock.gpuserver.software.ptx.check.Bank;
import io.penstock.gpuserver.software.ptx.check.Value;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;

/**
 * Which array keeps which register: linear scan without spilling, so that a warp's working set stays small enough for the
 * nearest cache although PTX has thousands of registers.
 */
public final class RegisterSlots {
    private final int[] slots;
    private final Map<Bank, Integer> counts = new EnumMap<>(Bank.class);

    private RegisterSlots(int registers) {
        slots = new int[registers];
        for (Bank bank : Bank.values()) {
            counts.put(bank, 0);
        }
    }

    /** Assigns every register that the blocks mention; ids are below the number given. */
    public static RegisterSlots assign(List<? extends BasicBlock<?>> blocks, int registers) {
        RegisterSlots result = new RegisterSlots(registers);
        Liveness liveness = new Liveness(blocks, registers);
        Value.Register[] mentioned = mentioned(blocks, registers);
        for (Bank bank : Bank.values()) {
            result.assign(bank, mentioned, liveness);
        }
        return result;
    }

    /** The slot of a register within its bank. */
    public int slot(Value.Register register) {
        return slots[register.id()];
    }

    /** How many slots a bank needs. */
    public int count(Bank bank) {
        return counts.getOrDefault(bank, 0);
    }

    private void assign(Bank bank, Value.Register[] mentioned, Liveness liveness) {
        List<Integer> order = new ArrayList<>();
        for (Value.Register register : mentioned) {
            if (register != null && register.bank() == bank) {
                order.add(register.id());
            }
        }
        order.sort(Comparator.comparingInt(liveness::first));
        PriorityQueue<Integer> busy = new PriorityQueue<>(Comparator.comparingInt(liveness::last));
        Deque<Integer> free = new ArrayDeque<>();
        int count = 0;
        for (int register : order) {
            // A slot is free only after the step that last reads it: a step may write before it has read everything.
            while (!busy.isEmpty() && liveness.last(busy.peek()) < liveness.first(register)) {
                free.push(slots[busy.remove()]);
            }
            slots[register] = free.isEmpty() ? count++ : free.pop();
            busy.add(register);
        }
        counts.put(bank, count);
    }

    private static Value.Register[] mentioned(List<? extends BasicBlock<?>> blocks, int registers) {
        Value.Register[] all = new Value.Register[registers];
        for (BasicBlock<?> block : blocks) {
            block.work().forEach(step -> mention(step, all));
            if (block.end() != null) {
                mention(block.end(), all);
            }
        }
        return all;
    }

    private static void mention(Step<?> step, Value.Register[] all) {
        step.reads().forEach(register -> all[register.id()] = register);
        step.writes().forEach(register -> all[register.id()] = register);
        if (step.guard() != null) {
            Value.Register predicate = step.guard().predicate();
            all[predicate.id()] = predicate;
        }
    }
}
