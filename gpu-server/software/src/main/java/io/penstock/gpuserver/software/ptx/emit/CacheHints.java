package io.penstock.gpuserver.software.ptx.emit;

import io.penstock.gpuserver.software.ptx.PtxException;
import io.penstock.gpuserver.software.ptx.check.Type;

/**
 * The words by which a memory instruction says what caches are to do. Here there are none, and a program cannot tell: PTX ISA
 * calls them performance hints. What they may stand with is checked all the same.
 */
final class CacheHints {
    private CacheHints() {}

    /** Takes what a load may say; true if a cache policy follows as its last operand. */
    static boolean takeOfLoad(Instruction at) throws PtxException {
        boolean policy = takeOfStore(at);
        takeSize(at);
        return policy;
    }

    /** Takes what a store may say; true if a cache policy follows as its last operand. */
    static boolean takeOfStore(Instruction at) throws PtxException {
        at.modifiers()
                .takeAny(
                        "L1::evict_normal",
                        "L1::evict_unchanged",
                        "L1::evict_first",
                        "L1::evict_last",
                        "L1::no_allocate");
        return takePolicy(at);
    }

    /** Takes how much more is to be fetched. */
    static void takeSize(Instruction at) {
        at.modifiers().takeAny("L2::64B", "L2::128B", "L2::256B");
    }

    /** Takes the word that announces a cache policy; only device memory has one. */
    static boolean takePolicy(Instruction at) throws PtxException {
        boolean policy = at.modifiers().take("L2::cache_hint");
        for (String space : new String[] {"shared", "shared::cta", "local", "param", "const"}) {
            if (policy && at.modifiers().left().contains(space)) {
                throw at.invalid(".L2::cache_hint is of device memory, not of ." + space);
            }
        }
        return policy;
    }

    /** So many operands there must be, and after them the policy where one was announced. */
    static void expectOperands(Instruction at, FunctionBuilder to, int count, boolean policy) throws PtxException {
        at.expectOperands(policy ? count + 1 : count);
        if (policy) {
            to.value(at, at.operand(count), Type.B64);
        }
    }
}
