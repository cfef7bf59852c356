package io.penstock.gpuserver.software.ptx.emit;

import io.penstock.gpuserver.software.ptx.PtxException;

/** Turns one instruction into steps; throws for a form it lacks. */
interface Lowering {
    void lower(Instruction instruction, FunctionBuilder to) throws PtxException;
}
