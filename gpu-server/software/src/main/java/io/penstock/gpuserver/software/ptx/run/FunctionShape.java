package io.penstock.gpuserver.software.ptx.run;

import io.penstock.gpuserver.software.ptx.check.SpecialRegister;
import java.util.List;

/**
 * What a frame of a function needs besides its bytecode.
 *
 * @param name the function's name, for messages
 * @param words int registers
 * @param longs long registers
 * @param predicates predicate registers; one more is kept for the carry flag
 * @param specials special registers, in slots after the int registers
 * @param wordConstants constants in slots after those, by number in the constant table
 * @param longConstants constants in slots after the long registers
 * @param frameBytes local memory a thread
 * @param calls the function's call sites by number
 * @param collectives its collective instructions by number
 * @param matrices its matrix instructions by number
 */
public record FunctionShape(
        String name,
        int words,
        int longs,
        int predicates,
        List<SpecialRegister> specials,
        int wordConstants,
        int longConstants,
        long frameBytes,
        List<CallSite> calls,
        List<CollectiveSite> collectives,
        List<MatrixSite> matrices) {}
