package io.penstock.gpuserver.software.ptx.check;

import io.penstock.gpuserver.software.ptx.PtxException;
import io.penstock.gpuserver.software.ptx.PtxGlobal;
import io.penstock.gpuserver.software.ptx.syntax.Function;
import io.penstock.gpuserver.software.ptx.syntax.Unit;
import io.penstock.gpuserver.software.ptx.syntax.Variable;
import io.penstock.gpuserver.software.ptx.syntax.Widths;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Numbers the definitions of several texts and joins the names they share. */
public final class Linker {
    private final Map<String, Place> places = new HashMap<>();
    private final Map<String, Integer> functionNumbers = new HashMap<>();
    private final List<LinkedModule.Defined> functions = new ArrayList<>();
    private final List<LinkedModule.Global> globals = new ArrayList<>();
    private final List<Place> constants = new ArrayList<>();
    /** Names with a definition that a weak one gives way to. */
    private final Set<String> strong = new HashSet<>();

    private long sharedBytes;

    private Linker() {}

    /** Links the texts in order; a strong definition counts wherever it stands, else the first of the weak ones. */
    public static LinkedModule link(List<Unit> texts) throws PtxException {
        List<Unit> units = texts.stream().map(SharedUse::settle).toList();
        Linker linker = new Linker();
        List<ModuleSymbols> symbols = new ArrayList<>();
        units.forEach(linker::noteStrong);
        for (Unit unit : units) {
            symbols.add(linker.define(unit));
        }
        long dynamic = linker.dynamicSharedStart();
        for (int i = 0; i < units.size(); i++) {
            linker.defineDynamicShared(units.get(i), symbols.get(i), dynamic);
            defineAliases(units.get(i), symbols.get(i));
        }
        return new LinkedModule(
                List.copyOf(linker.functions), List.copyOf(linker.globals), linker.sharedBytes, dynamic);
    }

    private void noteStrong(Unit unit) {
        for (Variable variable : unit.variables()) {
            if (variable.linkage() == Variable.Linkage.VISIBLE) {
                strong.add(variable.name());
            }
        }
        for (Function function : unit.functions()) {
            if (function.body() != null && function.linkage() == Variable.Linkage.VISIBLE) {
                strong.add(function.name());
            }
        }
    }

    private static boolean isWeak(Variable.Linkage linkage) {
        return linkage == Variable.Linkage.WEAK || linkage == Variable.Linkage.COMMON;
    }

    private ModuleSymbols define(Unit unit) throws PtxException {
        ModuleSymbols symbols = new ModuleSymbols(places, functionNumbers, constants);
        for (Variable variable : unit.variables()) {
            define(variable, symbols);
        }
        for (Function function : unit.functions()) {
            if (function.body() != null) {
                define(function, symbols, unit.target());
            }
        }
        return symbols;
    }

    private void define(Function function, ModuleSymbols symbols, int target) throws PtxException {
        boolean visible = function.linkage() != Variable.Linkage.LOCAL || function.entry();
        if (isWeak(function.linkage()) && strong.contains(function.name())) {
            return;
        }
        if (!visible && symbols.defines(function.name())) {
            throw duplicate(function.line(), function.name());
        }
        if (visible && functionNumbers.containsKey(function.name())) {
            if (isWeak(function.linkage())) {
                return;
            }
            throw duplicate(function.line(), function.name());
        }
        symbols.defineFunction(function.name(), functions.size(), visible);
        functions.add(new LinkedModule.Defined(function, symbols, target));
    }

    private void define(Variable variable, ModuleSymbols symbols) throws PtxException {
        if (variable.linkage() == Variable.Linkage.EXTERN) {
            return;
        }
        boolean visible = variable.linkage() != Variable.Linkage.LOCAL;
        if (isWeak(variable.linkage()) && strong.contains(variable.name())) {
            return;
        }
        if (!visible && symbols.defines(variable.name())) {
            throw duplicate(variable.line(), variable.name());
        }
        @Nullable Place known = visible ? places.get(variable.name()) : null;
        if (known != null) {
            if (isWeak(variable.linkage())) {
                return;
            }
            throw duplicate(variable.line(), variable.name());
        }
        int element = Symbols.type(variable.line(), variable.type()).bytes();
        long size = variable.count() * element;
        if (variable.space().equals("shared")) {
            sharedBytes = Symbols.align(sharedBytes, variable.alignment());
            symbols.define(variable.name(), new Place(Place.Space.SHARED, sharedBytes, size, element), visible);
            sharedBytes += size;
            return;
        }
        PtxGlobal.Space space = switch (variable.space()) {
            case "global" -> PtxGlobal.Space.GLOBAL;
            case "const" -> PtxGlobal.Space.CONST;
            default ->
                throw new PtxException(
                        PtxException.Kind.UNSUPPORTED_INSTRUCTION,
                        variable.line(),
                        "." + variable.space() + " " + variable.name(),
                        "a variable of this space");
        };
        Place place = new Place(Place.Space.GLOBAL, globals.size(), size, element);
        symbols.define(variable.name(), place, visible);
        if (space == PtxGlobal.Space.CONST) {
            constants.add(place);
        }
        globals.add(new LinkedModule.Global(
                new PtxGlobal(variable.name(), space, Math.max(1, size), variable.alignment(), visible),
                variable,
                symbols));
    }

    /**
     * Where {@code extern .shared} begins: one offset for the whole module, behind the static variables of its greediest
     * kernel, because a function may be called from kernels that declare different amounts.
     */
    private long dynamicSharedStart() {
        long called = 0;
        long greediest = 0;
        for (LinkedModule.Defined defined : functions) {
            long bytes = SharedBytes.upperBound(defined.function());
            if (defined.function().entry()) {
                greediest = Math.max(greediest, bytes);
            } else {
                called += bytes;
            }
        }
        return Symbols.align(sharedBytes + called + greediest, 128);
    }

    private void defineDynamicShared(Unit unit, ModuleSymbols symbols, long start) {
        for (Variable variable : unit.variables()) {
            if (variable.linkage() == Variable.Linkage.EXTERN
                    && variable.space().equals("shared")
                    && symbols.place(variable.name()) == null) {
                int element = Widths.bytes(variable.type());
                symbols.define(variable.name(), new Place(Place.Space.SHARED, start, 0, element), false);
            }
        }
    }

    private static void defineAliases(Unit unit, ModuleSymbols symbols) {
        for (int i = 0; i < unit.aliases().size(); i += 2) {
            @Nullable Integer aliased = symbols.function(unit.aliases().get(i + 1));
            if (aliased != null) {
                symbols.defineFunction(unit.aliases().get(i), aliased, true);
            }
        }
    }

    private static PtxException duplicate(int line, String name) {
        return new PtxException(PtxException.Kind.INVALID, line, "", "a second definition of " + name);
    }
}
