package io.penstock.generator;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The whole description, as read.
 *
 * @param calls in the order of their numbers
 * @param aliases symbols that are another call under a second name
 * @param handleKinds in the order of their numbers, from 1
 * @param structs by name, in file order
 * @param enums values of each enumeration by name; "constants" are of none
 * @param enumAliases second names of enumerations
 * @param limits by name, in file order
 * @param frames control frames by name, in the order of their numbers
 * @param entryPoints rows of the cuGetProcAddress table
 * @param errors result codes, ascending
 * @param cudaSymbols exports of libcuda.so.1
 * @param nvmlSymbols exports of libnvidia-ml.so.1
 */
record Spec(
        List<Call> calls,
        List<Alias> aliases,
        List<String> handleKinds,
        Map<String, Struct> structs,
        Map<String, Map<String, Integer>> enums,
        Map<String, String> enumAliases,
        Map<String, Limit> limits,
        Map<String, Frame> frames,
        List<EntryPoint> entryPoints,
        List<ErrorText> errors,
        List<String> cudaSymbols,
        List<String> nvmlSymbols) {

    /** C types that are pointers under a name of their own, besides the handles. */
    private static final Set<String> CALLBACKS =
            Set.of("CUasyncCallback", "CUhostFn", "CUlogsCallback", "CUoccupancyB2DSize", "CUstreamCallback");

    /** The C type of each handle kind, where it is not CU and the kind. */
    private static final Map<String, String> HANDLE_TYPES = Map.ofEntries(
            Map.entry("graphnode", "CUgraphNode"),
            Map.entry("graphexec", "CUgraphExec"),
            Map.entry("mipmappedarray", "CUmipmappedArray"),
            Map.entry("mempool", "CUmemoryPool"),
            Map.entry("memory", "CUmemGenericAllocationHandle"),
            Map.entry("link", "CUlinkState"),
            Map.entry("userobject", "CUuserObject"),
            Map.entry("greencontext", "CUgreenCtx"),
            Map.entry("devresource", "CUdevResourceDesc"),
            Map.entry("graphdevicenode", "CUgraphDeviceNode"));

    /** Handles that no call of ours passes on: they occur in refused calls only. */
    private static final Set<String> OTHER_POINTERS = Set.of(
            "CUexternalMemory",
            "CUexternalSemaphore",
            "CUgraphicsResource",
            "CUasyncCallbackHandle",
            "CUlogsCallbackHandle",
            "CUgraphConditionalHandle",
            "CUlogIterator");

    /**
     * A second name of a call.
     *
     * @param name the symbol
     * @param call the call it stands for
     * @param perThread its NULL stream is the per-thread default stream
     * @param family the file that describes it
     */
    record Alias(String name, String call, boolean perThread, String family) {}

    /** A control frame; a sequenced one takes a sequence number. */
    record Frame(int number, boolean sequenced) {}

    /** A bound of the protocol. */
    record Limit(long value, String why) {}

    /** From this CUDA version upward, this symbol; "E0/2" is: not yet in this version. */
    record EntryPoint(String base, int flags, int fromVersion, String symbol) {}

    /** What cuGetErrorName and cuGetErrorString answer. */
    record ErrorText(int code, String name, String text) {}

    /** SHA-256 over everything that both ends must read alike; comments and reasons do not count. */
    byte[] hash() {
        StringBuilder text = new StringBuilder();
        calls.forEach(call -> text.append(call.canonical()).append('\n'));
        text.append(handleKinds).append('\n').append(frames).append('\n');
        structs.values().forEach(struct -> text.append(struct).append('\n'));
        limits.forEach((name, limit) ->
                text.append(name).append(' ').append(limit.value()).append('\n'));
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.toString().getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException missing) {
            throw new IllegalStateException(missing);
        }
    }

    Call call(String name) {
        return calls.stream()
                .filter(call -> call.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new SpecException("no call " + name));
    }

    /** The layout of a struct that the description names. */
    Struct struct(String name) {
        Struct struct = structs.get(name);
        if (struct == null) {
            throw new SpecException("no struct " + name);
        }
        return struct;
    }

    String handleType(String kind) {
        return HANDLE_TYPES.getOrDefault(kind, "CU" + kind);
    }

    /** Types that are one address or 64-bit handle in C although they end with no asterisk. */
    Set<String> pointerTypes() {
        Set<String> types = new HashSet<>(CALLBACKS);
        types.addAll(OTHER_POINTERS);
        handleKinds.forEach(kind -> types.add(handleType(kind)));
        return types;
    }

    static Set<String> callbackTypes() {
        return CALLBACKS;
    }

    static Set<String> otherPointerTypes() {
        return OTHER_POINTERS;
    }
}
