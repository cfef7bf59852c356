package io.penstock.appliance;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.testkit.TestCertificate;
import io.penstock.testkit.Vcsim;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Linked vCenters: one vSphere Client shows both, and only the one whose client it is knows the session that it gives to plug-ins. */
@Tag("vcenter")
@Timeout(120)
@SuppressWarnings("NullAway.Init") // set up before each test
final class LinkedIT extends VcenterHouse {
    private Vcsim second;

    @BeforeEach
    void link() throws Exception {
        second = Vcsim.start(folder, TestCertificate.of(folder, "second", List.of("127.0.0.1")), fixture());
        Vcsim.link(vcsim, second);
        add();
        JsonObject shown = admin(
                        HttpMethod.POST,
                        "/v1/vcenters/certificate",
                        new JsonObject().put("host", "127.0.0.1").put("port", second.port()))
                .json();
        JsonObject wanted = wanted().put("port", second.port()).put("thumbprint", shown.getString("sha256"));
        Asked added = admin(HttpMethod.POST, "/v1/vcenters", wanted);
        assertThat(added.status()).as(added.json().encode()).isEqualTo(201);
        eventually(
                one -> one.getString("id").equals(second.instanceUuid())
                        && one.getString("state").equals("connected"),
                "/v1/vcenters",
                "vcenters");
        grant(ALICE, "View"); // at the first
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
    }

    @AfterEach
    void unlink() {
        second.close();
    }

    /** What the client of the first vCenter has its pages show. */
    private Map<String, String> shown(String user, List<Vcsim> about, @Nullable String client) throws Exception {
        Map<String, String> headers = new HashMap<>();
        headers.put(
                "vmware-api-session-id", vcsim.clientSession(user, user.substring(0, user.indexOf('@')) + "-password"));
        headers.put(
                "penstock-vcenter",
                String.join(",", about.stream().map(Vcsim::instanceUuid).toList()));
        if (client != null) {
            headers.put("vmware-api-gateway-url", client);
        }
        return headers;
    }

    private static String clientOf(Vcsim vcenter) {
        return "https://127.0.0.1:" + vcenter.port() + "/api/ui";
    }

    private JsonObject machineOfSecond() throws Exception {
        return eventually(
                vm -> vm.getString("name").equals("ml1")
                        && vm.getString("vcenter").equals(second.instanceUuid()),
                "/v1/vms",
                "vms");
    }

    private String pathOfSecond(String action) throws Exception {
        return "/v1/vcenters/" + second.instanceUuid() + "/vms/"
                + machineOfSecond().getString("moref") + action;
    }

    @Test
    void userOfOneClientMayWhatTheVcenterOfTheVmGrants() throws Exception {
        Map<String, String> alice = shown(ALICE, List.of(second), clientOf(vcsim));
        Asked seen = ask(HttpMethod.GET, pathOfSecond(""), alice, null);
        assertThat(seen.status()).as(seen.json().encode()).isEqualTo(200);
        Asked enabled = ask(HttpMethod.POST, pathOfSecond("/enable"), alice, new JsonObject().put("kind", "client"));
        assertThat(enabled.status()).as(enabled.json().encode()).isEqualTo(202);
        Map<String, String> bob = shown(BOB, List.of(second), clientOf(vcsim));
        assertThat(ask(HttpMethod.GET, pathOfSecond(""), bob, null).code()).isEqualTo("privilege_missing");
        // the same token is nobody's at the other vCenter
        assertThat(ask(HttpMethod.GET, pathOfSecond(""), shown(ALICE, List.of(second), clientOf(second)), null)
                        .code())
                .isEqualTo("session_over");
    }

    @Test
    void contextMenuOfAVmAtTheOtherVcenter() throws Exception {
        Map<String, String> headers = shown(ALICE, List.of(), clientOf(vcsim));
        headers.remove("penstock-vcenter");
        JsonObject machine = machineOfSecond();
        String object = "urn:vmomi:VirtualMachine:" + machine.getString("moref") + ":" + second.instanceUuid();
        Asked menu = ask(
                HttpMethod.POST,
                "/v1/plugin/visibility",
                headers,
                new JsonObject().put("objectIds", new JsonArray().add(object)));
        List<String> visible = menu.json().getJsonArray("items").stream()
                .map(JsonObject.class::cast)
                .filter(item -> item.getBoolean("visible"))
                .map(item -> item.getString("id"))
                .toList();
        assertThat(visible).containsExactlyInAnyOrder("enableClient", "disable");
    }

    @Test
    void pageAboutNoObjectIsAboutTheClientsOwnVcenter() throws Exception {
        List<Vcsim> both = new ArrayList<>(List.of(second, vcsim));
        JsonObject token =
                new JsonObject().put("name", "t").put("ttlSeconds", 600).put("kind", "client");
        Asked atFirst = ask(HttpMethod.POST, "/v1/tokens", shown(ALICE, both, clientOf(vcsim)), token);
        assertThat(atFirst.code()).isEqualTo("privilege_missing");
        assertThat(atFirst.text()).contains(vcsim.instanceUuid());
        Asked listed = ask(HttpMethod.GET, "/v1/vms", shown(ALICE, both, clientOf(vcsim)), null);
        assertThat(listed.status()).as(listed.json().encode()).isEqualTo(200);
    }

    /** The address comes from a page: nothing is sent to one that is no vCenter of the appliance's. */
    @Test
    void noOtherAddressIsEverAsked() throws Exception {
        try (ServerSocket stranger = new ServerSocket(0, 8, InetAddress.getLoopbackAddress())) {
            stranger.setSoTimeout(1000);
            for (String url : List.of(
                    "https://127.0.0.1:" + stranger.getLocalPort() + "/api/ui",
                    "https://127.0.0.1:" + vcsim.port() + "@127.0.0.1:" + stranger.getLocalPort() + "/api/ui",
                    "http://127.0.0.1:" + vcsim.port() + "/api/ui",
                    "https://[127.0.0.1",
                    "")) {
                Asked refused = ask(HttpMethod.GET, pathOfSecond(""), shown(ALICE, List.of(second), url), null);
                assertThat(refused.code()).as(url).isEqualTo("client_unknown");
                assertThat(refused.status()).isEqualTo(401);
            }
            assertThat(accepted(stranger)).isFalse();
        }
    }

    private static boolean accepted(ServerSocket socket) throws Exception {
        try {
            socket.accept().close();
            return true;
        } catch (SocketTimeoutException e) {
            return false;
        }
    }
}
