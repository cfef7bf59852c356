package io.penstock.gpuserver.software.ptx.emit;

import io.penstock.gpuserver.software.ptx.PtxException;
import io.penstock.gpuserver.software.ptx.check.Type;
import io.penstock.gpuserver.software.ptx.syntax.Statement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Every opcode this compiler knows, and who lowers it. */
final class InstructionSet {
    private static final Map<String, Lowering> BY_STEM = new HashMap<>();
    private static final Map<String, Lowering> FLOATING = new HashMap<>();

    static {
        arithmetic();
        dataAndControl();
        video();
        all(BY_STEM, FloatLowering::operation, "fma", "rcp", "sqrt", "rsqrt", "ex2", "lg2", "sin", "cos", "tanh");
        all(BY_STEM, FloatLowering::operation, "copysign");
        all(FLOATING, FloatLowering::operation, "add", "sub", "mul", "mad", "div", "min", "max", "abs", "neg");
    }

    private InstructionSet() {}

    /** Adds an instruction's steps to a function. */
    static void lower(Statement.Instruction origin, FunctionBuilder to) throws PtxException {
        Instruction instruction = Instruction.of(origin);
        @Nullable
        Lowering lowering = isFloating(origin.opcode())
                ? FLOATING.getOrDefault(instruction.stem(), BY_STEM.get(instruction.stem()))
                : BY_STEM.get(instruction.stem());
        if (lowering == null) {
            throw instruction.unsupported("opcode " + instruction.stem());
        }
        if (!isFloating(origin.opcode()) || !FLOATING.containsKey(instruction.stem())) {
            TypeRules.check(instruction);
        }
        to.begin(instruction);
        try {
            lowering.lower(instruction, to);
        } catch (Scalar.Missing none) {
            throw instruction.unsupported("these words together: " + none.getMessage());
        }
        Forms.check(instruction, origin.opcode());
    }

    private static boolean isFloating(String opcode) {
        Type type = Type.of(opcode.substring(opcode.lastIndexOf('.') + 1));
        return type != null && (type.floating() || type.kind() == Type.Kind.PACKED);
    }

    private static void arithmetic() {
        all(BY_STEM, IntegerLowering::addOrSub, "add", "sub", "addc", "subc");
        all(BY_STEM, IntegerLowering::multiply, "mul", "mad", "madc");
        all(BY_STEM, IntegerLowering::multiply24, "mul24", "mad24");
        all(BY_STEM, IntegerLowering::signedBinary, "div", "rem", "min", "max");
        all(BY_STEM, IntegerLowering::logic, "and", "or", "xor");
        all(BY_STEM, IntegerLowering::unary, "not", "cnot", "neg", "abs");
        all(BY_STEM, IntegerLowering::shift, "shl", "shr");
        all(BY_STEM, IntegerLowering::sumOfDifferences, "sad");
        all(BY_STEM, BitLowering::count, "popc", "clz", "brev");
        all(BY_STEM, BitLowering::find, "bfind");
        all(BY_STEM, BitLowering::extract, "bfe");
        all(BY_STEM, BitLowering::insert, "bfi");
        all(BY_STEM, BitLowering::maskOrExtend, "bmsk", "szext");
        all(BY_STEM, BitLowering::permute, "prmt");
        all(BY_STEM, BitLowering::funnel, "shf");
        all(BY_STEM, BitLowering::logic3, "lop3");
        all(BY_STEM, BitLowering::dot, "dp4a", "dp2a");
        all(BY_STEM, BitLowering::nth, "fns");
        all(BY_STEM, CompareLowering::setPredicate, "setp");
        all(BY_STEM, CompareLowering::set, "set");
        all(BY_STEM, CompareLowering::select, "selp");
        all(BY_STEM, CompareLowering::selectBySign, "slct");
        all(BY_STEM, FloatLowering::test, "testp");
        all(BY_STEM, ConvertLowering::convert, "cvt");
    }

    private static void dataAndControl() {
        all(BY_STEM, MoveLowering::move, "mov");
        all(BY_STEM, MoveLowering::convertAddress, "cvta");
        all(BY_STEM, MoveLowering::isSpace, "isspacep");
        all(BY_STEM, MemoryLowering::load, "ld", "ldu");
        all(BY_STEM, MemoryLowering::store, "st");
        all(BY_STEM, MemoryLowering::fence, "membar", "fence");
        all(BY_STEM, HintLowering::prefetch, "prefetch", "prefetchu");
        all(BY_STEM, HintLowering::line, "discard", "applypriority");
        all(BY_STEM, HintLowering::event, "pmevent");
        all(BY_STEM, HintLowering::policy, "createpolicy");
        all(BY_STEM, MemoryLowering::sleep, "nanosleep");
        all(BY_STEM, StackLowering::allocate, "alloca");
        all(BY_STEM, StackLowering::save, "stacksave");
        all(BY_STEM, StackLowering::restore, "stackrestore");
        all(BY_STEM, TextureLowering::fetch, "tex");
        all(BY_STEM, TextureLowering::gather, "tld4");
        all(BY_STEM, QueryLowering::lower, "txq", "suq");
        all(BY_STEM, SurfaceLowering::load, "suld");
        all(BY_STEM, SurfaceLowering::reduce, "sured");
        all(BY_STEM, SurfaceLowering::store, "sust");
        all(BY_STEM, AtomicLowering::atomic, "atom", "red");
        all(BY_STEM, CollectiveLowering::shuffle, "shfl");
        all(BY_STEM, CollectiveLowering::vote, "vote");
        all(BY_STEM, CollectiveLowering::match, "match");
        all(BY_STEM, CollectiveLowering::reduce, "redux");
        all(BY_STEM, CollectiveLowering::activeMask, "activemask");
        all(BY_STEM, MatrixLowering::multiply, "mma");
        all(BY_STEM, MatrixLowering::wmma, "wmma");
        all(BY_STEM, MatrixMemoryLowering::load, "ldmatrix");
        all(BY_STEM, MatrixMemoryLowering::transpose, "movmatrix");
        all(BY_STEM, AsyncCopyLowering::copy, "cp");
        all(BY_STEM, MbarrierLowering::lower, "mbarrier");
        all(BY_STEM, ControlLowering::branch, "bra");
        all(BY_STEM, ControlLowering::branchIndexed, "brx");
        all(BY_STEM, ControlLowering::leave, "ret", "exit");
        all(BY_STEM, ControlLowering::trap, "trap", "brkpt");
        all(BY_STEM, ControlLowering::barrier, "bar", "barrier");
        all(BY_STEM, CallLowering::call, "call");
    }

    private static void video() {
        all(BY_STEM, VideoLowering::arithmetic, "vadd", "vsub", "vabsdiff", "vmin", "vmax");
        all(BY_STEM, VideoLowering::shift, "vshl", "vshr");
        all(BY_STEM, VideoLowering::set, "vset");
        all(BY_STEM, VideoLowering::multiplyAdd, "vmad");
        for (String stem : List.of("vadd", "vsub", "vavrg", "vabsdiff", "vmin", "vmax")) {
            all(BY_STEM, VectorVideoLowering::arithmetic, stem + "2", stem + "4");
        }
        all(BY_STEM, VectorVideoLowering::set, "vset2", "vset4");
    }

    private static void all(Map<String, Lowering> table, Lowering lowering, String... stems) {
        for (String stem : stems) {
            table.put(stem, lowering);
        }
    }
}
