package io.penstock.appliance.vcenter.registration;

import io.penstock.appliance.vcenter.ExtensionRecord;
import io.penstock.appliance.vcenter.Thumbprint;
import io.penstock.protocol.identity.Pem;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.TreeMap;

/** Penstock's extension record: one key for the life of the product, everything else by version and certificate. */
public final class PluginRecord {
    /** The key; vCenter wants it in lower case and never to change. */
    public static final String KEY = "io.penstock.vsphere";

    /** The task of letting a client VM in. */
    public static final String TASK_ENABLE = KEY + ".enableVm";

    /** The task of putting a VM out. */
    public static final String TASK_DISABLE = KEY + ".disableVm";

    /** The task of letting a GPU server VM in. */
    public static final String TASK_ENABLE_SERVER = KEY + ".enableServer";

    /** A client VM was let in. */
    public static final String EVENT_ENABLED = KEY + ".vm.enabled";

    /** A VM was put out. */
    public static final String EVENT_DISABLED = KEY + ".vm.disabled";

    /** A VM could not be let in. */
    public static final String EVENT_FAILED = KEY + ".vm.enableFailed";

    /** A GPU server VM was let in. */
    public static final String EVENT_SERVER = KEY + ".server.enabled";

    /** A GPU server fell silent. */
    public static final String EVENT_SERVER_LOST = KEY + ".server.lost";

    /** A GPU server was heard of again. */
    public static final String EVENT_SERVER_BACK = KEY + ".server.back";

    /** The fault of a task: no guest came in time. */
    public static final String FAULT_EXPIRED = KEY + ".fault.expired";

    /** The fault of a task: the offer was withdrawn. */
    public static final String FAULT_WITHDRAWN = KEY + ".fault.withdrawn";

    /** The fault of a task: the VM could not be let in, or somebody else answered. */
    public static final String FAULT_FAILED = KEY + ".fault.failed";

    /** What people may be granted, without the key in front; each guards something in the appliance's contract. */
    public static final List<String> PRIVILEGES = List.of("View", "ManagePool", "ManageServers", "ManageClients");

    private static final String MANIFEST = "/plugin.json";
    private static final String TEXTS = "texts_en.properties";

    private PluginRecord() {}

    /**
     * The record of an appliance.
     *
     * @param appliance its address, as vCenter reaches it
     * @param certificate what it presents there
     * @param version of this software; only its leading dotted numbers count
     */
    public static ExtensionRecord of(URI appliance, X509Certificate certificate, String version) {
        return new ExtensionRecord(
                KEY,
                dotted(version),
                "Penstock",
                "GPUs pooled in a few servers and piped to virtual machines that have none",
                "Penstock",
                appliance.resolve(MANIFEST).toString(),
                Pem.encodeCertificates(List.of(certificate)),
                Thumbprint.of(certificate),
                PRIVILEGES.stream().map(name -> KEY + "." + name).toList(),
                List.of(TASK_ENABLE, TASK_DISABLE, TASK_ENABLE_SERVER),
                List.of(
                        EVENT_ENABLED,
                        EVENT_DISABLED,
                        EVENT_FAILED,
                        EVENT_SERVER,
                        EVENT_SERVER_LOST,
                        EVENT_SERVER_BACK),
                List.of(FAULT_EXPIRED, FAULT_WITHDRAWN, FAULT_FAILED),
                texts());
    }

    /** A version as vCenter wants it: three dotted numbers. */
    static String dotted(String version) {
        String numbers = version.replaceFirst("[^0-9.].*$", "");
        String[] parts = numbers.split("\\.", -1);
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 3; i++) {
            text.append(i == 0 ? "" : ".").append(i < parts.length && !parts[i].isEmpty() ? parts[i] : "0");
        }
        return text.toString();
    }

    private static Map<String, String> texts() {
        try (InputStream file = PluginRecord.class.getResourceAsStream(TEXTS)) {
            Properties properties = new Properties();
            properties.load(new InputStreamReader(Objects.requireNonNull(file, TEXTS), StandardCharsets.UTF_8));
            Map<String, String> texts = new TreeMap<>();
            properties.forEach((key, text) -> texts.put(key.toString(), text.toString()));
            return texts;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
