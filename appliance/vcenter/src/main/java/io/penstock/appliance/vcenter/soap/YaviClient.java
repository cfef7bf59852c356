package io.penstock.appliance.vcenter.soap;

import com.vmware.vim25.ws.Argument;
import com.vmware.vim25.ws.Client;
import com.vmware.vim25.ws.XmlGen;
import io.penstock.appliance.vcenter.VcenterException;
import io.penstock.appliance.vcenter.VcenterException.Kind;
import io.penstock.appliance.vcenter.https.HttpsTransport.Reply;
import java.io.InputStream;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * What yavijava calls in place of its own client: its marshalling, our transport and our reader. Nothing of it is shared between
 * two connections, and the JVM's settings stay as they are.
 */
final class YaviClient implements Client {
    private static final String VERSION = "urn:vim25/";

    // what yavijava puts between a method name and its arguments
    private static final String NAMESPACE = " xmlns=\"urn:vim25\">";

    private static final String WAITING = "WaitForUpdatesEx";

    private final SoapTransport transport;
    private volatile String action = VERSION + "6.0";
    private final Duration patience;
    private volatile Duration wait = Duration.ZERO;

    YaviClient(SoapTransport transport, Duration patience) {
        this.transport = transport;
        this.patience = patience;
    }

    /** Speaks this version of the API from now on. */
    void speak(String apiVersion) {
        action = VERSION + apiVersion;
    }

    /** Expects a call that waits for changes to take this much longer than others. */
    void expectWaits(Duration longest) {
        wait = longest;
    }

    /** Sends a message of ours and answers the elements that came back, named {@code returnval}. */
    List<Element> send(String method, String message) {
        Duration limit = method.equals(WAITING) ? patience.plus(wait) : patience;
        Reply reply = transport.post(action, message, limit);
        String from = "vCenter " + transport.address() + " to " + method;
        if (!SoapTransport.isSoap(reply.status())) {
            throw new VcenterException(
                    Kind.BAD_ANSWER,
                    "vCenter " + transport.address() + " answered HTTP " + reply.status() + " to " + method);
        }
        Element body = Element.read(reply.body().getBytes(), from)
                .child("Body")
                .filter(found -> !found.children.isEmpty())
                .orElseThrow(() -> new VcenterException(Kind.BAD_ANSWER, "the answer of " + from + " is no SOAP"));
        Element first = body.children.getFirst();
        if (first.name.equals("Fault")) {
            throw Faults.of(first, method, transport.address().toString());
        }
        if (!first.name.equals(method + "Response")) {
            throw new VcenterException(Kind.BAD_ANSWER, "the answer of " + from + " is a " + first.name);
        }
        return first.children.stream()
                .filter(one -> one.name.equals("returnval"))
                .toList();
    }

    @Override
    public @Nullable Object invoke(String method, Argument[] arguments, @Nullable String returnType) {
        return TypedReader.read(send(method, marshall(method, arguments)), returnType);
    }

    @Override
    public String marshall(String method, Argument[] arguments) {
        return XmlGen.toXML(method, arguments, NAMESPACE);
    }

    @Override
    public String getVimNameSpace() {
        return NAMESPACE;
    }

    @Override
    public URL getBaseUrl() {
        try {
            return URI.create("https://" + transport.address().authority() + "/sdk")
                    .toURL();
        } catch (MalformedURLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public @Nullable String getCookie() {
        return transport.session();
    }

    // ---- what yavijava's own clients have and ours does not: asking for it is a mistake ----

    @Override
    public StringBuffer invokeAsString(String method, Argument[] arguments) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void setBaseUrl(URL url) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void setCookie(String cookie) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void setVimNameSpace(String namespace) {
        throw new UnsupportedOperationException();
    }

    @Override
    public int getConnectTimeout() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void setConnectTimeout(int milliseconds) {
        throw new UnsupportedOperationException();
    }

    @Override
    public int getReadTimeout() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void setReadTimeout(int milliseconds) {
        throw new UnsupportedOperationException();
    }

    @Override
    public TrustManager getTrustManager() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void setSoapActionOnApiVersion(String version) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Object unMarshall(String type, InputStream answer) {
        throw new UnsupportedOperationException();
    }

    @Override
    public StringBuffer readStream(InputStream answer) {
        throw new UnsupportedOperationException();
    }
}
