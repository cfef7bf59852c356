package io.penstock.appliance;

import static io.penstock.appliance.TestInstallation.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.protocol.appliance.LeaseRequest;
import io.penstock.protocol.identity.Identity;
import io.penstock.protocol.identity.PeerIdentity;
import io.penstock.protocol.identity.PeerKind;
import io.penstock.protocol.identity.PeerTrust;
import io.penstock.protocol.identity.Pem;
import io.penstock.protocol.identity.TlsOptions;
import io.penstock.testkit.TestCertificate;
import io.penstock.testkit.Vcsim;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The whole line through a simulated vCenter: register, discover, let a VM in, put it out, leave; and who may do it. */
@Tag("vcenter")
class VcenterIT extends VcenterHouse {
    @Test
    void registersDiscoversLetsAVmInAndLeaves() throws Exception {
        String id = add();
        JsonObject host = eventually(found -> found.getString("name").equals("esx1"), "/v1/hosts", "hosts");
        JsonObject gpu = host.getJsonArray("gpus").getJsonObject(0);
        assertThat(gpu.getString("passthrough")).isEqualTo("on");
        assertThat(gpu.getString("vendor")).isEqualTo("10de");
        assertThat(gpu.getJsonArray("heldBy").getJsonObject(0).getString("name"))
                .isEqualTo("gpu1");

        Identity member = answersItsOffer();
        awaitTask("enableVm", "success");

        house.server("gpu-server", 1);
        await(house.as(member).acquire(new LeaseRequest(1, new LeaseRequest.Whole(), "ada", List.of())));
        JsonObject leased = vm("ml1");
        assertThat(leased.getJsonArray("leases").size()).isOne();
        assertThat(admin(HttpMethod.GET, "/v1/clients", null)
                        .json()
                        .getJsonArray("clients")
                        .getJsonObject(0)
                        .getJsonObject("vm")
                        .getString("name"))
                .isEqualTo("ml1");

        Asked disabled = admin(HttpMethod.POST, path("ml1", "/disable"), null);
        assertThat(disabled.status()).as(disabled.json().encode()).isEqualTo(200);
        assertThat(disabled.json().getJsonObject("member").getBoolean("enabled"))
                .isFalse();
        assertThat(disabled.json().getJsonArray("leases").size()).isZero();
        assertThat(admin(HttpMethod.POST, path("ml1", "/disable"), null).code()).isEqualTo("cannot_disable");

        Asked checked = admin(HttpMethod.POST, "/v1/vcenters/" + id + "/check", null);
        assertThat(checked.json().getJsonArray("findings").encode()).doesNotContain("broken");
        Asked removed = admin(
                HttpMethod.POST,
                "/v1/vcenters/" + id + "/remove",
                new JsonObject().put("user", Vcsim.ADMINISTRATOR).put("password", Vcsim.PASSWORD));
        assertThat(removed.status()).as(removed.json().encode()).isEqualTo(200);
        assertThat(admin(HttpMethod.GET, "/v1/vcenters", null)
                        .json()
                        .getJsonArray("vcenters")
                        .size())
                .isZero();
        assertThat(vcsim.control("GET", "/permissions", new JsonObject()).encode())
                .doesNotContain("Penstock");
    }

    /** The guest's half, step by step; answers its identity. */
    private Identity answersItsOffer() throws Exception {
        enable("ml1", "client");
        try (Guest guest = guest("ml1")) {
            JsonObject offer = guest.offer();
            assertThat(offer.fieldNames())
                    .containsExactlyInAnyOrder("v", "kind", "url", "ca", "nonce", "expires", "vm");
            assertThat(offer.encode().length()).isLessThan(1024);
            assertThat(Instant.parse(offer.getString("expires")))
                    .isBefore(Instant.now().plus(Duration.ofMinutes(10)));
            assertThat(enrol(guest, offer).code()).isEqualTo("answer_missing");
            guest.answer(offer);
            vmIn("ml1", "answered");
            Asked issued = enrol(guest, offer);
            assertThat(issued.status()).as(issued.json().encode()).isEqualTo(201);
            assertThat(issued.json().getString("name")).startsWith("penstock://client/ml1-");
            assertThat(enrol(guest, offer).code()).isEqualTo("no_offer");
            JsonObject vm = vmIn("ml1", "done");
            assertThat(vm.getJsonObject("member").getString("kind")).isEqualTo("client");
            assertThat(vm.getJsonObject("enableClient").getString("reason")).contains("enabled already");
            for (int tries = 0; !guest.nothingIsLeft() && tries < 50; tries++) {
                Thread.sleep(100);
            }
            assertThat(guest.nothingIsLeft()).isTrue();
            return new Identity(
                    guest.request.key(),
                    Pem.decodeCertificates(issued.json().getString("certificate"), "certificate"),
                    house.state.authority(),
                    List.of(house.url()));
        }
    }

    @Test
    void usersOfTheVsphereClientMayWhatVcenterGrants() throws Exception {
        add();
        grant(ALICE, "View", "ManageClients");
        Map<String, String> alice = client(ALICE, "alice-password");
        Map<String, String> bob = client(BOB, "bob-password");
        JsonObject session = ask(HttpMethod.GET, "/v1/session", alice, null).json();
        assertThat(session.getString("kind")).isEqualTo("vsphere");
        assertThat(session.getString("name")).isEqualTo(ALICE);
        assertThat(session.getJsonArray("privileges").stream()).containsExactly("View", "ManageClients");

        for (String path : List.of(
                "/v1/overview", "/v1/servers", "/v1/clients", "/v1/leases", "/v1/vms", "/v1/hosts", "/v1/vcenters")) {
            assertThat(ask(HttpMethod.GET, path, alice, null).status()).as(path).isEqualTo(200);
            Asked denied = ask(HttpMethod.GET, path, bob, null);
            assertThat(denied.status()).as(path).isEqualTo(403);
            assertThat(denied.code()).isEqualTo("privilege_missing");
            assertThat(denied.text()).contains(BOB, "io.penstock.vsphere.View");
        }
        JsonObject client = new JsonObject().put("kind", "client");
        Asked denied = ask(HttpMethod.POST, path("ml1", "/enable"), bob, client);
        assertThat(denied.status()).isEqualTo(403);
        assertThat(denied.text()).contains("ManageClients", vm("ml1").getString("moref"));
        Asked asServer = ask(HttpMethod.POST, path("gpu1", "/enable"), alice, new JsonObject().put("kind", "server"));
        assertThat(asServer.text()).contains("ManageServers");
        assertThat(ask(
                                HttpMethod.POST,
                                "/v1/vcenters/" + vcsim.instanceUuid() + "/remove",
                                alice,
                                new JsonObject().put("forget", true))
                        .text())
                .contains("ManagePool");
        assertThat(ask(HttpMethod.POST, "/v1/session/set-up-link", alice, null).status())
                .isEqualTo(403);
        JsonObject token = new JsonObject().put("name", "t").put("ttlSeconds", 600);
        assertThat(ask(HttpMethod.POST, "/v1/tokens", alice, token.copy().put("kind", "client"))
                        .status())
                .isEqualTo(201);
        assertThat(ask(HttpMethod.POST, "/v1/tokens", alice, token.copy().put("kind", "server"))
                        .text())
                .contains("ManageServers");
        enable("gpu1", "server");
        assertThat(ask(HttpMethod.POST, path("gpu1", "/disable"), alice, null).text())
                .contains("ManageServers");
        assertThat(admin(HttpMethod.POST, path("gpu1", "/disable"), null).status())
                .isEqualTo(200);
        assertThat(ask(HttpMethod.POST, path("ml1", "/enable"), alice, client).status())
                .isEqualTo(202);
        awaitTask("enableVm", ALICE);
        assertThat(ask(HttpMethod.POST, path("ml1", "/disable"), bob, null).status())
                .isEqualTo(403);
        assertThat(ask(HttpMethod.POST, path("ml1", "/disable"), alice, null).status())
                .isEqualTo(200);
    }

    @Test
    void usersOfOneVcenterDoNotActUponVmsOfAnother() throws Exception {
        add();
        String member = PeerIdentity.parse(letIn("ml1", "client")).id();
        TestCertificate own = TestCertificate.of(folder, "second", List.of("127.0.0.1"));
        try (Vcsim second = Vcsim.start(folder, own, fixture())) {
            Asked shown = admin(
                    HttpMethod.POST,
                    "/v1/vcenters/certificate",
                    new JsonObject().put("host", "127.0.0.1").put("port", second.port()));
            Asked added = admin(
                    HttpMethod.POST,
                    "/v1/vcenters",
                    wanted().put("port", second.port())
                            .put("thumbprint", shown.json().getString("sha256")));
            assertThat(added.status()).as(added.json().encode()).isEqualTo(201);
            second.control(
                    "POST",
                    "/users",
                    new JsonObject()
                            .put("name", ALICE)
                            .put("password", "alice-password")
                            .put(
                                    "privileges",
                                    new JsonArray()
                                            .add("io.penstock.vsphere.View")
                                            .add("io.penstock.vsphere.ManageClients")));
            Map<String, String> there = Map.of(
                    "vmware-api-session-id",
                    second.clientSession(ALICE, "alice-password"),
                    "penstock-vcenter",
                    second.instanceUuid());
            for (String deed : List.of("/disable", "/enable")) {
                Asked refused = ask(HttpMethod.POST, "/v1/clients/" + member + deed, there, null);
                assertThat(refused.code()).as(deed).isEqualTo("other_vcenter");
            }
            assertThat(ask(HttpMethod.DELETE, "/v1/clients/" + member, there, null)
                            .code())
                    .isEqualTo("other_vcenter");
        }
    }

    @Test
    void contextMenuShowsWhatTheUserMayDo() throws Exception {
        add();
        grant(ALICE, "View", "ManageClients");
        assertThat(menu(vcsim.clientSession(ALICE, "alice-password"), "ml1"))
                .containsExactlyInAnyOrder("enableClient", "disable");
        assertThat(menu(vcsim.clientSession(BOB, "bob-password"), "ml1")).isEmpty();
        String object = "urn:vmomi:VirtualMachine:" + vm("ml1").getString("moref") + ":" + vcsim.instanceUuid();
        assertThat(ask(
                                HttpMethod.POST,
                                "/v1/plugin/visibility",
                                Map.of("vmware-api-session-id", "x"),
                                new JsonObject().put("objectIds", 5))
                        .status())
                .isEqualTo(200);
        Asked expired = visibility("no-such-session", object);
        assertThat(expired.code()).isEqualTo("session_over");
        assertThat(visibility("x", object.replace(vcsim.instanceUuid(), "11111111-2222-3333-4444-555555555555"))
                        .code())
                .isEqualTo("vcenter_unknown");
    }

    /** As the vSphere Client asks by itself: the session in a header, and nothing of ours. */
    private Asked visibility(String session, String object) throws Exception {
        return ask(
                HttpMethod.POST,
                "/v1/plugin/visibility",
                Map.of("vmware-api-session-id", session),
                new JsonObject().put("objectIds", new JsonArray().add(object)));
    }

    private List<String> menu(String session, String name) throws Exception {
        String object = "urn:vmomi:VirtualMachine:" + vm(name).getString("moref") + ":" + vcsim.instanceUuid();
        return visibility(session, object).json().getJsonArray("items").stream()
                .map(JsonObject.class::cast)
                .filter(item -> item.getBoolean("visible"))
                .map(item -> item.getString("id"))
                .toList();
    }

    @Test
    void strangersTokensAreFewAtATimeAndTakeNobodysPlace() throws Exception {
        add();
        grant(ALICE, "View");
        Map<String, String> alice = client(ALICE, "alice-password");
        assertThat(ask(HttpMethod.GET, "/v1/vms", alice, null).status()).isEqualTo(200);
        // a hundred are remembered; strangers' are none of them
        for (int i = 0; i < 101; i++) {
            assertThat(ask(HttpMethod.GET, "/v1/vms", stranger("stranger-" + i), null)
                            .code())
                    .isEqualTo("session_over");
        }
        vcsim.fault("*", "delay", new JsonObject().put("milliseconds", 3000));
        // the one that was refused just now is not shown again
        assertThat(ask(HttpMethod.GET, "/v1/vms", stranger("stranger-100"), null)
                        .code())
                .isEqualTo("session_over");
        List<String> codes = sideBySide(20);
        assertThat(codes).filteredOn("too_many_sign_ins"::equals).hasSizeGreaterThanOrEqualTo(8);
        assertThat(codes).filteredOn("session_over"::equals).hasSizeLessThanOrEqualTo(12);
        vcsim.healed();
        vcsim.fault("RetrieveServiceContent", "status", new JsonObject().put("status", 503)); // no clone is made anew
        assertThat(ask(HttpMethod.GET, "/v1/vms", alice, null).status()).isEqualTo(200);
    }

    private List<String> sideBySide(int strangers) throws Exception {
        HttpClient many = house.vertx()
                .createHttpClient(
                        TlsOptions.httpClient(PeerTrust.kinds(house.state.authority(), PeerKind.APPLIANCE)),
                        new PoolOptions().setHttp1MaxSize(strangers));
        List<Thread> threads = new ArrayList<>();
        List<String> codes = new CopyOnWriteArrayList<>();
        for (int i = 0; i < strangers; i++) {
            Map<String, String> headers = stranger("at-once-" + i);
            threads.add(Thread.ofVirtual().start(() -> {
                try {
                    codes.add(Asked.of(many, house.url().getPort(), HttpMethod.GET, "/v1/vms", headers, null)
                            .code());
                } catch (Exception e) {
                    codes.add(e.toString());
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        await(many.close());
        return codes;
    }

    private Map<String, String> stranger(String token) {
        return Map.of("vmware-api-session-id", token, "penstock-vcenter", vcsim.instanceUuid());
    }

    @ParameterizedTest
    @CsvSource({
        "vm-1%3C/entity%3E, 404",
        "vm-1%3C%2Fentity%3E, 400",
        "vm%201, 400",
        "%22vm, 400",
        "vm%2D1, 404",
        "x/../vm-1, 404",
        "-vm, 400"
    })
    void pathThatNamesNoObjectIsNotCarriedToVcenter(String named, int status) throws Exception {
        add();
        grant(ALICE, "View");
        vcsim.fault("HasPrivilegeOnEntities", "status", new JsonObject().put("status", 503)); // must not be asked
        Asked refused = ask(
                HttpMethod.GET,
                "/v1/vcenters/" + vcsim.instanceUuid() + "/vms/" + named,
                client(ALICE, "alice-password"),
                null);
        assertThat(refused.status()).as(refused.json().encode()).isEqualTo(status);
    }

    @Test
    void strangersSessionsAndVcentersAreRefused() throws Exception {
        add();
        Map<String, String> unknown =
                Map.of("vmware-api-session-id", "no-such-session", "penstock-vcenter", vcsim.instanceUuid());
        Asked refused = ask(HttpMethod.GET, "/v1/vms", unknown, null);
        assertThat(refused.status()).isEqualTo(401);
        assertThat(refused.code()).isEqualTo("session_over");
        Map<String, String> elsewhere =
                Map.of("vmware-api-session-id", "x", "penstock-vcenter", "11111111-2222-3333-4444-555555555555");
        assertThat(ask(HttpMethod.GET, "/v1/vms", elsewhere, null).code()).isEqualTo("vcenter_unknown");
        assertThat(ask(HttpMethod.GET, "/v1/vms", Map.of("vmware-api-session-id", "x"), null)
                        .status())
                .isEqualTo(400);
        grant(ALICE, "View");
        Map<String, String> alice = client(ALICE, "alice-password");
        assertThat(ask(HttpMethod.GET, "/v1/vcenters/11111111-2222-3333-4444-555555555555/vms/vm-1", alice, null)
                        .code())
                .isEqualTo("other_vcenter");
    }

    @ParameterizedTest
    @CsvSource({
        "thumbprint, 0000000000000000000000000000000000000000000000000000000000000000, 409, certificate_differs",
        "password, wrong, 403, login_refused",
        "servicePassword, wrong, 403, login_refused",
        "thumbprint, 0000000000000000000000000000000000000000000000000000000000000zzz, 400, bad_request",
        "host, localhost, 409, certificate_bad",
        "user, bob@vsphere.local, 403, login_refused"
    })
    void whatIsWrongWithARegistrationIsSaid(String field, String value, int status, String code) throws Exception {
        Asked refused = admin(HttpMethod.POST, "/v1/vcenters", wanted().put(field, value));
        assertThat(refused.status()).as(refused.json().encode()).isEqualTo(status);
        assertThat(refused.code()).isEqualTo(code);
        assertThat(refused.text()).doesNotContain("admin-password", "service-password");
        assertThat(admin(HttpMethod.GET, "/v1/vcenters", null)
                        .json()
                        .getJsonArray("vcenters")
                        .size())
                .isZero();
    }

    @Test
    void goesOnAfterTheBootstrapPasswordChangesAndAfterARestartOfBoth() throws Exception {
        String id = add();
        vcsim.control(
                "POST",
                "/password",
                new JsonObject().put("name", Vcsim.ADMINISTRATOR).put("password", "changed"));
        vcsim.control("POST", "/restart", new JsonObject());
        house.stop();
        house.restart();
        eventually(vcenter -> vcenter.getString("state").equals("connected"), "/v1/vcenters", "vcenters");
        assertThat(admin(HttpMethod.POST, "/v1/vcenters/" + id + "/check", null)
                        .json()
                        .encode())
                .doesNotContain("broken");
    }

    @Test
    void newServicePasswordAndNewCertificateAreRepaired() throws Exception {
        String id = add();
        vcsim.control("POST", "/password", new JsonObject().put("name", SERVICE).put("password", "second-password"));
        TestCertificate next = TestCertificate.of(folder, "next", List.of("127.0.0.1"));
        vcsim.control(
                "POST",
                "/certificate",
                new JsonObject()
                        .put("cert", next.certificateFile().toString())
                        .put("key", next.keyFile().toString()));
        eventually(vcenter -> vcenter.getString("state").equals("certificate_changed"), "/v1/vcenters", "vcenters");
        Asked checked = admin(HttpMethod.POST, "/v1/vcenters/" + id + "/check", null);
        assertThat(checked.json().encode()).contains("thumbprint", "broken");
        assertThat(admin(HttpMethod.GET, "/v1/overview", null).json().encode()).contains("vcenter_certificate_changed");
        Asked shown = admin(
                HttpMethod.POST,
                "/v1/vcenters/certificate",
                new JsonObject().put("host", "127.0.0.1").put("port", vcsim.port()));
        Asked repaired = admin(
                HttpMethod.POST,
                "/v1/vcenters/" + id + "/repair",
                new JsonObject()
                        .put("thumbprint", shown.json().getString("sha256"))
                        .put("servicePassword", "second-password"));
        assertThat(repaired.status()).as(repaired.json().encode()).isEqualTo(200);
        assertThat(repaired.json().encode()).doesNotContain("broken");
    }

    @Test
    void anotherServiceAccountTakesTheFormersPlace() throws Exception {
        String id = add();
        JsonObject alice = wanted().put("serviceUser", ALICE).put("servicePassword", "alice-password");
        Asked again = admin(HttpMethod.POST, "/v1/vcenters", alice);
        assertThat(again.status()).as(again.json().encode()).isEqualTo(201);
        assertThat(again.json().getString("id")).isEqualTo(id);
        assertThat(vcsim.control("GET", "/permissions", new JsonObject()).encode())
                .contains("LOCAL\\\\alice")
                .doesNotContain("LOCAL\\\\penstock");
    }

    @Test
    void repairThatFailsLeavesTheRegistrationAsItWas() throws Exception {
        String id = add();
        for (JsonObject wrong : List.of(
                new JsonObject().put("servicePassword", "typo"), new JsonObject().put("thumbprint", "0".repeat(64)))) {
            Asked refused = admin(HttpMethod.POST, "/v1/vcenters/" + id + "/repair", wrong);
            assertThat(refused.status()).as(refused.json().encode()).isIn(403, 409);
        }
        house.stop();
        house.restart();
        eventually(vcenter -> vcenter.getString("state").equals("connected"), "/v1/vcenters", "vcenters");
        assertThat(admin(HttpMethod.POST, "/v1/vcenters/" + id + "/check", null)
                        .json()
                        .encode())
                .doesNotContain("broken");
    }

    @Test
    void vcenterThatIsGoneIsForgotten() throws Exception {
        String id = add();
        vcsim.close();
        Asked refused = admin(
                HttpMethod.POST,
                "/v1/vcenters/" + id + "/remove",
                new JsonObject().put("user", Vcsim.ADMINISTRATOR).put("password", Vcsim.PASSWORD));
        assertThat(refused.code()).isEqualTo("vcenter_unreachable");
        assertThat(admin(HttpMethod.POST, "/v1/vcenters/" + id + "/remove", new JsonObject())
                        .code())
                .isEqualTo("bootstrap_missing");
        assertThat(admin(HttpMethod.POST, "/v1/vcenters/" + id + "/remove", new JsonObject().put("forget", true))
                        .status())
                .isEqualTo(200);
    }

    @Test
    void passwordIsNotInTheDatabase() throws Exception {
        add();
        house.stop();
        for (Path file : List.of(house.state.path().resolve("appliance.mv.db"))) {
            assertThat(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1))
                    .doesNotContain("service-password", Vcsim.PASSWORD);
        }
        house.restart();
    }
}
