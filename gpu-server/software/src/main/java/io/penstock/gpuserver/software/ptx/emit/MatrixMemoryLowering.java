package io.penstock.gpuserver.software.ptx.emit;

import io.penstock.gpuserver.software.ptx.PtxException;
import io.penstock.gpuserver.software.ptx.check.Bank;
import io.penstock.gpuserver.software.ptx.check.Type;
import io.penstock.gpuserver.software.ptx.check.Value;
import io.penstock.gpuserver.software.ptx.math.Convert;
import io.penstock.gpuserver.software.ptx.math.LongMath;
import io.penstock.gpuserver.software.ptx.run.Addresses;
import io.penstock.gpuserver.software.ptx.run.Fragment;
import io.penstock.gpuserver.software.ptx.run.MatrixElement;
import io.penstock.gpuserver.software.ptx.run.RangeCache;
import io.penstock.gpuserver.software.ptx.syntax.Operand;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Matrices between memory and the registers of a warp: {@code ldmatrix}, {@code movmatrix}, {@code wmma.load} and its opposite. */
final class MatrixMemoryLowering {
    private static final int ROW_BYTES = 16;
    private static final int ROWS = 8;

    private MatrixMemoryLowering() {}

    /** {@code ldmatrix}. */
    static void load(Instruction at, FunctionBuilder to) throws PtxException {
        MatrixLowering.takeSync(at);
        String count = at.modifiers().takeAny("x1", "x2", "x4");
        boolean transposed = at.modifiers().take("trans");
        boolean shape = at.modifiers().take("m8n8") && at.modifiers().take("b16");
        AddressLowering.Space space = AddressLowering.space(at);
        at.done();
        at.expectOperands(2);
        boolean reachable = space == AddressLowering.Space.SHARED || space == AddressLowering.Space.GENERIC;
        if (count == null || !shape || !reachable) {
            throw MatrixLowering.unsupported(at);
        }
        int matrices = count.charAt(1) - '0';
        List<Value.Register> targets = new ArrayList<>();
        for (Operand part : AddressLowering.parts(at, at.operand(0), matrices)) {
            targets.add(to.target(at, part, Type.B32));
        }
        AddressLowering.Address address = AddressLowering.resolve(at, to, at.operand(1), space);
        // The lanes of one matrix after another say where its rows are.
        int speaking = -1 >>> (Integer.SIZE - matrices * ROWS);
        ControlLowering.unguarded(to, () -> {
            to.meet(Meeting.ofWarp(to));
            to.work(address.reads(), targets, code -> {
                whole(code);
                address.translate(code, ROW_BYTES, speaking);
                code.warp();
                code.rows(targets);
                code.push(transposed ? 1 : 0);
                code.invokeWarp("loadMatrices", void.class, int[][].class, boolean.class);
            });
        });
    }

    /** {@code movmatrix}. */
    static void transpose(Instruction at, FunctionBuilder to) throws PtxException {
        MatrixLowering.takeSync(at);
        boolean known = at.modifiers().take("m8n8")
                && at.modifiers().take("trans")
                && at.modifiers().take("b16");
        at.done();
        at.expectOperands(2);
        if (!known) {
            throw MatrixLowering.unsupported(at);
        }
        Value from = to.value(at, at.operand(1), Type.B32);
        Value.Register target = to.target(at, at.operand(0), Type.B32);
        ControlLowering.unguarded(to, () -> {
            to.meet(Meeting.ofWarp(to));
            to.work(List.of(from), List.of(target), code -> {
                whole(code);
                code.warp();
                code.value(target);
                code.value(from);
                code.invokeWarp("transpose", void.class, int[].class, int[].class);
            });
        });
    }

    private static void whole(CodeWriter code) {
        code.warp();
        code.activeMask();
        code.invokeWarp("whole", void.class, int.class);
    }

    /** {@code wmma.load} and {@code wmma.store}. */
    static void wmma(Instruction at, FunctionBuilder to) throws PtxException {
        boolean store = at.modifiers().take("store");
        if (!store && !at.modifiers().take("load")) {
            throw MatrixLowering.unsupported(at);
        }
        String which = at.modifiers().takeAny("a", "b", "c", "d");
        MatrixLowering.takeSync(at);
        String layout = at.modifiers().takeAny("row", "col");
        MatrixShapes shape = MatrixLowering.shape(at);
        AddressLowering.Space space = AddressLowering.space(at);
        MatrixElement element = MatrixLowering.element(at);
        at.done();
        int count = at.operands().size();
        if (which == null || layout == null || store != which.equals("d") || count < 2 || count > 3) {
            throw MatrixLowering.unsupported(at);
        }
        Fragment fragment = fragment(at, shape, which, element);
        Value stride = count == 3 ? to.value(at, at.operand(2), Type.B32) : null;
        Value.Register address = generic(at, to, at.operand(store ? 0 : 1), space);
        boolean columnMajor = layout.equals("col");
        if (store) {
            MatrixWork.Part from = MatrixLowering.part(at, to, 1, fragment);
            to.matrix(new MatrixWork.Store(from, address, stride, columnMajor, to.site() | RangeCache.WRITES));
        } else {
            MatrixWork.Result result = MatrixLowering.result(at, to, fragment);
            to.matrix(new MatrixWork.Load(result, address, stride, columnMajor, to.site()));
        }
    }

    private static Fragment fragment(Instruction at, MatrixShapes shape, String which, MatrixElement element)
            throws PtxException {
        boolean sum = which.equals("c") || which.equals("d");
        boolean known = sum ? isSum(shape, element) : shape.isWmma(element, element);
        if (!known) {
            throw MatrixLowering.unsupported(at);
        }
        return switch (which) {
            case "a" -> shape.wmmaLeft(element);
            case "b" -> shape.wmmaRight(element);
            default -> shape.wmmaSum(element);
        };
    }

    private static boolean isSum(MatrixShapes shape, MatrixElement element) {
        for (MatrixElement factor : MatrixElement.values()) {
            if (shape.isWmma(factor, factor) && MatrixShapes.isSum(factor, element)) {
                return true;
            }
        }
        return false;
    }

    /** The generic address that an operand stands for, in a fresh register. */
    private static Value.Register generic(
            Instruction at, FunctionBuilder to, Operand operand, AddressLowering.Space space) throws PtxException {
        AddressLowering.Address address = AddressLowering.resolve(at, to, operand, space);
        @Nullable Value base = address.base();
        boolean known = address.space() == AddressLowering.Space.GLOBAL
                || address.space() == AddressLowering.Space.GENERIC
                || address.space() == AddressLowering.Space.SHARED;
        if (base == null || !known) {
            throw at.unsupported("a matrix in this state space");
        }
        boolean shared = address.space() == AddressLowering.Space.SHARED;
        long window = shared ? Addresses.SHARED_WINDOW : 0;
        Value.Register made = to.symbols().fresh(Type.B64);
        Lane start = new Lane.Input(base);
        Lane wide = base.bank() == Bank.LONG ? start : Lane.of(Convert.class, "widenUnsigned", "I", start);
        Lane offset = new Lane.Input(to.constant(Bank.LONG, window + address.offset()));
        to.assign(made, Lane.of(LongMath.class, "add", "JJ", wide, offset));
        return made;
    }
}
