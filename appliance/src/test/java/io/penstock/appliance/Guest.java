package io.penstock.appliance;

import io.penstock.appliance.vcenter.Credentials;
import io.penstock.appliance.vcenter.ObjectRef;
import io.penstock.appliance.vcenter.Thumbprint;
import io.penstock.appliance.vcenter.VcenterAddress;
import io.penstock.appliance.vcenter.soap.VimConnection;
import io.penstock.protocol.identity.CertificateRequest;
import io.penstock.testkit.TestCertificate;
import io.penstock.testkit.Vcsim;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;

/** A guest's half of a hand-over: it touches its own VM's guestinfo only, as VMware Tools let it. */
final class Guest implements AutoCloseable {
    private static final String OFFER = "guestinfo.penstock.offer";
    private static final String ANSWER = "guestinfo.penstock.answer";

    private final VimConnection tools;
    private final ObjectRef machine;
    final CertificateRequest request = CertificateRequest.create("guest");

    Guest(Vertx vertx, Vcsim vcsim, TestCertificate certificate, String moref) {
        this.tools = VimConnection.open(
                vertx,
                new VcenterAddress("127.0.0.1", vcsim.port()),
                Thumbprint.of(certificate.certificate()),
                Duration.ofSeconds(10));
        tools.login(Credentials.of(Vcsim.ADMINISTRATOR, Vcsim.PASSWORD));
        this.machine = new ObjectRef("VirtualMachine", moref);
    }

    /** The offer, once there is one. */
    JsonObject offer() throws Exception {
        for (int tries = 0; tries < 100; tries++) {
            String text = tools.machines().extraConfig(machine).getOrDefault(OFFER, "");
            if (!text.isEmpty()) {
                return new JsonObject(text);
            }
            Thread.sleep(50);
        }
        throw new AssertionError("there is no offer");
    }

    boolean nothingIsLeft() {
        Map<String, String> config = tools.machines().extraConfig(machine);
        return !config.containsKey(OFFER) && !config.containsKey(ANSWER);
    }

    /** Answers the offer with its own key. */
    void answer(JsonObject offer) throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        digest.update(Base64.getUrlDecoder().decode(offer.getString("nonce")));
        digest.update(CertificateRequest.provenKey(request.pem()).getEncoded());
        write(HexFormat.of().formatHex(digest.digest()));
    }

    void write(String answer) {
        tools.machines().setExtraConfig(machine, Map.of(ANSWER, answer));
    }

    /** What it asks the appliance for. */
    JsonObject enrolment(JsonObject offer) {
        return new JsonObject()
                .put("vm", offer.getString("vm"))
                .put("name", "ml1")
                .put("csr", request.pem());
    }

    @Override
    public void close() {
        tools.logout();
        tools.close();
    }
}
