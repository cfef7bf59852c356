package io.penstock.gpuserver.software.ptx.emit;

import io.penstock.gpuserver.software.ptx.PtxException;
import io.penstock.gpuserver.software.ptx.check.Type;

/** Which words a conversion must have and which it may not: PTX ISA, cvt. */
final class ConvertRules {
    private ConvertRules() {}

    /** Throws where the words contradict each other. */
    static void check(Instruction at, ConvertLowering.Form form) throws PtxException {
        for (Type type : new Type[] {form.to(), form.from()}) {
            if (type.kind() == Type.Kind.BITS || type == Type.PRED) {
                throw at.invalid("cvt has no type ." + type.spelled());
            }
        }
        boolean integral = form.integral() != null;
        boolean rounded = form.rounding() != null;
        boolean toInteger = form.to().integer() && !form.from().integer();
        if (rounded && !loses(form)) {
            throw at.invalid("." + form.rounding() + " where nothing is rounded");
        }
        if (!rounded && loses(form)) {
            throw at.invalid("a conversion to ." + form.to().spelled() + " names its rounding");
        }
        if (integral && !toInteger && (form.to() != form.from() || form.to().integer())) {
            throw at.invalid("." + form.integral() + " where nothing becomes integral");
        }
        if (form.flush() && form.to() != Type.F32 && form.from() != Type.F32) {
            throw at.invalid(".ftz where no .f32 takes part");
        }
        boolean narrow =
                form.from() == Type.F32 && (isHalf(form.to()) || form.to().kind() == Type.Kind.PACKED);
        boolean limited = narrow || form.to() == Type.TF32;
        if (form.finite()
                && (form.saturate() || form.flush() || !limited || !(isNearOrZero(form) || form.to() == Type.TF32))) {
            throw at.invalid(
                    ".satfinite is of halves and .tf32 of .f32, with .rn, .rz or .rna and without .sat and .ftz");
        }
        if (form.relu() && (form.saturate() || !narrow || !isNearOrZero(form))) {
            throw at.invalid(".relu is of halves of .f32, with .rn or .rz and without .sat");
        }
        if ("rna".equals(form.rounding()) != (form.to() == Type.TF32)) {
            throw at.invalid(".rna is the rounding of .tf32");
        }
    }

    /** Whether a number may have to be rounded to fewer bits. */
    private static boolean loses(ConvertLowering.Form form) {
        if (form.to().integer()) {
            return false;
        }
        return form.from().integer()
                || form.to() == Type.TF32
                || form.to().kind() == Type.Kind.PACKED
                || form.to().bits() < form.from().bits();
    }

    private static boolean isHalf(Type type) {
        return type == Type.F16 || type == Type.BF16;
    }

    private static boolean isNearOrZero(ConvertLowering.Form form) {
        return "rn".equals(form.rounding()) || "rz".equals(form.rounding());
    }
}
