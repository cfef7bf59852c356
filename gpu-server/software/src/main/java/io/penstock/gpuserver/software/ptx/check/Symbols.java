package io.penstock.gpuserver.software.ptx.check;

import io.penstock.gpuserver.software.ptx.PtxException;
import io.penstock.gpuserver.software.ptx.syntax.Variable;
import org.jspecify.annotations.Nullable;

/** What the names in one function's body mean; follows the text, so braces must be reported in order. */
public final class Symbols {
    /** A slot's place in the frame is a multiple of this, enough for any vector. */
    private static final int FRAME_ALIGNMENT = 16;

    private final ModuleSymbols module;
    private Scope scope = new Scope(null);
    private int registers;
    private long frameBytes;
    private long sharedBytes;

    /** Names of a body in a module; its own shared variables start at the offset given. */
    public Symbols(ModuleSymbols module, long sharedStart) {
        this.module = module;
        this.sharedBytes = sharedStart;
    }

    /** The names outside the function. */
    public ModuleSymbols module() {
        return module;
    }

    /** A brace opens. */
    public void open() {
        scope = new Scope(scope);
    }

    /** A brace closes. */
    public void close() {
        if (scope.outer() != null) {
            scope = scope.outer();
        }
    }

    /** Declares {@code name}, or {@code name0 … name(count-1)} where the count is not negative. */
    public void declareRegisters(int line, String typeName, String name, int count) throws PtxException {
        Type type = type(line, typeName);
        boolean first = count >= 0 ? scope.declareRange(name, type, count) : scope.declare(name, fresh(type));
        if (!first) {
            throw twice(line, count >= 0 ? name + "<" + count + ">" : name);
        }
    }

    /** A register no text names. */
    public Value.Register fresh(Type type) {
        return new Value.Register(registers++, type.bank(), type.bits(), type.kind());
    }

    /** Declares a variable of the body or a formal parameter and gives it its place. */
    public Place declare(Variable variable, boolean kernelParameter, long offset) throws PtxException {
        Type type = type(variable.line(), variable.type());
        long size = Math.max(variable.count(), 0) * type.bytes();
        Place place;
        if (kernelParameter) {
            place = new Place(Place.Space.PARAM, offset, size, type.bytes());
        } else if (variable.space().equals("shared")) {
            sharedBytes = align(sharedBytes, variable.alignment());
            place = new Place(Place.Space.SHARED, sharedBytes, size, type.bytes());
            sharedBytes += size;
        } else if (variable.space().equals("local") || variable.space().equals("param")) {
            Place bytes = slot(size);
            place = new Place(bytes.space(), bytes.offset(), size, type.bytes());
        } else {
            throw new PtxException(
                    PtxException.Kind.UNSUPPORTED_INSTRUCTION,
                    variable.line(),
                    "." + variable.space() + " " + variable.name(),
                    "a variable of this space inside a function");
        }
        if (!scope.declare(variable.name(), place)) {
            throw twice(variable.line(), variable.name());
        }
        return place;
    }

    private static PtxException twice(int line, String name) {
        return new PtxException(PtxException.Kind.INVALID, line, name, "a second declaration between the same braces");
    }

    /** Fresh bytes in the frame. */
    public Place slot(long size) {
        Place place = new Place(Place.Space.FRAME, frameBytes, size, 1);
        frameBytes = align(frameBytes + size, FRAME_ALIGNMENT);
        return place;
    }

    /** Bytes of a frame so far. */
    public long frameBytes() {
        return frameBytes;
    }

    /** Where the function's shared variables end. */
    public long sharedEnd() {
        return sharedBytes;
    }

    /** Registers made so far. */
    public int registers() {
        return registers;
    }

    /** The register of that name, or null. */
    public Value.@Nullable Register register(String name) {
        return scope.register(name, this::fresh);
    }

    /** The variable of that name, in the body or the module, or null. */
    public @Nullable Place place(String name) {
        @Nullable Place own = scope.place(name);
        return own != null ? own : module.place(name);
    }

    /** The type spelled so. */
    public static Type type(int line, String name) throws PtxException {
        Type type = Type.of(name);
        if (type == null || type == Type.B128) {
            throw new PtxException(
                    PtxException.Kind.UNSUPPORTED_INSTRUCTION, line, "." + name, "a type that is not supported");
        }
        return type;
    }

    /** The next multiple of a power of two. */
    public static long align(long offset, long alignment) {
        return (offset + alignment - 1) & -alignment;
    }
}
