package io.penstock.appliance.vcenter.tagging;

import io.penstock.appliance.vcenter.Credentials;
import io.penstock.appliance.vcenter.VcenterException;
import io.penstock.appliance.vcenter.VcenterException.Kind;
import io.penstock.appliance.vcenter.https.HttpsTransport;
import io.penstock.appliance.vcenter.https.HttpsTransport.Reply;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A session of the vAPI, begun by the first call and once more when the vCenter forgot it in between. For one thread at a time. Neither
 * the password nor the token gets into a message or a log.
 */
final class RestSession implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RestSession.class);
    private static final String TOKEN = "vmware-api-session-id";
    private static final int TOKEN_MAX = 4096;
    private static final int ANSWER_BYTES_MAX = 4 << 20;
    private static final int UNAUTHORIZED = 401;
    private static final int ERRORS_FROM = 400;

    private final HttpsTransport https;
    private final RestForm form;
    private final Credentials account;
    private final Duration patience;
    private @Nullable String token;

    RestSession(HttpsTransport https, RestForm form, Credentials account, Duration patience) {
        this.https = https;
        this.form = form;
        this.account = account;
        this.patience = patience;
    }

    /**
     * A call.
     *
     * @param what what the vCenter is to do, for people
     * @param privilege what the account needs for it, or empty
     */
    record Call(String what, String privilege, HttpMethod method, String uri) {}

    /** Does a call and answers what it says, which may be nothing. */
    @Nullable
    Object call(Call call, @Nullable JsonObject body) {
        boolean fresh = token == null;
        Reply reply = send(call, body, token());
        if (reply.status() == UNAUTHORIZED && !fresh) {
            token = null;
            reply = send(call, body, token());
        }
        Object answer = decoded(reply, call);
        if (reply.status() >= ERRORS_FROM) {
            throw RestErrors.of(reply.status(), form.error(answer), call, account.user(), https.address());
        }
        return form.value(answer);
    }

    private Reply send(Call call, @Nullable JsonObject body, String key) {
        return exchange(
                call.method(), call.uri(), TOKEN, key, body == null ? Buffer.buffer() : Buffer.buffer(body.encode()));
    }

    private Reply exchange(HttpMethod method, String uri, CharSequence header, String secret, Buffer body) {
        RequestOptions request = new RequestOptions()
                .setMethod(method)
                .setURI(uri)
                .putHeader(HttpHeaders.ACCEPT, "application/json")
                .putHeader(header, secret);
        if (body.length() > 0) {
            request.putHeader(HttpHeaders.CONTENT_TYPE, "application/json");
        }
        return https.exchange(request, body, ANSWER_BYTES_MAX, patience);
    }

    private String token() {
        String known = token;
        if (known != null) {
            return known;
        }
        Call call = new Call("open a session of the vAPI", "", HttpMethod.POST, form.session());
        String pair = account.user() + ":" + account.password().value();
        String basic = "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
        Reply reply = exchange(call.method(), call.uri(), HttpHeaders.AUTHORIZATION, basic, Buffer.buffer());
        if (reply.status() == UNAUTHORIZED) {
            throw new VcenterException(
                    Kind.LOGIN_REFUSED, "vCenter " + https.address() + " refuses the account " + account.user());
        }
        Object answer = decoded(reply, call);
        if (reply.status() >= ERRORS_FROM) {
            throw RestErrors.of(reply.status(), form.error(answer), call, account.user(), https.address());
        }
        if (form.value(answer) instanceof String given && !given.isEmpty() && given.length() <= TOKEN_MAX) {
            token = given;
            return given;
        }
        throw new VcenterException(
                Kind.BAD_ANSWER, "vCenter " + https.address() + " did not name the session that it opened");
    }

    /** The JSON of an answer; an error may come without. */
    private @Nullable Object decoded(Reply reply, Call call) {
        if (reply.body().length() == 0) {
            return null;
        }
        try {
            return Json.decodeValue(reply.body());
        } catch (DecodeException e) {
            if (reply.status() >= ERRORS_FROM) {
                return null;
            }
            // what it answered is not told: it may hold a token
            throw new VcenterException(
                    Kind.BAD_ANSWER, "vCenter " + https.address() + " answered no JSON when it was to " + call.what());
        }
    }

    @Override
    public void close() {
        String known = token;
        token = null;
        if (known != null) {
            try {
                exchange(HttpMethod.DELETE, form.session(), TOKEN, known, Buffer.buffer());
            } catch (VcenterException e) {
                LOG.debug("a session of vCenter {} ends by itself", https.address(), e);
            }
        }
        https.close();
    }
}
