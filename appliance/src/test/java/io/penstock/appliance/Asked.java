package io.penstock.appliance;

import static io.penstock.appliance.TestInstallation.await;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What an appliance on loopback answered to one request. */
record Asked(int status, String type, @Nullable String cookie, String policy, String framing, Buffer body) {
    static Asked of(
            HttpClient http,
            int port,
            HttpMethod method,
            String path,
            Map<String, String> headers,
            @Nullable Buffer body)
            throws Exception {
        RequestOptions options = new RequestOptions()
                .setMethod(method)
                .setHost("127.0.0.1")
                .setPort(port)
                .setURI(path);
        headers.forEach(options::putHeader);
        return await(http.request(options).compose(request -> {
            // before it is sent: an answer that comes while nobody listens yet is lost
            Future<Asked> answered = request.response()
                    .compose(response -> response.body()
                            .map(text -> new Asked(
                                    response.statusCode(),
                                    String.valueOf(response.getHeader(HttpHeaders.CONTENT_TYPE)),
                                    response.getHeader(HttpHeaders.SET_COOKIE),
                                    String.valueOf(response.getHeader("Content-Security-Policy")),
                                    String.valueOf(response.getHeader("X-Frame-Options")),
                                    text)));
            if (body == null) {
                request.end();
            } else {
                request.putHeader(HttpHeaders.CONTENT_TYPE, "application/json").end(body);
            }
            return answered;
        }));
    }

    JsonObject json() {
        return body.toJsonObject();
    }

    private JsonObject error() {
        return json().getJsonObject("error", new JsonObject());
    }

    /** The refusal's word for programs; empty where it was none. */
    String code() {
        return error().getString("code", "");
    }

    /** The refusal's sentence. */
    String text() {
        return error().getString("text", "");
    }
}
