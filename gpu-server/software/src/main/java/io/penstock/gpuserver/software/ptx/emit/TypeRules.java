package io.penstock.gpuserver.software.ptx.emit;

import io.penstock.gpuserver.software.ptx.PtxException;
import io.penstock.gpuserver.software.ptx.check.Type;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Which types instructions on integers and bits have: PTX ISA, "Instruction Set", under each. */
final class TypeRules {
    private static final Map<String, Set<Type>> TYPES = new HashMap<>();

    private static final Set<Type> NUMBERS = Set.of(Type.U16, Type.S16, Type.U32, Type.S32, Type.U64, Type.S64);
    private static final Set<Type> WIDE = Set.of(Type.U32, Type.S32, Type.U64, Type.S64);
    private static final Set<Type> BITS = Set.of(Type.B16, Type.B32, Type.B64);
    private static final Set<Type> WIDE_BITS = Set.of(Type.B32, Type.B64);
    private static final Set<Type> LOGIC = Set.of(Type.B16, Type.B32, Type.B64, Type.PRED);
    private static final Set<Type> SIGNED = Set.of(Type.S16, Type.S32, Type.S64);
    private static final Set<Type> MOVED = Set.of(
            Type.PRED, Type.B16, Type.U16, Type.S16, Type.B32, Type.U32, Type.S32, Type.F32, Type.B64, Type.U64,
            Type.S64, Type.F64);
    private static final Set<Type> SELECTED = Set.of(
            Type.B16, Type.U16, Type.S16, Type.B32, Type.U32, Type.S32, Type.F32, Type.B64, Type.U64, Type.S64,
            Type.F64);

    static {
        all(NUMBERS, "add", "sub", "mul", "mad", "div", "rem", "min", "max", "sad");
        all(WIDE, "addc", "subc", "madc", "bfind", "bfe");
        all(Set.of(Type.U32, Type.S32), "mul24", "mad24", "dp4a", "dp2a", "szext");
        all(BITS, "cnot", "shl");
        all(Set.of(Type.B16, Type.B32, Type.B64, Type.U16, Type.S16, Type.U32, Type.S32, Type.U64, Type.S64), "shr");
        all(WIDE_BITS, "popc", "clz", "brev", "bfi");
        all(Set.of(Type.B32), "prmt", "lop3", "shf", "fns", "bmsk");
        all(LOGIC, "and", "or", "xor", "not");
        all(SIGNED, "abs", "neg");
        all(MOVED, "mov");
        all(SELECTED, "selp");
    }

    private TypeRules() {}

    private static void all(Set<Type> types, String... stems) {
        for (String stem : stems) {
            TYPES.put(stem, types);
        }
    }

    /** Throws where an instruction's type, the last that it names, is none of its. */
    static void check(Instruction at) throws PtxException {
        Set<Type> types = TYPES.get(at.stem());
        if (types == null) {
            return;
        }
        Type named = null;
        for (String word : at.modifiers().left()) {
            Type type = Type.of(word);
            named = type == null ? named : type;
        }
        if (named != null && !types.contains(named)) {
            throw at.invalid(at.stem() + " has no type ." + named.spelled());
        }
    }

    /** Throws where a comparison is none of a type's. */
    static void checkComparison(Instruction at, String comparison, Type type) throws PtxException {
        List<String> known = switch (type.kind()) {
            case BITS -> List.of("eq", "ne");
            case SIGNED -> List.of("eq", "ne", "lt", "le", "gt", "ge");
            case UNSIGNED -> List.of("eq", "ne", "lt", "le", "gt", "ge", "lo", "ls", "hi", "hs");
            case FLOAT, PACKED ->
                List.of("eq", "ne", "lt", "le", "gt", "ge", "equ", "neu", "ltu", "leu", "gtu", "geu", "num", "nan");
            case PREDICATE -> List.of();
        };
        if (!known.contains(comparison) || type.bits() == 8) {
            throw at.invalid("." + comparison + " is no comparison of ." + type.spelled());
        }
    }
}
