package io.penstock.appliance.vcenter.https;

import io.penstock.appliance.vcenter.Thumbprint;
import io.penstock.appliance.vcenter.VcenterAddress;
import io.penstock.appliance.vcenter.VcenterException;
import io.penstock.appliance.vcenter.VcenterException.Kind;
import io.penstock.protocol.identity.TlsOptions;
import io.penstock.protocol.identity.Unreachable;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
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

/**
 * HTTPS to one vCenter: a TLS configuration and a connection pool of its own, so that nothing is shared with another vCenter or
 * with the rest of the process. Calls block the calling thread, never an event loop. Safe for all threads.
 */
public final class HttpsTransport implements AutoCloseable {
    private static final Duration CONNECT_MAX = Duration.ofSeconds(10);
    private static final Duration SETTLE = Duration.ofSeconds(2);
    private static final int CONNECTIONS_MAX = 8;
    private static final int IDLE_SECONDS_MAX = 60;
    private static final Set<String> PROTOCOLS = Set.of("TLSv1.2", "TLSv1.3");

    private final VcenterAddress address;
    private final Pin pin;
    private final HttpClient http;
    private final Context context;

    /** A transport to the vCenter at this address that presents this certificate; it connects when it is used. */
    public HttpsTransport(Vertx vertx, VcenterAddress address, Thumbprint thumbprint) {
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

    /** Where the vCenter is. */
    public VcenterAddress address() {
        return address;
    }

    /** An answer; its cookies as {@code Set-Cookie} has them. */
    public record Reply(int status, List<String> cookies, Buffer body) {}

    /**
     * Sends a request and waits for the whole answer.
     *
     * @param bytesMax a longer answer is a failure
     * @throws VcenterException when the vCenter does not answer in time, or is not trusted
     */
    public Reply exchange(RequestOptions request, Buffer body, int bytesMax, Duration patience) {
        request.setTimeout(patience.toMillis());
        Promise<Reply> reply = Promise.promise();
        // on one event loop from beginning to end: an answer must not go by before somebody listens
        context.runOnContext(go -> Future.succeededFuture(request)
                .compose(http::request) // in here, because a client that was closed throws
                .compose(sent -> sent.send(body))
                .compose(response -> new BoundedBody(response, bytesMax)
                        .whole()
                        .map(whole -> new Reply(response.statusCode(), response.cookies(), whole)))
                .onComplete(reply));
        return await(reply.future(), patience);
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
                        : Unreachable.sentence("vCenter " + address, cause),
                cause);
    }

    /** Ends the connections; calls that wait fail. */
    @Override
    public void close() {
        http.close();
    }
}
