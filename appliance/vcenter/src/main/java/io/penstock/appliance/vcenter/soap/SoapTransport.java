package io.penstock.appliance.vcenter.soap;

import io.netty.handler.codec.http.HttpResponseStatus;
import io.penstock.appliance.vcenter.Thumbprint;
import io.penstock.appliance.vcenter.VcenterAddress;
import io.penstock.appliance.vcenter.VcenterException;
import io.penstock.appliance.vcenter.VcenterException.Kind;
import io.penstock.protocol.identity.TlsOptions;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.TrustOptions;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * HTTPS to one vCenter: a TLS configuration and a connection pool of its own, so that nothing is shared with another vCenter or
 * with the rest of the process. Calls block the calling thread, never an event loop. Safe for all threads.
 */
final class SoapTransport implements AutoCloseable {
    private static final Duration CONNECT_MAX = Duration.ofSeconds(10);
    private static final Duration SETTLE = Duration.ofSeconds(2);
    private static final int ANSWER_BYTES_MAX = 256 << 20;
    private static final int CONNECTIONS_MAX = 8;
    private static final int IDLE_SECONDS_MAX = 60;
    private static final Set<String> PROTOCOLS = Set.of("TLSv1.2", "TLSv1.3");
    private static final String SESSION = "vmware_soap_session";

    private final VcenterAddress address;
    private final Pin pin;
    private final HttpClient http;
    private final Context context;
    private final AtomicReference<@Nullable String> session = new AtomicReference<>();

    SoapTransport(Vertx vertx, VcenterAddress address, Thumbprint thumbprint) {
        this.address = address;
        this.pin = new Pin(address, thumbprint);
        this.context = vertx.getOrCreateContext();
        HttpClientOptions options = new HttpClientOptions()
                .setSsl(true)
                .setVerifyHost(false) // the pin looks at the names itself
                .setTrustOptions(TrustOptions.wrap(pin))
                .setSslEngineOptions(TlsOptions.engine())
                .setEnabledSecureTransportProtocols(PROTOCOLS)
                .setProtocolVersion(HttpVersion.HTTP_1_1)
                .setDefaultHost(address.host())
                .setDefaultPort(address.port())
                .setConnectTimeout((int) CONNECT_MAX.toMillis())
                .setKeepAliveTimeout(IDLE_SECONDS_MAX)
                .setDecompressionSupported(true);
        this.http = vertx.createHttpClient(options, new PoolOptions().setHttp1MaxSize(CONNECTIONS_MAX));
    }

    VcenterAddress address() {
        return address;
    }

    /** The session's key, which is its cookie, if there is a session. */
    @Nullable
    String session() {
        return session.get();
    }

    void forgetSession() {
        session.set(null);
    }

    /** An answer. */
    record Reply(int status, Buffer body) {}

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
        String key = session.get();
        if (key != null) {
            request.putHeader(HttpHeaders.COOKIE, SESSION + "=" + key);
        }
        request.setTimeout(patience.toMillis());
        Promise<Reply> reply = Promise.promise();
        // on one event loop from beginning to end: an answer must not go by before somebody listens
        context.runOnContext(go -> Future.succeededFuture(request)
                .compose(http::request) // in here, because a client that was closed throws
                .compose(sent -> sent.send(body))
                .compose(response -> {
                    remember(response.cookies());
                    BoundedBody answer = new BoundedBody(response, ANSWER_BYTES_MAX);
                    return answer.whole().map(whole -> new Reply(response.statusCode(), whole));
                })
                .onComplete(reply));
        return await(reply.future(), patience);
    }

    private void remember(List<String> cookies) {
        for (String cookie : cookies) {
            if (cookie.startsWith(SESSION + "=")) {
                String value = cookie.substring(SESSION.length() + 1);
                int end = value.indexOf(';');
                String key = (end < 0 ? value : value.substring(0, end)).strip();
                if (!key.isEmpty() && key.length() <= 256) {
                    session.set(key);
                }
            }
        }
    }

    private Reply await(Future<Reply> future, Duration patience) {
        if (Context.isOnEventLoopThread()) {
            throw new IllegalStateException("a call of a vCenter would block an event loop");
        }
        try {
            return future.toCompletionStage()
                    .toCompletableFuture()
                    .get(patience.plus(SETTLE).toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new VcenterException(Kind.UNREACHABLE, "the call of vCenter " + address + " was given up", e);
        } catch (TimeoutException e) {
            throw new VcenterException(
                    Kind.UNREACHABLE,
                    "vCenter " + address + " does not answer within " + patience.toSeconds() + " s",
                    e);
        } catch (ExecutionException e) {
            throw failure(e.getCause() == null ? e : e.getCause(), patience);
        }
    }

    private VcenterException failure(Throwable cause, Duration patience) {
        if (cause instanceof VcenterException own) {
            return own;
        }
        Pin.Refused refused = pin.takeRefused();
        if (refused != null) {
            return new VcenterException(
                    refused.otherCertificate() ? Kind.CERTIFICATE_DIFFERS : Kind.CERTIFICATE_BAD,
                    "vCenter " + address + " is not trusted: " + refused.why(),
                    cause);
        }
        boolean late = cause instanceof TimeoutException
                || String.valueOf(cause.getMessage()).contains("timeout");
        return new VcenterException(
                Kind.UNREACHABLE,
                late
                        ? "vCenter " + address + " does not answer within " + patience.toSeconds() + " s"
                        : "vCenter " + address + " cannot be reached: " + sentence(cause),
                cause);
    }

    private static String sentence(Throwable cause) {
        String message = cause.getMessage();
        return message == null || message.isBlank() ? cause.getClass().getSimpleName() : message;
    }

    /** Whether a status is one that SOAP uses. */
    static boolean isSoap(int status) {
        return status == HttpResponseStatus.OK.code() || status == HttpResponseStatus.INTERNAL_SERVER_ERROR.code();
    }

    /** Ends the connections; calls that wait fail. */
    @Override
    public void close() {
        http.close();
    }
}
