package io.penstock.appliance.vcenter.soap;

import io.penstock.appliance.vcenter.Node;
import io.penstock.appliance.vcenter.ObjectRef;
import io.penstock.appliance.vcenter.VcenterException;
import io.penstock.appliance.vcenter.VcenterException.Kind;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the appliance reads and writes of virtual machines: their extra configuration, where guestinfo stands. */
public final class Machines {
    private static final Duration TASK_MAX = Duration.ofSeconds(60);
    private static final Duration LOOK_EVERY = Duration.ofMillis(200);

    private static final String RECONFIGURE = "ReconfigVM_Task";

    private final VimConnection connection;
    private final YaviClient client;

    Machines(VimConnection connection, YaviClient client) {
        this.connection = connection;
        this.client = client;
    }

    /** The extra configuration of a VM. */
    public Map<String, String> extraConfig(ObjectRef machine) {
        Map<String, String> values = new LinkedHashMap<>();
        Object list = connection
                .properties()
                .of(machine, List.of("config.extraConfig"))
                .get("config.extraConfig");
        for (Node option : Node.nodes(list)) {
            option.text("key")
                    .ifPresent(key -> values.put(key, option.text("value").orElse("")));
        }
        return values;
    }

    /** Sets keys of a VM's extra configuration, running or not; an empty value takes the key away. Waits until it is done. */
    public void setExtraConfig(ObjectRef machine, Map<String, String> values) {
        String message = Envelope.of(RECONFIGURE, Yavi.theirs(machine), xml -> {
            xml.writeStartElement("spec");
            for (Map.Entry<String, String> entry : values.entrySet()) {
                xml.writeStartElement("extraConfig");
                Envelope.leaf(xml, "key", entry.getKey());
                Envelope.text(xml, "value", entry.getValue());
                xml.writeEndElement();
            }
            xml.writeEndElement();
        });
        Element task = client.send(RECONFIGURE, message).getFirst();
        await((ObjectRef) task.value(), "the change of " + machine);
    }

    private void await(ObjectRef task, String what) {
        Instant until = Instant.now().plus(TASK_MAX);
        while (true) {
            Map<String, Object> info = connection.properties().of(task, List.of("info.state", "info.error"));
            String state = String.valueOf(info.get("info.state"));
            if (state.equals("success")) {
                return;
            }
            if (state.equals("error")) {
                throw failed(what, info.get("info.error") instanceof Node node ? node : null);
            }
            if (Instant.now().isAfter(until)) {
                throw new VcenterException(
                        Kind.UNREACHABLE, what + " is not done after " + TASK_MAX.toSeconds() + " s: " + state);
            }
            try {
                Thread.sleep(LOOK_EVERY);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new VcenterException(Kind.UNREACHABLE, what + " was given up", e);
            }
        }
    }

    private static VcenterException failed(String what, @Nullable Node error) {
        String type = error == null ? "" : error.node("fault").map(Node::type).orElse("");
        String said = error == null ? "" : error.text("localizedMessage").orElse("");
        return VcenterException.ofFault(Faults.kind(type), type, what + " failed: " + (said.isEmpty() ? type : said));
    }
}
