package io.penstock.gpuserver.software.ptx.emit;

import io.penstock.gpuserver.software.ptx.PtxException;
import io.penstock.gpuserver.software.ptx.check.Type;
import io.penstock.gpuserver.software.ptx.syntax.Operand;
import io.penstock.gpuserver.software.ptx.syntax.Statement;
import java.util.List;

/**
 * An instruction on its way through a lowering.
 *
 * @param stem the opcode's first word
 * @param modifiers its other words, fewer as they are understood
 */
record Instruction(Statement.Instruction origin, String stem, Modifiers modifiers) {
    static Instruction of(Statement.Instruction origin) {
        int dot = origin.opcode().indexOf('.');
        String stem = dot < 0 ? origin.opcode() : origin.opcode().substring(0, dot);
        return new Instruction(origin, stem, new Modifiers(origin.opcode()));
    }

    List<Operand> operands() {
        return origin.operands();
    }

    Operand operand(int index) throws PtxException {
        if (index >= operands().size()) {
            throw invalid("operand " + (index + 1) + " is missing");
        }
        return operands().get(index);
    }

    /** The instruction must have so many operands. */
    void expectOperands(int count) throws PtxException {
        if (operands().size() != count) {
            throw invalid(count + " operands expected, " + operands().size() + " found");
        }
    }

    /** The next type among the modifiers. */
    Type type() throws PtxException {
        Type type = modifiers.takeType();
        if (type == null || type == Type.B128) {
            throw unsupported("a type that is missing or not supported");
        }
        return type;
    }

    /** Every modifier must have been understood by now. */
    void done() throws PtxException {
        if (!modifiers.left().isEmpty()) {
            throw unsupported("." + String.join(".", modifiers.left()) + " is not supported here");
        }
    }

    PtxException unsupported(String reason) {
        return new PtxException(
                PtxException.Kind.UNSUPPORTED_INSTRUCTION,
                origin.line(),
                origin.text(),
                "unsupported instruction: " + reason);
    }

    PtxException invalid(String reason) {
        return new PtxException(PtxException.Kind.INVALID, origin.line(), origin.text(), reason);
    }
}
