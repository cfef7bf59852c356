package io.penstock.gpuserver.software.ptx.emit;

import io.penstock.gpuserver.software.ptx.PtxException;
import io.penstock.gpuserver.software.ptx.check.Bank;
import io.penstock.gpuserver.software.ptx.check.Type;
import io.penstock.gpuserver.software.ptx.check.Value;
import io.penstock.gpuserver.software.ptx.run.Collective;
import io.penstock.gpuserver.software.ptx.syntax.Operand;
import org.jspecify.annotations.Nullable;

/** {@code shfl}, {@code vote}, {@code match}, {@code redux}, {@code bar.warp}, {@code activemask}. */
final class CollectiveLowering {
    private CollectiveLowering() {}

    static void shuffle(Instruction at, FunctionBuilder to) throws PtxException {
        boolean sync = at.modifiers().take("sync");
        String mode = at.modifiers().takeAny("up", "down", "bfly", "idx");
        Type type = at.type();
        at.done();
        at.expectOperands(sync ? 5 : 4);
        if (mode == null || type.bits() != 32) {
            throw at.unsupported("this form of shuffle");
        }
        Collective kind = switch (mode) {
            case "up" -> Collective.SHUFFLE_UP;
            case "down" -> Collective.SHUFFLE_DOWN;
            case "bfly" -> Collective.SHUFFLE_BUTTERFLY;
            default -> Collective.SHUFFLE_INDEX;
        };
        Value from = to.value(at, at.operand(1), type);
        Value by = to.value(at, at.operand(2), Type.B32);
        Value clamp = to.value(at, at.operand(3), Type.B32);
        to.meet(Meeting.of(kind, Meeting.members(at, to, 4, sync))
                .giving(to.target(at, first(at), type), second(at, to))
                .taking(from, by, clamp));
    }

    static void vote(Instruction at, FunctionBuilder to) throws PtxException {
        boolean sync = at.modifiers().take("sync");
        String mode = at.modifiers().takeAny("all", "any", "uni", "ballot");
        Type type = at.type();
        at.done();
        at.expectOperands(sync ? 3 : 2);
        if (mode == null || type != (mode.equals("ballot") ? Type.B32 : Type.PRED)) {
            throw at.unsupported("this form of vote");
        }
        Collective kind = switch (mode) {
            case "all" -> Collective.VOTE_ALL;
            case "any" -> Collective.VOTE_ANY;
            case "uni" -> Collective.VOTE_UNIFORM;
            default -> Collective.BALLOT;
        };
        Value.Register target = to.target(at, at.operand(0), type);
        boolean ballot = kind == Collective.BALLOT;
        to.meet(Meeting.of(kind, Meeting.members(at, to, 2, sync))
                .giving(ballot ? target : null, ballot ? null : target)
                .saying(to, to.value(at, at.operand(1), Type.PRED)));
    }

    static void match(Instruction at, FunctionBuilder to) throws PtxException {
        String mode = at.modifiers().takeAny("all", "any");
        boolean sync = at.modifiers().take("sync");
        Type type = at.type();
        at.done();
        at.expectOperands(3);
        if (mode == null || !sync || !type.integer() || type.bits() < 32) {
            throw at.unsupported("this form of match");
        }
        boolean wide = type.bank() == Bank.LONG;
        Collective kind = mode.equals("any")
                ? wide ? Collective.MATCH_ANY_LONG : Collective.MATCH_ANY
                : wide ? Collective.MATCH_ALL_LONG : Collective.MATCH_ALL;
        if (mode.equals("any") && at.operand(0) instanceof Operand.Pair) {
            throw at.invalid("match.any has no predicate");
        }
        Value values = to.value(at, at.operand(1), type);
        to.meet(Meeting.of(kind, Meeting.members(at, to, 2, true))
                .giving(to.target(at, first(at), Type.B32), second(at, to))
                .taking(values));
    }

    static void reduce(Instruction at, FunctionBuilder to) throws PtxException {
        boolean sync = at.modifiers().take("sync");
        String name = at.modifiers().takeAny("add", "min", "max", "and", "or", "xor");
        Type type = at.type();
        at.done();
        at.expectOperands(3);
        if (name == null || !sync || type.bits() != 32 || !type.integer()) {
            throw at.unsupported("this form of redux");
        }
        Collective kind = switch (name) {
            case "add" -> Collective.REDUCE_ADD;
            case "min" -> type.signed() ? Collective.REDUCE_MIN_SIGNED : Collective.REDUCE_MIN_UNSIGNED;
            case "max" -> type.signed() ? Collective.REDUCE_MAX_SIGNED : Collective.REDUCE_MAX_UNSIGNED;
            case "and" -> Collective.REDUCE_AND;
            case "or" -> Collective.REDUCE_OR;
            default -> Collective.REDUCE_XOR;
        };
        Value values = to.value(at, at.operand(1), type);
        to.meet(Meeting.of(kind, Meeting.members(at, to, 2, true))
                .giving(to.target(at, at.operand(0), type), null)
                .taking(values));
    }

    /** {@code bar.warp.sync}. */
    static void meet(Instruction at, FunctionBuilder to) throws PtxException {
        if (!at.modifiers().take("sync")) {
            throw at.unsupported("this form of barrier");
        }
        at.done();
        at.expectOperands(1);
        to.meet(Meeting.of(Collective.MEET, Meeting.members(at, to, 0, true)));
    }

    static void activeMask(Instruction at, FunctionBuilder to) throws PtxException {
        at.type();
        at.done();
        at.expectOperands(1);
        Value.Register target = to.target(at, at.operand(0), Type.B32);
        MoveLowering.copy(to, target, DynamicSpecials.activeMask(to));
    }

    private static Operand first(Instruction at) throws PtxException {
        return at.operand(0) instanceof Operand.Pair pair ? pair.first() : at.operand(0);
    }

    private static Value.@Nullable Register second(Instruction at, FunctionBuilder to) throws PtxException {
        return at.operand(0) instanceof Operand.Pair pair ? to.target(at, pair.second(), Type.PRED) : null;
    }
}
