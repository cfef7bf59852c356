package io.penstock.appliance.vcenter.soap;

import io.netty.handler.codec.http.HttpResponseStatus;
import io.penstock.appliance.vcenter.Thumbprint;
import io.penstock.appliance.vcenter.VcenterAddress;
import io.penstock.appliance.vcenter.https.HttpsTransport;
import io.penstock.appliance.vcenter.https.HttpsTransport.Reply;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** SOAP messages to one vCenter, and the cookie of the session. Calls block the calling thread. Safe for all threads. */
final class SoapTransport implements AutoCloseable {
    private static final int ANSWER_BYTES_MAX = 32 << 20;
    private static final int STRANGER_BYTES_MAX = 1 << 20; // before it took a password or a ticket of ours
    private static final String SESSION = "vmware_soap_session";

    private final HttpsTransport https;
    private final AtomicReference<@Nullable String> session = new AtomicReference<>();
    private volatile int bytesMax = STRANGER_BYTES_MAX;

    SoapTransport(Vertx vertx, VcenterAddress address, Thumbprint thumbprint) {
        this.https = new HttpsTransport(vertx, address, thumbprint);
    }

    VcenterAddress address() {
        return https.address();
    }

    /** The session's cookie as the vCenter wrote it, quotes included, if there is a session. */
    @Nullable
    String session() {
        return session.get();
    }

    /** A session has begun: longer answers are expected from now on. */
    void expectMuch() {
        bytesMax = ANSWER_BYTES_MAX;
    }

    void forgetSession() {
        bytesMax = STRANGER_BYTES_MAX;
        session.set(null);
    }

    /** Posts a SOAP message. */
    Reply post(String action, String message, Duration patience) {
        RequestOptions request = new RequestOptions()
                .setMethod(HttpMethod.POST)
                .setURI("/sdk")
                .putHeader(HttpHeaders.CONTENT_TYPE, "text/xml; charset=utf-8")
                .putHeader("SOAPAction", "\"" + action + "\"");
        return exchange(request, Buffer.buffer(message), patience);
    }

    /** Posts JSON with headers of the caller's. */
    Reply postJson(String path, List<String> header, Buffer json, Duration patience) {
        RequestOptions request = new RequestOptions()
                .setMethod(HttpMethod.POST)
                .setURI(path)
                .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
                .putHeader(header.getFirst(), header.getLast());
        return exchange(request, json, patience);
    }

    private Reply exchange(RequestOptions request, Buffer body, Duration patience) {
        String cookie = session.get();
        if (cookie != null) {
            request.putHeader(HttpHeaders.COOKIE, SESSION + "=" + cookie);
        }
        Reply reply = https.exchange(request, body, bytesMax, patience);
        remember(reply.cookies());
        return reply;
    }

    private void remember(List<String> cookies) {
        for (String cookie : cookies) {
            if (cookie.startsWith(SESSION + "=")) {
                String value = cookie.substring(SESSION.length() + 1);
                int end = value.indexOf(';');
                String kept = (end < 0 ? value : value.substring(0, end)).strip();
                if (!kept.isEmpty() && kept.length() <= 256) {
                    session.set(kept);
                }
            }
        }
    }

    /** Whether a status is one that SOAP uses. */
    static boolean isSoap(int status) {
        return status == HttpResponseStatus.OK.code() || status == HttpResponseStatus.INTERNAL_SERVER_ERROR.code();
    }

    @Override
    public void close() {
        https.close();
    }
}
