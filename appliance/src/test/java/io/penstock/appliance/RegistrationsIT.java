package io.penstock.appliance;

import static io.penstock.appliance.TestInstallation.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.appliance.vcenter.Credentials;
import io.penstock.appliance.vcenter.Thumbprint;
import io.penstock.appliance.vcenter.VcenterAddress;
import io.penstock.appliance.vcenter.registration.PluginRecord;
import io.penstock.appliance.vcenter.registration.Registration;
import io.penstock.testkit.TestCertificate;
import io.penstock.testkit.Vcsim;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Who makes the appliance connect where, and two who do it at once. */
@Tag("vcenter")
class RegistrationsIT extends VcenterHouse {
    /** What the appliance's network reaches is not for those who may manage the pool in a vCenter. */
    @Test
    void usersWhoManageThePoolDoNotFindOutWhatListensWhere() throws Exception {
        add();
        grant(ALICE, "View", "ManagePool");
        Map<String, String> alice = client(ALICE, "alice-password");
        JsonObject there = new JsonObject().put("host", "127.0.0.1").put("port", vcsim.port());
        Asked port = ask(HttpMethod.POST, "/v1/vcenters/certificate", alice, there);
        assertThat(port.status()).isEqualTo(403);
        assertThat(port.code()).isEqualTo("port_not_allowed");
        assertThat(port.text()).contains(ALICE, "port 443", "vcenter-ports");
        assertThat(ask(HttpMethod.POST, "/v1/vcenters", alice, wanted()).code()).isEqualTo("port_not_allowed");

        String sentence = "";
        for (String host : List.of("127.0.0.1", "no-such-host.invalid", "::1")) {
            JsonObject unknown = new JsonObject().put("host", host);
            Asked looked = ask(HttpMethod.POST, "/v1/vcenters/certificate", alice, unknown);
            assertThat(looked.status()).as(host).isEqualTo(502);
            String plain = looked.text().replace(host, "HOST").replace("[HOST]", "HOST");
            assertThat(sentence.isEmpty() ? plain : sentence).isEqualTo(plain);
            sentence = plain;
            // an administrator of the appliance reads why
            assertThat(admin(HttpMethod.POST, "/v1/vcenters/certificate", unknown)
                            .text())
                    .contains(" cannot be reached: ")
                    .doesNotContain("finishConnect", "Exception");
        }
        for (int looks = 3; looks < 20; looks++) {
            ask(HttpMethod.POST, "/v1/vcenters/certificate", alice, new JsonObject().put("host", "127.0.0.1"));
        }
        JsonObject one = new JsonObject().put("host", "127.0.0.1");
        assertThat(ask(HttpMethod.POST, "/v1/vcenters/certificate", alice, one).code())
                .isEqualTo("too_many_looks");
        house.pushClock(Duration.ofMinutes(1));
        assertThat(ask(HttpMethod.POST, "/v1/vcenters/certificate", alice, one).status())
                .isEqualTo(502);
    }

    @Test
    void extensionOfAnotherApplianceIsTakenOverOnlyWhenThatIsSaid() throws Exception {
        TestCertificate others = TestCertificate.of(folder, "other", List.of("other.lab"));
        vcsim.control(
                "POST",
                "/users",
                new JsonObject().put("name", "other@vsphere.local").put("password", "other-password"));
        Registration theirs = new Registration(
                house.vertx(), new VcenterAddress("127.0.0.1", vcsim.port()), Thumbprint.of(certificate.certificate()));
        theirs.add(
                Credentials.of(Vcsim.ADMINISTRATOR, Vcsim.PASSWORD),
                Credentials.of("other@vsphere.local", "other-password"),
                "",
                PluginRecord.of(URI.create("https://other.lab:7443"), others.certificate(), "0.1.0"),
                false);
        Asked refused = admin(HttpMethod.POST, "/v1/vcenters", wanted());
        assertThat(refused.status()).isEqualTo(409);
        assertThat(refused.code()).isEqualTo("extension_taken");
        assertThat(refused.text()).contains("https://other.lab:7443", "--take-over");
        Asked taken = admin(HttpMethod.POST, "/v1/vcenters", wanted().put("takeOver", true));
        assertThat(taken.status()).as(taken.json().encode()).isEqualTo(201);
    }

    /** Two who work upon one registration would leave a half of each; the second is told whom to wait for. */
    @Test
    void registrationIsWorkedUponByOneAtATime() throws Exception {
        String id = add();
        vcsim.fault("Login", "delay", new JsonObject().put("milliseconds", 3000));
        Future<Asked> repair = house.vertx()
                .executeBlocking(() -> admin(
                        HttpMethod.POST,
                        "/v1/vcenters/" + id + "/repair",
                        new JsonObject().put("user", Vcsim.ADMINISTRATOR).put("password", Vcsim.PASSWORD)));
        Thread.sleep(500);
        JsonObject account = new JsonObject().put("user", Vcsim.ADMINISTRATOR).put("password", Vcsim.PASSWORD);
        for (String work : List.of("remove", "repair")) {
            Asked second = admin(HttpMethod.POST, "/v1/vcenters/" + id + "/" + work, account);
            assertThat(second.status()).as(work).isEqualTo(409);
            assertThat(second.code()).isEqualTo("vcenter_busy");
            assertThat(second.text()).contains("repaired", "local administrator");
        }
        assertThat(admin(HttpMethod.POST, "/v1/vcenters", wanted()).code()).isEqualTo("vcenter_busy");
        assertThat(admin(HttpMethod.POST, "/v1/vcenters/" + id + "/check", null).status())
                .isEqualTo(200);
        assertThat(await(repair).status()).isEqualTo(200);
        vcsim.healed();
        Asked removed = admin(HttpMethod.POST, "/v1/vcenters/" + id + "/remove", account);
        assertThat(removed.status()).as(removed.json().encode()).isEqualTo(200);
    }
}
