package io.penstock.protocol.appliance;

import io.penstock.protocol.identity.Unreachable;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.ClientSSLOptions;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One JSON request to the first appliance that answers, and its answer or its error. Safe for all threads. */
final class RestCaller {
    private static final int DEFAULT_PORT = 443;
    private static final Duration CONNECT_MAX = Duration.ofSeconds(5);

    private final HttpClientAgent http;
    private final List<URI> appliances;
    private final @Nullable String token;

    // Where the last call succeeded; a hint that any thread may overwrite.
    private volatile int preferred;

    RestCaller(HttpClientAgent http, List<URI> appliances, @Nullable String token) {
        if (appliances.isEmpty()) {
            throw new IllegalArgumentException("no appliance's address is known");
        }
        this.http = http;
        this.appliances = List.copyOf(appliances);
        this.token = token;
    }

    Future<JsonObject> call(HttpMethod method, String path, @Nullable JsonObject body, Duration answerMax) {
        return attempt(method, path, body, answerMax, preferred, appliances.size());
    }

    Future<Void> show(ClientSSLOptions options) {
        return http.updateSSLOptions(options).mapEmpty();
    }

    Future<Void> close() {
        return http.close();
    }

    /** Tries one appliance, and the next when no connection came about: then nothing was done, so nothing is done twice. */
    private Future<JsonObject> attempt(
            HttpMethod method, String path, @Nullable JsonObject body, Duration answerMax, int which, int left) {
        URI appliance = appliances.get(which);
        return http.request(options(method, appliance, path)).transform(connected -> {
            if (connected.succeeded()) {
                preferred = which;
                return exchange(connected.result(), appliance, body, answerMax);
            }
            if (left > 1) {
                return attempt(method, path, body, answerMax, (which + 1) % appliances.size(), left - 1);
            }
            return Future.failedFuture(unreachable(appliance, connected.cause()));
        });
    }

    private RequestOptions options(HttpMethod method, URI appliance, String path) {
        RequestOptions options = new RequestOptions()
                .setMethod(method)
                .setHost(bare(appliance.getHost()))
                .setPort(appliance.getPort() < 0 ? DEFAULT_PORT : appliance.getPort())
                .setSsl(true)
                .setURI(path)
                .setConnectTimeout(CONNECT_MAX.toMillis())
                .putHeader(HttpHeaders.ACCEPT, "application/json");
        if (token != null) {
            options.putHeader(HttpHeaders.AUTHORIZATION, "Bearer " + token);
        }
        return options;
    }

    private Future<JsonObject> exchange(
            HttpClientRequest request, URI appliance, @Nullable JsonObject body, Duration answerMax) {
        // before it is sent: an answer that comes while nobody listens yet is lost
        Future<Buffer> answered = request.response()
                .compose(response -> response.body().map(answer -> {
                    if (response.statusCode() / 100 != 2) {
                        throw refusal(response.statusCode(), answer);
                    }
                    return answer;
                }));
        if (body == null) {
            request.end();
        } else {
            request.putHeader(HttpHeaders.CONTENT_TYPE, "application/json").end(body.toBuffer());
        }
        return answered.timeout(answerMax.toMillis(), TimeUnit.MILLISECONDS)
                .map(answer -> answer.length() == 0 ? new JsonObject() : new JsonObject(answer))
                .recover(failure -> {
                    request.reset();
                    return Future.failedFuture(
                            failure instanceof ApplianceException ? failure : unreachable(appliance, failure));
                });
    }

    private static ApplianceException refusal(int status, Buffer answer) {
        try {
            JsonObject error = new JsonObject(answer).getJsonObject("error");
            return new ApplianceException(status, error.getString("code"), error.getString("text"));
        } catch (DecodeException | ClassCastException | NullPointerException e) {
            return new ApplianceException(
                    status, "http_" + status, "the appliance answered with HTTP status " + status);
        }
    }

    private static ApplianceException unreachable(URI appliance, Throwable cause) {
        String why = cause instanceof DecodeException
                ? "what answers there is no appliance of Penstock's: it does not speak JSON"
                : Unreachable.why(cause);
        return new ApplianceException(Unreachable.sentence("the appliance at " + appliance, why), cause);
    }

    private static String bare(String host) {
        return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    }
}
