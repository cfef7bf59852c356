package io.penstock.appliance.vcenter.soap;

import com.vmware.vim25.ManagedObjectReference;
import java.io.StringWriter;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;

/**
 * Messages written by hand, where yavijava's data objects cannot say what is meant: fields newer than API 6.0, or nothing at all
 * about a number (it writes every primitive field, and a zero is an order too).
 */
final class Envelope {
    private static final String SOAP = "http://schemas.xmlsoap.org/soap/envelope/";
    private static final String VIM = "urn:vim25";
    private static final String XSI = "http://www.w3.org/2001/XMLSchema-instance";
    private static final String XSD = "http://www.w3.org/2001/XMLSchema";

    private Envelope() {}

    /** Writes the arguments of a call. */
    @FunctionalInterface
    interface Arguments {
        void write(XMLStreamWriter xml) throws XMLStreamException;
    }

    /** A call of an object. */
    static String of(String method, ManagedObjectReference self, Arguments arguments) {
        StringWriter text = new StringWriter();
        try {
            XMLStreamWriter xml = XMLOutputFactory.newDefaultFactory().createXMLStreamWriter(text);
            xml.writeStartDocument("UTF-8", "1.0");
            xml.writeStartElement("soapenv", "Envelope", SOAP);
            xml.writeNamespace("soapenv", SOAP);
            xml.writeNamespace("xsi", XSI);
            xml.writeNamespace("xsd", XSD);
            xml.writeStartElement("soapenv", "Body", SOAP);
            xml.writeStartElement(method);
            xml.writeDefaultNamespace(VIM);
            xml.writeStartElement("_this");
            xml.writeAttribute("type", self.type);
            xml.writeCharacters(self.val);
            xml.writeEndElement();
            arguments.write(xml);
            xml.writeEndElement();
            xml.writeEndElement();
            xml.writeEndElement();
            xml.writeEndDocument();
            xml.close();
            return text.toString();
        } catch (XMLStreamException e) {
            throw new IllegalStateException("text in memory can be written", e);
        }
    }

    /** Writes an element that holds a text. */
    static void leaf(XMLStreamWriter xml, String name, String value) throws XMLStreamException {
        xml.writeStartElement(name);
        xml.writeCharacters(value);
        xml.writeEndElement();
    }

    /** Writes an element of any type that holds a text. */
    static void text(XMLStreamWriter xml, String name, String value) throws XMLStreamException {
        xml.writeStartElement(name);
        xml.writeAttribute(XSI, "type", "xsd:string");
        xml.writeCharacters(value);
        xml.writeEndElement();
    }
}
