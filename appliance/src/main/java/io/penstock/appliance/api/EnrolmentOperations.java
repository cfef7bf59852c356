package io.penstock.appliance.api;

import io.penstock.appliance.identity.CertificateAuthority;
import io.penstock.appliance.identity.Enrolment;
import io.penstock.appliance.store.Database;
import io.penstock.protocol.identity.EnrolmentToken;
import io.penstock.protocol.identity.PeerKind;
import io.penstock.protocol.identity.Pem;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;

/** Tokens, enrolments and the renewal of certificates. */
final class EnrolmentOperations {
    private final Database.Worker store;
    private final CertificateAuthority authority;
    private final Enrolment enrolment;
    private final InstantSource clock;

    EnrolmentOperations(
            Database.Worker store, CertificateAuthority authority, Enrolment enrolment, InstantSource clock) {
        this.store = store;
        this.authority = authority;
        this.enrolment = enrolment;
        this.clock = clock;
    }

    Map<String, Operation> byName() {
        return Map.of("createToken", this::createToken, "enrol", this::enrol, "renewCertificate", this::renew);
    }

    private Future<Answer> createToken(Call call) {
        PeerKind kind = PeerKind.of(call.body().getString("kind"));
        Duration life = Duration.ofSeconds(call.body().getLong("ttlSeconds"));
        Future<?> allowed = kind == PeerKind.SERVER
                ? PrivilegeOn.requireServers(call, null)
                : Future.succeededFuture(call.caller());
        return allowed.compose(may -> store.submit(handle -> {
            EnrolmentToken token =
                    enrolment.createToken(handle, kind, call.body().getString("name"), life, clock.instant());
            return Answer.created(new JsonObject()
                    .put("token", token.text())
                    .put("id", token.id())
                    .put("expires", token.expires().toString()));
        }));
    }

    private Future<Answer> enrol(Call call) {
        JsonObject body = call.body();
        return store.submit(handle -> created(enrolment.enrol(
                handle, body.getString("token"), body.getString("name"), body.getString("csr"), clock.instant())));
    }

    private Future<Answer> renew(Call call) {
        return store.submit(handle -> created(
                enrolment.renew(handle, call.machine().peer(), call.body().getString("csr"), clock.instant())));
    }

    private Answer created(Enrolment.Issued issued) {
        return Answer.created(certificate(issued, authority));
    }

    /** A certificate that was made, as its owner gets it. */
    static JsonObject certificate(Enrolment.Issued issued, CertificateAuthority authority) {
        List<X509Certificate> chain = List.of(issued.certificate());
        return new JsonObject()
                .put("name", issued.peer().uri())
                .put("certificate", Pem.encodeCertificates(chain))
                .put("authority", Pem.encodeCertificates(List.of(authority.certificate())));
    }
}
