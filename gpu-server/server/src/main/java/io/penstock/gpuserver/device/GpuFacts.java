package io.penstock.gpuserver.device;

import io.penstock.gpuserver.driver.NvLink;
import java.util.List;
import java.util.Map;

/**
 * What there is to know of one GPU beside its report, by the keys of protocol.md section 4.1.
 *
 * @param values of the GPU itself
 * @param towards for each GPU of this server, by its index, what lies between it and this one
 * @param linkCount NVLinks, active or not
 * @param links those that are active
 */
public record GpuFacts(
        Map<String, String> values, List<Map<String, String>> towards, int linkCount, List<NvLink> links) {
    /** Nothing is known. */
    public static final GpuFacts NONE = new GpuFacts(Map.of(), List.of(), 0, List.of());
}
