package io.penstock.appliance;

import static io.penstock.appliance.TestInstallation.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.protocol.identity.Identity;
import io.penstock.protocol.identity.PeerKind;
import io.penstock.protocol.identity.PeerTrust;
import io.penstock.protocol.identity.Pem;
import io.penstock.protocol.identity.TlsOptions;
import io.penstock.testkit.TestCertificate;
import io.penstock.testkit.Vcsim;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** An appliance on loopback and a simulated vCenter with a GPU host, for tests of both together. */
@SuppressWarnings("NullAway.Init") // set up before each test
abstract class VcenterHouse {
    static final String GPU = "0000:3b:00.0";
    static final String SERVICE = "penstock@vsphere.local";
    static final String ALICE = "alice@vsphere.local";
    static final String BOB = "bob@vsphere.local";

    @TempDir
    Path folder;

    TestInstallation house;
    HttpClient http;
    TestCertificate certificate;
    Vcsim vcsim;

    @BeforeEach
    void start() throws Exception {
        house = TestInstallation.start(folder);
        http = house.vertx()
                .createHttpClient(TlsOptions.httpClient(PeerTrust.kinds(house.state.authority(), PeerKind.APPLIANCE)));
        certificate = TestCertificate.of(folder, "vc", List.of("127.0.0.1"));
        vcsim = Vcsim.start(folder, certificate, fixture());
    }

    @AfterEach
    void stop() throws Exception {
        await(http.close());
        house.close();
        vcsim.close();
    }

    static JsonObject fixture() {
        JsonObject gpu = new JsonObject()
                .put("id", GPU)
                .put("name", "NVIDIA A100")
                .put("deviceId", 0x20b0)
                .put("memoryMiB", 40960)
                .put("passthrough", "on");
        JsonArray users = new JsonArray()
                .add(new JsonObject()
                        .put("name", SERVICE)
                        .put("password", "service-password")
                        .put("global", new JsonArray().add("InventoryService.Tagging.AttachTag")))
                .add(new JsonObject().put("name", ALICE).put("password", "alice-password"))
                .add(new JsonObject()
                        .put("name", BOB)
                        .put("password", "bob-password")
                        .put("privileges", new JsonArray().add("Global.LogEvent")));
        return new JsonObject()
                .put(
                        "hosts",
                        new JsonArray()
                                .add(new JsonObject().put("name", "esx1").put("gpus", new JsonArray().add(gpu)))
                                .add(new JsonObject().put("name", "esx2")))
                .put(
                        "vms",
                        new JsonArray()
                                .add(new JsonObject()
                                        .put("name", "gpu1")
                                        .put("host", "esx1")
                                        .put("gpus", new JsonArray().add(new JsonObject().put("passthrough", GPU))))
                                .add(new JsonObject().put("name", "ml1").put("host", "esx2"))
                                .add(new JsonObject().put("name", "off").put("power", "off"))
                                .add(new JsonObject().put("name", "win").put("system", "Microsoft Windows Server 2019"))
                                .add(new JsonObject().put("name", "bare").put("tools", "notRunning"))
                                .add(new JsonObject().put("name", "golden").put("template", true)))
                .put("users", users)
                .put("apiVersion", "8.0.3.0");
    }

    Asked ask(HttpMethod method, String path, Map<String, String> headers, @Nullable JsonObject body) throws Exception {
        return Asked.of(http, house.url().getPort(), method, path, headers, body == null ? null : body.toBuffer());
    }

    Asked admin(HttpMethod method, String path, @Nullable JsonObject body) throws Exception {
        return ask(method, path, Map.of("Authorization", "Bearer " + house.state.adminToken()), body);
    }

    Map<String, String> client(String user, String password) throws Exception {
        return Map.of(
                "vmware-api-session-id", vcsim.clientSession(user, password), "penstock-vcenter", vcsim.instanceUuid());
    }

    JsonObject wanted() throws Exception {
        Asked shown = admin(
                HttpMethod.POST,
                "/v1/vcenters/certificate",
                new JsonObject().put("host", "127.0.0.1").put("port", vcsim.port()));
        assertThat(shown.json().getBoolean("nameMatches")).isTrue();
        return new JsonObject()
                .put("host", "127.0.0.1")
                .put("port", vcsim.port())
                .put("thumbprint", shown.json().getString("sha256"))
                .put("user", Vcsim.ADMINISTRATOR)
                .put("password", Vcsim.PASSWORD)
                .put("serviceUser", SERVICE)
                .put("servicePassword", "service-password");
    }

    String add() throws Exception {
        Asked added = admin(HttpMethod.POST, "/v1/vcenters", wanted());
        assertThat(added.status()).as(added.json().encode()).isEqualTo(201);
        String id = added.json().getString("id");
        assertThat(id).isEqualTo(vcsim.instanceUuid());
        eventually(vcenter -> vcenter.getString("state").equals("connected"), "/v1/vcenters", "vcenters");
        return id;
    }

    /** Waits until the first of a list is as wanted; answers it. */
    JsonObject eventually(Predicate<JsonObject> wanted, String path, String list) throws Exception {
        Instant until = Instant.now().plusSeconds(15);
        while (true) {
            JsonArray all = admin(HttpMethod.GET, path, null).json().getJsonArray(list);
            for (int i = 0; i < all.size(); i++) {
                if (wanted.test(all.getJsonObject(i))) {
                    return all.getJsonObject(i);
                }
            }
            if (Instant.now().isAfter(until)) {
                throw new AssertionError(path + ": " + all.encodePrettily());
            }
            Thread.sleep(100);
        }
    }

    JsonObject vm(String name) throws Exception {
        return eventually(vm -> vm.getString("name").equals(name), "/v1/vms", "vms");
    }

    JsonObject vmIn(String name, String handOver) throws Exception {
        return eventually(
                vm -> vm.getString("name").equals(name)
                        && vm.containsKey("handOver")
                        && vm.getJsonObject("handOver").getString("state").equals(handOver),
                "/v1/vms",
                "vms");
    }

    String path(String name, String action) throws Exception {
        return "/v1/vcenters/" + vcsim.instanceUuid() + "/vms/" + vm(name).getString("moref") + action;
    }

    Guest guest(String name) throws Exception {
        return new Guest(house.vertx(), vcsim, certificate, vm(name).getString("moref"));
    }

    Asked enrol(Guest guest, JsonObject offer) throws Exception {
        return ask(HttpMethod.POST, "/v1/vm-enrolments", Map.of(), guest.enrolment(offer));
    }

    void grant(String user, String... privileges) throws Exception {
        JsonArray ids = new JsonArray();
        for (String privilege : privileges) {
            ids.add("io.penstock.vsphere." + privilege);
        }
        vcsim.control(
                "POST",
                "/users",
                new JsonObject()
                        .put("name", user)
                        .put("password", user.substring(0, user.indexOf('@')) + "-password")
                        .put("privileges", ids));
    }

    void enable(String name, String kind) throws Exception {
        Asked offered = admin(HttpMethod.POST, path(name, "/enable"), new JsonObject().put("kind", kind));
        assertThat(offered.status()).as(offered.json().encode()).isEqualTo(202);
        assertThat(offered.json().getJsonObject("handOver").getString("state")).isEqualTo("offered");
    }

    List<String> events() throws Exception {
        return vcsim.control("GET", "/events", new JsonObject()).getJsonArray("events").stream()
                .map(String::valueOf)
                .toList();
    }

    void awaitEvent(String words) throws Exception {
        Instant until = Instant.now().plusSeconds(10);
        while (events().stream().noneMatch(event -> event.contains(words))) {
            assertThat(Instant.now()).as("%s in %s", words, events()).isBefore(until);
            Thread.sleep(50);
        }
    }

    void awaitTask(String... words) throws Exception {
        Instant until = Instant.now().plusSeconds(5);
        while (tasks().stream().noneMatch(task -> List.of(words).stream().allMatch(task::contains))) {
            assertThat(Instant.now()).as("%s of %s", List.of(words), tasks()).isBefore(until);
            Thread.sleep(50);
        }
    }

    List<String> tasks() throws Exception {
        return vcsim.control("GET", "/tasks", new JsonObject()).getJsonArray("tasks").stream()
                .map(String::valueOf)
                .toList();
    }

    String letIn(String name, String kind) throws Exception {
        return identity(name, kind).peer().uri();
    }

    /** Lets a VM in and answers what its guest then has. */
    Identity identity(String name, String kind) throws Exception {
        enable(name, kind);
        try (Guest guest = guest(name)) {
            JsonObject offer = guest.offer();
            guest.answer(offer);
            Asked issued = enrol(guest, offer);
            assertThat(issued.status()).as(issued.json().encode()).isEqualTo(201);
            vmIn(name, "done");
            return new Identity(
                    guest.request.key(),
                    Pem.decodeCertificates(issued.json().getString("certificate"), "certificate"),
                    house.state.authority(),
                    List.of(house.url()));
        }
    }
}
