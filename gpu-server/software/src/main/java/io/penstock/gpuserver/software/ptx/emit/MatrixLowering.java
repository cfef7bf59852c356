package io.penstock.gpuserver.software.ptx.emit;

import io.penstock.gpuserver.software.ptx.PtxException;
import io.penstock.gpuserver.software.ptx.check.Type;
import io.penstock.gpuserver.software.ptx.check.Value;
import io.penstock.gpuserver.software.ptx.run.Fragment;
import io.penstock.gpuserver.software.ptx.run.MatrixElement;
import io.penstock.gpuserver.software.ptx.run.MatrixSite;
import io.penstock.gpuserver.software.ptx.syntax.Operand;
import java.util.ArrayList;
import java.util.List;

/** Products of matrices that are spread over a warp: {@code mma.sync} and {@code wmma.mma}. */
final class MatrixLowering {
    private MatrixLowering() {}

    /** What the words of a product say. */
    private record Form(
            MatrixShapes shape,
            MatrixElement d,
            MatrixElement a,
            MatrixElement b,
            MatrixElement c,
            MatrixSite.Operation operation,
            boolean saturate) {}

    /** {@code mma.sync}. */
    static void multiply(Instruction at, FunctionBuilder to) throws PtxException {
        takeSync(at);
        if (!at.modifiers().take("row") || !at.modifiers().take("col")) {
            throw at.unsupported("this layout of matrices");
        }
        Form form = form(at, true);
        if (!form.shape.isMma(form.a, form.b) || form.c != form.d) {
            throw unsupported(at);
        }
        MatrixShapes shape = form.shape;
        product(at, to, form, shape.mmaLeft(form.a), shape.mmaRight(form.b));
    }

    /** {@code wmma}: the first word tells whether it loads, stores or multiplies. */
    static void wmma(Instruction at, FunctionBuilder to) throws PtxException {
        if (!at.modifiers().take("mma")) {
            MatrixMemoryLowering.wmma(at, to);
            return;
        }
        takeSync(at);
        String left = at.modifiers().takeAny("row", "col");
        String right = at.modifiers().takeAny("row", "col");
        if (left == null || right == null) {
            throw at.unsupported("this layout of matrices");
        }
        at.modifiers().take("rn");
        // Products of halves name the sums alone.
        Form form = form(
                at,
                at.modifiers().left().stream().filter(MatrixLowering::isElement).count() == 4);
        if (!form.shape.isWmma(form.a, form.b)) {
            throw unsupported(at);
        }
        MatrixShapes shape = form.shape;
        product(at, to, form, shape.wmmaLeft(form.a), shape.wmmaRight(form.b));
    }

    static void takeSync(Instruction at) throws PtxException {
        if (!at.modifiers().take("sync") || !at.modifiers().take("aligned")) {
            throw at.unsupported("an instruction of a whole warp without .sync.aligned");
        }
    }

    static boolean isElement(String word) {
        return MatrixElement.of(word) != null;
    }

    private static Form form(Instruction at, boolean factorsNamed) throws PtxException {
        MatrixShapes shape = shape(at);
        boolean saturate = at.modifiers().take("satfinite");
        // Before the elements in wmma, behind them in mma.
        String logic = at.modifiers().takeAny("xor", "and");
        boolean counts = at.modifiers().take("popc");
        MatrixElement d = element(at);
        MatrixElement a = factorsNamed ? element(at) : MatrixElement.HALF;
        MatrixElement b = factorsNamed ? element(at) : MatrixElement.HALF;
        MatrixElement c = element(at);
        at.done();
        if ((logic != null) != (a == MatrixElement.BIT) || (logic != null) != counts) {
            throw unsupported(at);
        }
        MatrixSite.Operation operation = logic == null
                ? MatrixSite.Operation.PRODUCT
                : logic.equals("xor") ? MatrixSite.Operation.XOR : MatrixSite.Operation.AND;
        boolean sums = MatrixShapes.isSum(a, d) && MatrixShapes.isSum(a, c);
        if (!sums || (saturate && (a.floating() || a == MatrixElement.BIT))) {
            throw unsupported(at);
        }
        return new Form(shape, d, a, b, c, operation, saturate);
    }

    static MatrixShapes shape(Instruction at) throws PtxException {
        MatrixShapes shape = MatrixShapes.take(at.modifiers().left());
        if (shape == null) {
            throw unsupported(at);
        }
        return shape;
    }

    static MatrixElement element(Instruction at) throws PtxException {
        String word = at.modifiers().takeFirst();
        MatrixElement element = word == null ? null : MatrixElement.of(word);
        if (element == null) {
            throw unsupported(at);
        }
        return element;
    }

    static PtxException unsupported(Instruction at) {
        return at.unsupported("this form of matrix instruction");
    }

    private static void product(Instruction at, FunctionBuilder to, Form form, Fragment left, Fragment right)
            throws PtxException {
        boolean open = at.stem().equals("wmma");
        at.expectOperands(4);
        MatrixWork.Part a = part(at, to, 1, left);
        MatrixWork.Part b = part(at, to, 2, right);
        MatrixWork.Part c = part(at, to, 3, open ? form.shape.wmmaSum(form.c) : form.shape.mmaSum(form.c));
        MatrixWork.Result d = result(at, to, open ? form.shape.wmmaSum(form.d) : form.shape.mmaSum(form.d));
        to.matrix(new MatrixWork.Product(form.operation, form.saturate, d, a, b, c));
    }

    /** A matrix that the instruction reads. */
    static MatrixWork.Part part(Instruction at, FunctionBuilder to, int operand, Fragment fragment)
            throws PtxException {
        List<Value> registers = new ArrayList<>();
        for (Operand part : AddressLowering.parts(at, at.operand(operand), fragment.registers())) {
            registers.add(to.value(at, part, register(fragment.element())));
        }
        return new MatrixWork.Part(fragment, registers);
    }

    /** The matrix that the instruction writes, its first operand. */
    static MatrixWork.Result result(Instruction at, FunctionBuilder to, Fragment fragment) throws PtxException {
        List<Value.Register> registers = new ArrayList<>();
        for (Operand part : AddressLowering.parts(at, at.operand(0), fragment.registers())) {
            registers.add(to.target(at, part, register(fragment.element())));
        }
        return new MatrixWork.Result(fragment, registers);
    }

    private static Type register(MatrixElement element) {
        return element == MatrixElement.DOUBLE ? Type.B64 : Type.B32;
    }
}
