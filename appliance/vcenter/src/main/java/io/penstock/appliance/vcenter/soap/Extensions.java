package io.penstock.appliance.vcenter.soap;

import com.vmware.vim25.ManagedObjectReference;
import com.vmware.vim25.VimPortType;
import com.vmware.vim25.ws.Argument;
import io.penstock.appliance.vcenter.About;
import io.penstock.appliance.vcenter.ExtensionRecord;
import io.penstock.appliance.vcenter.Node;
import io.penstock.appliance.vcenter.VcenterException;
import io.penstock.appliance.vcenter.VcenterException.Kind;
import java.util.List;
import java.util.Optional;

/** The extension records of a vCenter. */
public final class Extensions {
    /** Since this version a record may hold its server's certificate (ExtensionServerInfo.serverCertificate). */
    private static final String CERTIFICATE_SINCE = "8.0.2.0";

    private final YaviClient client;
    private final VimPortType port;
    private final ManagedObjectReference manager;
    private final About about;

    Extensions(YaviClient client, VimPortType port, ManagedObjectReference manager, About about) {
        this.client = client;
        this.port = port;
        this.manager = manager;
        this.about = about;
    }

    /** The record with this key, as the vCenter tells it. */
    public Optional<Node> find(String key) {
        Argument[] arguments = {
            new Argument("_this", "ManagedObjectReference", manager), new Argument("extensionKey", "String", key)
        };
        List<Element> answer = client.send("FindExtension", client.marshall("FindExtension", arguments));
        return answer.isEmpty() || !(answer.getFirst().value() instanceof Node node)
                ? Optional.empty()
                : Optional.of(node);
    }

    /** Whether a vCenter of this version keeps the certificate itself. */
    public boolean keepsCertificate() {
        return about.atLeast(CERTIFICATE_SINCE);
    }

    /** Registers a record whose key is new. */
    public void register(ExtensionRecord record) {
        client.send("RegisterExtension", message("RegisterExtension", record));
    }

    /** Replaces the record of the same key. */
    public void update(ExtensionRecord record) {
        client.send("UpdateExtension", message("UpdateExtension", record));
    }

    /** Takes a record away; one that is not there is no error. */
    public void unregister(String key) {
        try {
            Yavi.tell(() -> port.unregisterExtension(manager, key));
        } catch (VcenterException e) {
            if (e.kind() != Kind.NOT_FOUND) {
                throw e;
            }
        }
    }

    private String message(String method, ExtensionRecord record) {
        return new ExtensionMessage(record, keepsCertificate()).envelope(method, manager);
    }
}
