package io.penstock.appliance.vcenter.https;

import io.penstock.appliance.vcenter.VcenterException;
import io.penstock.appliance.vcenter.VcenterException.Kind;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;

/** The body of an answer, up to a limit; one that goes on beyond it ends the connection. */
final class BoundedBody {
    private final Promise<Buffer> promise = Promise.promise();

    // event loop only
    private final Buffer body = Buffer.buffer();

    BoundedBody(HttpClientResponse response, int bytesMax) {
        response.exceptionHandler(promise::tryFail);
        response.endHandler(end -> promise.tryComplete(body));
        response.handler(part -> {
            if (body.length() + part.length() > bytesMax) {
                promise.tryFail(new VcenterException(
                        Kind.BAD_ANSWER, "an answer of a vCenter has more than " + bytesMax + " bytes"));
                response.request().connection().close();
                return;
            }
            body.appendBuffer(part);
        });
    }

    Future<Buffer> whole() {
        return promise.future();
    }
}
