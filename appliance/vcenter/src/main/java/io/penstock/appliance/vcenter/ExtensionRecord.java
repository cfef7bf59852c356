package io.penstock.appliance.vcenter;

import java.util.List;
import java.util.Map;

/**
 * What a vCenter is told of a remote plug-in and its server.
 *
 * @param key reverse DNS, lower case, for ever the same
 * @param version dotted numbers; vCenter reads the record anew when it changes
 * @param manifest the URL of {@code plugin.json}
 * @param certificate of the server that the URL names, as PEM
 * @param thumbprint of the same
 * @param privileges ids; their group is the key
 * @param tasks ids of task types
 * @param events ids of event types
 * @param faults ids of faults
 * @param texts what people read, by key, such as {@code <task id>.label}
 */
public record ExtensionRecord(
        String key,
        String version,
        String label,
        String summary,
        String company,
        String manifest,
        String certificate,
        Thumbprint thumbprint,
        List<String> privileges,
        List<String> tasks,
        List<String> events,
        List<String> faults,
        Map<String, String> texts) {}
