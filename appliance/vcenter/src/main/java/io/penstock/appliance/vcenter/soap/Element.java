package io.penstock.appliance.vcenter.soap;

import io.penstock.appliance.vcenter.Node;
import io.penstock.appliance.vcenter.ObjectRef;
import io.penstock.appliance.vcenter.VcenterException;
import io.penstock.appliance.vcenter.VcenterException.Kind;
import java.io.ByteArrayInputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.jspecify.annotations.Nullable;

/**
 * An element of an answer, read in one pass: no document type, no entities, bounded depth and number. Prefixes are dropped; names are
 * enough in SOAP's body.
 */
final class Element {
    private static final int DEPTH_MAX = 128;
    private static final int NODES_MAX = 500_000; // some 100 MB
    private static final String INSTANCE = "http://www.w3.org/2001/XMLSchema-instance";
    private static final XMLInputFactory FACTORY = factory();

    final String name;
    final @Nullable String xsiType; // without its prefix
    final @Nullable String reference; // the attribute "type" of a managed object's reference
    final List<Element> children = new ArrayList<>(0);
    private String text = "";

    private Element(String name, @Nullable String xsiType, @Nullable String reference) {
        this.name = name;
        this.xsiType = xsiType;
        this.reference = reference;
    }

    private static XMLInputFactory factory() {
        XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        factory.setProperty(XMLInputFactory.IS_REPLACING_ENTITY_REFERENCES, true);
        factory.setProperty(XMLInputFactory.IS_COALESCING, true);
        return factory;
    }

    /**
     * Reads a document.
     *
     * @throws VcenterException when it is none, ends early, or is nested too deeply
     */
    static Element read(byte[] document, String from) {
        try {
            XMLStreamReader reader = FACTORY.createXMLStreamReader(new ByteArrayInputStream(document));
            while (reader.next() != XMLStreamConstants.START_ELEMENT) {
                if (reader.getEventType() == XMLStreamConstants.DTD) {
                    throw bad(from, "it has a document type");
                }
            }
            return element(reader, from);
        } catch (XMLStreamException e) {
            throw bad(from, "it is no complete XML: " + e.getMessage());
        }
    }

    private static Element element(XMLStreamReader reader, String from) throws XMLStreamException {
        List<Element> open = new ArrayList<>();
        open.add(start(reader));
        StringBuilder text = new StringBuilder();
        int nodes = 1;
        while (true) {
            switch (reader.next()) {
                case XMLStreamConstants.START_ELEMENT -> {
                    if (open.size() >= DEPTH_MAX) {
                        throw bad(from, "its elements are nested more than " + DEPTH_MAX + " deep");
                    }
                    if (++nodes > NODES_MAX) {
                        throw bad(from, "it has more than " + NODES_MAX + " elements");
                    }
                    Element child = start(reader);
                    open.getLast().children.add(child);
                    open.add(child);
                    text.setLength(0);
                }
                case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA -> text.append(reader.getText());
                case XMLStreamConstants.END_ELEMENT -> {
                    Element done = open.removeLast();
                    if (done.children.isEmpty()) {
                        done.text = text.toString();
                    }
                    text.setLength(0);
                    if (open.isEmpty()) {
                        return done;
                    }
                }
                default -> {
                    // comments and the like
                }
            }
        }
    }

    private static Element start(XMLStreamReader reader) {
        String type = null;
        String reference = null;
        for (int i = 0; i < reader.getAttributeCount(); i++) {
            if (reader.getAttributeLocalName(i).equals("type")) {
                if (INSTANCE.equals(reader.getAttributeNamespace(i))) {
                    type = reader.getAttributeValue(i);
                } else {
                    reference = reader.getAttributeValue(i);
                }
            }
        }
        return new Element(
                reader.getLocalName(), type == null ? null : type.substring(type.indexOf(':') + 1), reference);
    }

    private static VcenterException bad(String from, String why) {
        return new VcenterException(Kind.BAD_ANSWER, "the answer of " + from + " cannot be read: " + why);
    }

    /** The text of an element without children. */
    String text() {
        return text;
    }

    /** The first child of this name. */
    Optional<Element> child(String wanted) {
        return children.stream().filter(one -> one.name.equals(wanted)).findFirst();
    }

    /** What it says, in types of our own; see {@link Node}. */
    Object value() {
        if (xsiType != null && xsiType.startsWith("ArrayOf")) {
            return children.stream().map(Element::value).toList();
        }
        if (children.isEmpty()) {
            return leaf();
        }
        Map<String, Object> fields = new LinkedHashMap<>();
        for (Element child : children) {
            fields.merge(child.name, child.value(), Element::both);
        }
        return new Node(xsiType == null ? name : xsiType, fields);
    }

    private Object leaf() {
        if (reference != null) {
            // such as a session's own filter, whose id has brackets: nothing that anybody calls
            String id = text.strip();
            return ObjectRef.isOne(reference, id) ? new ObjectRef(reference, id) : id;
        }
        return switch (xsiType) {
            case "boolean" -> text.strip().equals("true") || text.strip().equals("1");
            case "int", "long", "short", "byte", "integer" -> number();
            // a data object of which every field is unset
            case String type when text.isBlank() && Character.isUpperCase(type.charAt(0)) -> new Node(type, Map.of());
            case null, default -> text;
        };
    }

    private Object number() {
        try {
            return Long.parseLong(text.strip());
        } catch (NumberFormatException e) {
            return text;
        }
    }

    private static Object both(Object first, Object second) {
        // a repeated field; what it repeats is never itself a list, because data objects have no lists of lists
        List<Object> all = new ArrayList<>(first instanceof List<?> list ? list : List.of(first));
        all.add(second);
        return all;
    }
}
