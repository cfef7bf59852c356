package io.penstock.gpuserver.software.ptx.emit;

import io.penstock.gpuserver.software.ptx.PtxException;
import io.penstock.gpuserver.software.ptx.check.Type;
import io.penstock.gpuserver.software.ptx.check.Value;
import io.penstock.gpuserver.software.ptx.run.Matrix;
import io.penstock.gpuserver.software.ptx.syntax.Operand;
import java.util.ArrayList;
import java.util.List;

/** {@code mma.sync} of floating factors. */
final class MatrixLowering {
    private MatrixLowering() {}

    static void multiply(Instruction at, FunctionBuilder to) throws PtxException {
        at.modifiers().takeAll("sync", "aligned");
        String shape = at.modifiers().takeAny("m16n8k4", "m16n8k8", "m16n8k16");
        boolean layout = at.modifiers().take("row") && at.modifiers().take("col");
        Type sum = at.type();
        Type left = at.type();
        Type right = at.type();
        Type addend = at.type();
        at.done();
        at.expectOperands(4);
        if (shape == null || !layout || left != right || sum != addend || !(sum == Type.F32 || sum == Type.F16)) {
            throw at.unsupported("this form of matrix product");
        }
        Matrix.Factor factor = factor(at, shape, left);
        int sums = sum == Type.F32 ? 4 : 2;
        List<Value> reads = new ArrayList<>();
        List<Value> a = registers(at, to, at.operand(1), factor.leftRegisters(), reads);
        List<Value> b = registers(at, to, at.operand(2), factor.rightRegisters(), reads);
        List<Value> c = registers(at, to, at.operand(3), sums, reads);
        List<Value.Register> d = new ArrayList<>();
        for (Operand part : AddressLowering.parts(at, at.operand(0), sums)) {
            d.add(to.target(at, part, Type.B32));
        }
        // The whole warp takes part, as PTX demands, so the result needs no mask.
        to.work(reads, d, code -> {
            code.rows(d);
            code.rows(a);
            code.rows(b);
            code.rows(c);
            code.push(factor);
            code.invoke(
                    Matrix.class,
                    "multiply",
                    void.class,
                    int[][].class,
                    int[][].class,
                    int[][].class,
                    int[][].class,
                    Matrix.Factor.class);
        });
    }

    private static List<Value> registers(
            Instruction at, FunctionBuilder to, Operand operand, int count, List<Value> reads) throws PtxException {
        List<Value> found = new ArrayList<>();
        for (Operand part : AddressLowering.parts(at, operand, count)) {
            found.add(to.value(at, part, Type.B32));
        }
        reads.addAll(found);
        return found;
    }

    private static Matrix.Factor factor(Instruction at, String shape, Type type) throws PtxException {
        return switch (shape + " " + type.spelled()) {
            case "m16n8k8 f16" -> Matrix.Factor.HALF_K8;
            case "m16n8k16 f16" -> Matrix.Factor.HALF_K16;
            case "m16n8k8 bf16" -> Matrix.Factor.BRAIN_K8;
            case "m16n8k16 bf16" -> Matrix.Factor.BRAIN_K16;
            case "m16n8k4 tf32" -> Matrix.Factor.TF32_K4;
            case "m16n8k8 tf32" -> Matrix.Factor.TF32_K8;
            default -> throw at.unsupported("this form of matrix product");
        };
    }
}
