package io.penstock.gpuserver.software.ptx.check;

import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What one text sees of the linked module: its own names and the visible ones of all texts. */
public final class ModuleSymbols {
    private final Map<String, Place> sharedPlaces;
    private final Map<String, Integer> sharedFunctions;
    private final List<Place> constants;
    private final Map<String, Place> places = new HashMap<>();
    private final Map<String, Integer> functions = new HashMap<>();

    ModuleSymbols(Map<String, Place> sharedPlaces, Map<String, Integer> sharedFunctions, List<Place> constants) {
        this.constants = constants;
        this.sharedPlaces = sharedPlaces;
        this.sharedFunctions = sharedFunctions;
    }

    void define(String name, Place place, boolean visible) {
        (visible ? sharedPlaces : places).put(name, place);
    }

    void defineFunction(String name, int number, boolean visible) {
        (visible ? sharedFunctions : functions).put(name, number);
    }

    /** Whether the text itself defines something of that name that no other text sees. */
    boolean defines(String name) {
        return places.containsKey(name) || functions.containsKey(name);
    }

    /** Where the module's variable is, or null. */
    public @Nullable Place place(String name) {
        @Nullable Place own = places.get(name);
        return own != null ? own : sharedPlaces.get(name);
    }

    /** The {@code .const} variables of all texts. */
    public List<Place> constants() {
        return Collections.unmodifiableList(constants);
    }

    /** The function's number in the module, or null where no text defines it. */
    public @Nullable Integer function(String name) {
        @Nullable Integer own = functions.get(name);
        return own != null ? own : sharedFunctions.get(name);
    }
}
