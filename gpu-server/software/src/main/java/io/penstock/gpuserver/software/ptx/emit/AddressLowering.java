package io.penstock.gpuserver.software.ptx.emit;

import io.penstock.gpuserver.software.ptx.PtxException;
import io.penstock.gpuserver.software.ptx.check.Bank;
import io.penstock.gpuserver.software.ptx.check.Place;
import io.penstock.gpuserver.software.ptx.check.Type;
import io.penstock.gpuserver.software.ptx.check.Value;
import io.penstock.gpuserver.software.ptx.run.Addresses;
import io.penstock.gpuserver.software.ptx.run.Frame;
import io.penstock.gpuserver.software.ptx.run.RangeCache;
import io.penstock.gpuserver.software.ptx.run.Warp;
import io.penstock.gpuserver.software.ptx.syntax.Operand;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The bracketed operand of a memory instruction: which space, and the code that checks and translates it. */
final class AddressLowering {
    private AddressLowering() {}

    /** How an access finds its memory. */
    enum Space {
        GLOBAL,
        SHARED,
        LOCAL,
        PARAM,
        GENERIC,
        /** A variable of the running function, or a formal parameter or argument. */
        FRAME
    }

    /**
     * A resolved address.
     *
     * @param base lanes to add the offset to; null for FRAME and for a kernel parameter named outright
     */
    record Address(Space space, @Nullable Value base, long offset, int site) {
        /** The same of an instruction that writes there. */
        Address written() {
            return new Address(space, base, offset, site | RangeCache.WRITES);
        }

        /** The same of an instruction that reads constants. */
        Address constant() {
            return new Address(space, base, offset, site | RangeCache.CONSTANT);
        }

        List<Value> reads() {
            return base == null ? List.of() : List.of(base);
        }

        /** Writes the call that leaves native addresses in the warp. */
        void translate(CodeWriter code, int bytes) {
            translate(code, bytes, -1);
        }

        /** As {@link #translate(CodeWriter, int)}, for those among some lanes. */
        void translate(CodeWriter code, int bytes, int lanes) {
            code.warp();
            code.mask();
            if (lanes != -1) {
                code.push(lanes);
                code.code().iand();
            }
            if (space == Space.FRAME || base == null) {
                code.frame();
                code.push(offset);
                code.push(bytes);
                code.invoke(
                        Addresses.class,
                        "frame",
                        void.class,
                        Warp.class,
                        int.class,
                        Frame.class,
                        long.class,
                        int.class);
                return;
            }
            if (base.bank() == Bank.WORD) {
                // Addresses of 32 bits end at 2^32, with their offsets too.
                code.warp();
                code.value(base);
                code.push((int) offset);
                code.invokeWarp("widen", long[].class, int[].class, int.class);
                code.push(0L);
            } else {
                code.value(base);
                code.push(offset);
            }
            code.push(bytes);
            call(code);
        }

        private void call(CodeWriter code) {
            if (space == Space.GLOBAL || space == Space.GENERIC) {
                code.push(site);
                code.invoke(
                        Addresses.class,
                        space == Space.GLOBAL ? "global" : "generic",
                        void.class,
                        Warp.class,
                        int.class,
                        long[].class,
                        long.class,
                        int.class,
                        int.class);
                return;
            }
            String name = switch (space) {
                case SHARED -> "shared";
                case LOCAL -> "local";
                default -> "param";
            };
            code.invoke(Addresses.class, name, void.class, Warp.class, int.class, long[].class, long.class, int.class);
        }
    }

    /** Takes the space from the modifiers; generic where they name none. */
    static Space space(Instruction at) {
        String word = at.modifiers()
                .takeAny("global", "shared", "shared::cta", "local", "param", "param::entry", "param::func", "const");
        return switch (word == null ? "" : word) {
            case "global", "const" -> Space.GLOBAL;
            case "shared", "shared::cta" -> Space.SHARED;
            case "local" -> Space.LOCAL;
            case "param", "param::entry", "param::func" -> Space.PARAM;
            default -> Space.GENERIC;
        };
    }

    /** Resolves the operand in the space. */
    static Address resolve(Instruction at, FunctionBuilder to, Operand operand, Space space) throws PtxException {
        if (!(operand instanceof Operand.Address address)) {
            throw at.invalid("an address in brackets is expected");
        }
        String name = address.base();
        if (name == null) {
            return new Address(space, to.constant(Bank.LONG, address.offset()), 0, to.site());
        }
        Value.Register register = to.symbols().register(name);
        if (register != null) {
            if (register.bank() == Bank.PREDICATE || register.bits() < 32) {
                throw at.invalid(name + " is no address");
            }
            if (register.bank() == Bank.WORD && (space == Space.GENERIC || space == Space.GLOBAL)) {
                throw at.unsupported("a 32-bit address of device memory");
            }
            return new Address(space, register, address.offset(), to.site());
        }
        Place place = to.symbols().place(name);
        if (place == null) {
            throw at.invalid("no variable " + name);
        }
        return named(at, to, place, address.offset(), space);
    }

    private static Address named(Instruction at, FunctionBuilder to, Place place, long offset, Space space)
            throws PtxException {
        Space actual = switch (place.space()) {
            case GLOBAL -> Space.GLOBAL;
            case SHARED -> Space.SHARED;
            case FRAME -> Space.FRAME;
            case PARAM -> Space.PARAM;
        };
        boolean matches = actual == space
                || space == Space.GENERIC
                || (actual == Space.FRAME && (space == Space.LOCAL || space == Space.PARAM));
        if (!matches) {
            throw at.invalid("the variable is not in the space that the instruction names");
        }
        if (actual == Space.FRAME) {
            return new Address(actual, null, place.offset() + offset, 0);
        }
        if (actual == Space.GLOBAL) {
            Value.Constant base =
                    new Value.Constant(Bank.LONG, new Value.Source.GlobalAddress((int) place.offset(), 0));
            return new Address(actual, to.remember(base), offset, to.site());
        }
        return new Address(actual, to.constant(Bank.LONG, place.offset()), offset, to.site());
    }

    /** The bytes of each part and how many there are: {@code .v2} and {@code .v4}. */
    static int vector(Instruction at) {
        String word = at.modifiers().takeAny("v2", "v4", "v8");
        return word == null ? 1 : word.charAt(1) - '0';
    }

    /** The parts of a vector operand, or the operand itself. */
    static List<Operand> parts(Instruction at, Operand operand, int count) throws PtxException {
        List<Operand> parts = operand instanceof Operand.Vector vector ? vector.parts() : List.of(operand);
        if (parts.size() != count) {
            throw at.invalid(count + " parts expected, " + parts.size() + " found");
        }
        return parts;
    }

    /** The type a load or store moves bits as. */
    static Type plain(Type type) {
        return switch (type.bits()) {
            case 8 -> type.signed() ? Type.S8 : Type.U8;
            case 16 -> type.signed() ? Type.S16 : Type.U16;
            case 32 -> Type.B32;
            default -> Type.B64;
        };
    }
}
