package io.penstock.gpuserver.software.ptx.emit;

import io.penstock.gpuserver.software.ptx.PtxException;
import io.penstock.gpuserver.software.ptx.check.Bank;
import io.penstock.gpuserver.software.ptx.check.Type;
import io.penstock.gpuserver.software.ptx.check.Value;
import io.penstock.gpuserver.software.ptx.run.AsyncCopies;
import io.penstock.gpuserver.software.ptx.run.Warp;
import io.penstock.gpuserver.software.ptx.syntax.Operand;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** {@code cp.async} and the waiting for it, which is over as soon as it begins: copies are done where they are asked for. */
final class AsyncCopyLowering {
    private AsyncCopyLowering() {}

    static void copy(Instruction at, FunctionBuilder to) throws PtxException {
        if (!at.modifiers().take("async")) {
            throw at.unsupported("only cp.async exists");
        }
        if (at.modifiers().take("mbarrier")) {
            MbarrierLowering.arriveAfterCopies(at, to);
            return;
        }
        if (at.modifiers().take("commit_group") || at.modifiers().take("wait_all")) {
            at.done();
            at.expectOperands(0);
            return;
        }
        if (at.modifiers().take("wait_group")) {
            at.done();
            at.expectOperands(1);
            to.value(at, at.operand(0), Type.U32);
            return;
        }
        String cached = at.modifiers().takeAny("ca", "cg");
        boolean shared = at.modifiers().takeAll("shared", "shared::cta");
        boolean global = at.modifiers().take("global");
        CacheHints.takeSize(at);
        boolean policy = at.modifiers().take("L2::cache_hint");
        at.done();
        int count = at.operands().size() - (policy ? 1 : 0);
        if (cached == null || !shared || !global || count < 3 || count > 4) {
            throw at.unsupported("this form of cp.async");
        }
        CacheHints.expectOperands(at, to, count, policy);
        int bytes = size(at, at.operand(2));
        if (cached.equals("cg") ? bytes != 16 : bytes != 4 && bytes != 8 && bytes != 16) {
            throw at.invalid("cp.async." + cached + " of " + bytes + " bytes");
        }
        AddressLowering.Address target = AddressLowering.resolve(at, to, at.operand(0), AddressLowering.Space.SHARED);
        AddressLowering.Address source = AddressLowering.resolve(at, to, at.operand(1), AddressLowering.Space.GLOBAL);
        add(to, target, source, count == 4 ? wanted(at, to, bytes) : null, bytes);
    }

    private static int size(Instruction at, Operand operand) throws PtxException {
        if (operand instanceof Operand.Literal literal && literal.form() == Operand.Form.INTEGER) {
            return (int) literal.bits();
        }
        throw at.invalid("the size of a copy is a number");
    }

    /** The fourth operand: how many bytes are read, or a predicate that says to read none. */
    private static Value wanted(Instruction at, FunctionBuilder to, int bytes) throws PtxException {
        if (at.operand(3) instanceof Operand.Negated) {
            return to.value(at, at.operand(3), Type.PRED);
        }
        if (at.operand(3) instanceof Operand.Name name) {
            Value.Register register = to.symbols().register(name.name());
            if (register != null && register.bank() == Bank.PREDICATE) {
                return register;
            }
        }
        if (at.operand(3) instanceof Operand.Literal literal && Long.compareUnsigned(literal.bits(), bytes) > 0) {
            throw at.invalid("more bytes are read than the " + bytes + " that are copied");
        }
        return to.value(at, at.operand(3), Type.U32);
    }

    private static void add(
            FunctionBuilder to,
            AddressLowering.Address target,
            AddressLowering.Address source,
            @Nullable Value wanted,
            int bytes) {
        Value base = Objects.requireNonNull(source.base(), "device memory has a base");
        List<Value> reads = new ArrayList<>(target.reads());
        reads.add(base);
        if (wanted != null) {
            reads.add(wanted);
        }
        to.work(reads, List.of(), code -> {
            target.translate(code, bytes);
            code.warp();
            code.mask();
            code.value(base);
            code.push(source.offset());
            pushWanted(code, wanted, bytes);
            code.push(bytes);
            code.push(source.site());
            code.invoke(
                    AsyncCopies.class,
                    "copy",
                    void.class,
                    Warp.class,
                    int.class,
                    long[].class,
                    long.class,
                    int[].class,
                    int.class,
                    int.class);
        });
    }

    private static void pushWanted(CodeWriter code, @Nullable Value wanted, int bytes) {
        if (wanted == null) {
            code.invoke(AsyncCopies.class, "whole", int[].class);
            return;
        }
        code.value(wanted);
        if (wanted.bank() == Bank.PREDICATE) {
            code.push(bytes);
            code.invoke(AsyncCopies.class, "unlessIgnored", int[].class, int.class, int.class);
        }
    }
}
