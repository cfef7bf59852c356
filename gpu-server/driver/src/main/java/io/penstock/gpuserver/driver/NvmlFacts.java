package io.penstock.gpuserver.driver;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * What NVML tells of one device for its holder to see: what it is, read once; what changes rarely or is slow to read, every
 * {@link #SELDOM_NANOS}; how it fares, each time. Any thread, one at a time.
 */
public final class NvmlFacts {
    static final long SELDOM_NANOS = 5_000_000_000L;

    private static final String MEMORY_CLOCKS = "clocks.memory";
    private static final int P2P_CAPABILITIES = 5;

    private final NvmlLibrary nvml;
    private final int index;
    private final LongSupplier nanoTime;
    private final Map<String, String> lasting = new HashMap<>(); // this
    private final Map<String, String> slow = new HashMap<>(); // this
    private final List<Map<String, String>> towards = new ArrayList<>(); // this
    private NvLink.All links = new NvLink.All(0, List.of()); // this
    private boolean known; // this
    private boolean slowKnown; // this
    private long slowRead; // this

    /**
     * A device as it is now.
     *
     * @param values by key
     * @param towards for each device of the machine, by index, what lies between it and this one
     * @param links its NVLinks
     */
    public record Reading(Map<String, String> values, List<Map<String, String>> towards, NvLink.All links) {}

    /**
     * @param nvml initialised
     * @param index of the device
     * @param nanoTime the clock
     */
    public NvmlFacts(NvmlLibrary nvml, int index, LongSupplier nanoTime) {
        this.nvml = nvml;
        this.index = index;
        this.nanoTime = nanoTime;
    }

    /** The device's index, which may be another one's after a device is lost. */
    public int index() {
        return index;
    }

    /** Looks; takes milliseconds. Nothing when the device is gone. */
    public synchronized Reading read() {
        Map<String, String> values = new HashMap<>();
        try (Scratch scratch = new Scratch()) {
            long handle = scratch.room(Long.BYTES);
            if (nvml.nvmlDeviceGetHandleByIndex_v2(index, handle) != NvmlLibrary.SUCCESS) {
                return new Reading(values, List.of(), new NvLink.All(0, List.of()));
            }
            long device = NativeMemory.getLong(handle);
            readLasting(device);
            readSlow(device);
            values.putAll(lasting);
            values.putAll(slow);
            ask(NvmlQuestions.always(), device, values);
            NvmlFields.ask(nvml, device, NvmlFields.ALWAYS, values);
        }
        return new Reading(values, List.copyOf(towards), links);
    }

    private void ask(List<NvmlQuestion> questions, long device, Map<String, String> into) {
        questions.forEach(question -> question.ask(nvml, device, into));
    }

    private void readLasting(long device) {
        if (known) {
            return;
        }
        known = true;
        ask(NvmlQuestions.once(), device, lasting);
        for (String clock : lasting.getOrDefault(MEMORY_CLOCKS, "").split(" ", -1)) {
            if (!clock.isEmpty()) {
                NvmlQuestions.graphicsClocks(Integer.parseInt(clock)).ask(nvml, device, lasting);
            }
        }
        readTowards(device);
    }

    private void readSlow(long device) {
        long now = nanoTime.getAsLong();
        if (!slowKnown || now - slowRead >= SELDOM_NANOS) {
            slow.clear();
            slowKnown = true;
            slowRead = now;
            ask(NvmlQuestions.seldom(), device, slow);
            NvmlFields.ask(nvml, device, NvmlFields.SELDOM, slow);
            links = NvLink.read(nvml, device);
        }
    }

    private void readTowards(long device) {
        try (Scratch scratch = new Scratch()) {
            long out = scratch.room(Long.BYTES);
            int count = nvml.nvmlDeviceGetCount_v2(out) == NvmlLibrary.SUCCESS ? NativeMemory.getInt(out) : 0;
            for (int other = 0; other < count; other++) {
                Map<String, String> between = new HashMap<>();
                if (nvml.nvmlDeviceGetHandleByIndex_v2(other, out) == NvmlLibrary.SUCCESS) {
                    readBetween(device, NativeMemory.getLong(out), out, between);
                }
                towards.add(between);
            }
        }
    }

    private void readBetween(long device, long other, long out, Map<String, String> into) {
        putIf(nvml.call("nvmlDeviceGetTopologyCommonAncestor", device, other, out), "topology", out, into);
        putIf(nvml.call("nvmlDeviceOnSameBoard", device, other, out), "board", out, into);
        for (int capability = 0; capability < P2P_CAPABILITIES; capability++) {
            int result = nvml.call("nvmlDeviceGetP2PStatus", device, other, capability, out);
            putIf(result, "p2p." + capability, out, into);
        }
    }

    private static void putIf(int result, String key, long out, Map<String, String> into) {
        if (result == NvmlLibrary.SUCCESS) {
            into.put(key, String.valueOf(NativeMemory.getInt(out)));
        }
    }
}
