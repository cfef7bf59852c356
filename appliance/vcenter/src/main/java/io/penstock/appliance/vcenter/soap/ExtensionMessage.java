package io.penstock.appliance.vcenter.soap;

import static io.penstock.appliance.vcenter.soap.Envelope.leaf;

import com.vmware.vim25.ManagedObjectReference;
import io.penstock.appliance.vcenter.ExtensionRecord;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;

/**
 * RegisterExtension and UpdateExtension written by hand: yavijava's Extension is of API 6.0 and cannot say the server's
 * certificate. Elements stand in the order of the API's schema.
 */
final class ExtensionMessage {
    private static final String LOCALE = "en";
    private static final String MODULE_TASK = "task";
    private static final String PLUGIN_TYPE = "vsphere-client-remote";
    private static final String SERVER_TYPE = "MANIFEST_SERVER";

    private final ExtensionRecord record;
    private final boolean withCertificate;

    ExtensionMessage(ExtensionRecord record, boolean withCertificate) {
        this.record = record;
        this.withCertificate = withCertificate;
    }

    String envelope(String method, ManagedObjectReference manager) {
        return Envelope.of(method, manager, this::extension);
    }

    private void extension(XMLStreamWriter xml) throws XMLStreamException {
        xml.writeStartElement("extension");
        description(xml);
        leaf(xml, "key", record.key());
        leaf(xml, "company", record.company());
        leaf(xml, "version", record.version());
        server(xml);
        client(xml);
        for (String task : record.tasks()) {
            id(xml, "taskList", "taskID", task);
        }
        for (String event : record.events()) {
            xml.writeStartElement("eventList");
            leaf(xml, "eventID", event);
            leaf(xml, "eventTypeSchema", eventSchema(event));
            xml.writeEndElement();
        }
        for (String fault : record.faults()) {
            id(xml, "faultList", "faultID", fault);
        }
        for (String privilege : record.privileges()) {
            xml.writeStartElement("privilegeList");
            leaf(xml, "privID", privilege);
            leaf(xml, "privGroupName", record.key());
            xml.writeEndElement();
        }
        for (String module : List.of(MODULE_TASK, "event", "auth", "fault")) {
            resources(xml, module);
        }
        leaf(
                xml,
                "lastHeartbeatTime",
                Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        leaf(xml, "shownInSolutionManager", "true");
        xml.writeEndElement();
    }

    private void description(XMLStreamWriter xml) throws XMLStreamException {
        xml.writeStartElement("description");
        leaf(xml, "label", record.label());
        leaf(xml, "summary", record.summary());
        xml.writeEndElement();
    }

    private void server(XMLStreamWriter xml) throws XMLStreamException {
        xml.writeStartElement("server");
        leaf(xml, "url", record.manifest());
        description(xml);
        leaf(xml, "company", record.company());
        leaf(xml, "type", SERVER_TYPE);
        leaf(xml, "adminEmail", "");
        leaf(xml, "serverThumbprint", record.thumbprint().toString());
        if (withCertificate) {
            leaf(xml, "serverCertificate", record.certificate());
        }
        xml.writeEndElement();
    }

    private void client(XMLStreamWriter xml) throws XMLStreamException {
        xml.writeStartElement("client");
        leaf(xml, "version", record.version());
        description(xml);
        leaf(xml, "company", record.company());
        leaf(xml, "type", PLUGIN_TYPE);
        leaf(xml, "url", record.manifest());
        xml.writeEndElement();
    }

    /** The schema without which the vSphere Client shows an event's id in place of its text. */
    private String eventSchema(String event) {
        String full = record.texts().getOrDefault(event + ".fullFormat", event);
        String label = record.texts().getOrDefault(event + ".description", event);
        return "<EventType><eventTypeID>" + event + "</eventTypeID><description>" + label + "</description><fullFormat>"
                + full + "</fullFormat></EventType>";
    }

    private void resources(XMLStreamWriter xml, String module) throws XMLStreamException {
        xml.writeStartElement("resourceList");
        leaf(xml, "locale", LOCALE);
        leaf(xml, "module", module);
        for (var text : record.texts().entrySet()) {
            if (module.equals(moduleOf(text.getKey()))) {
                xml.writeStartElement("data");
                leaf(xml, "key", text.getKey());
                leaf(xml, "value", text.getValue());
                xml.writeEndElement();
            }
        }
        xml.writeEndElement();
    }

    private String moduleOf(String key) {
        if (key.startsWith("privilege.")) {
            return "auth";
        }
        if (record.events().stream().anyMatch(event -> key.startsWith(event + "."))) {
            return "event";
        }
        return record.faults().stream().anyMatch(fault -> key.startsWith(fault + ".")) ? "fault" : MODULE_TASK;
    }

    private static void id(XMLStreamWriter xml, String element, String field, String id) throws XMLStreamException {
        xml.writeStartElement(element);
        leaf(xml, field, id);
        xml.writeEndElement();
    }
}
