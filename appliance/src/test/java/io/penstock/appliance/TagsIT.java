package io.penstock.appliance;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.testkit.Vcsim;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Tags follow the members of a pool; read back by govmomi's own client. */
@Tag("vcenter")
class TagsIT extends VcenterHouse {
    private static final Duration SEEN_MAX = Duration.ofSeconds(15);
    private static final String ATTACH = "InventoryService.Tagging.AttachTag";

    private Stream<JsonObject> tags(String category) throws Exception {
        return vcsim.categories(folder).stream()
                .filter(one -> one.getString("name").equals(category))
                .flatMap(one -> one.getJsonArray("tags").stream())
                .map(JsonObject.class::cast);
    }

    /** Of each of our tags the VMs that carry it. */
    private List<String> carried() throws Exception {
        return tags("Penstock")
                .map(tag -> tag.getString("name") + " "
                        + tag.getJsonArray("objects").stream().sorted().toList())
                .sorted()
                .toList();
    }

    private void awaitCarried(List<String> clients, List<String> servers) throws Exception {
        List<String> wanted = List.of("Client " + sorted(clients), "GPU server " + sorted(servers));
        Instant until = Instant.now().plus(SEEN_MAX);
        while (!carried().equals(wanted)) {
            assertThat(Instant.now()).as("%s, not %s", carried(), wanted).isBefore(until);
            Thread.sleep(100);
        }
    }

    private static List<String> sorted(List<String> ids) {
        return ids.stream().sorted().toList();
    }

    private String moref(String name) throws Exception {
        return vm(name).getString("moref");
    }

    private String tag(String name) throws Exception {
        return tags("Penstock")
                .filter(tag -> tag.getString("name").equals(name))
                .findFirst()
                .orElseThrow()
                .getString("id");
    }

    private JsonObject finding(String id) throws Exception {
        return admin(HttpMethod.POST, "/v1/vcenters/" + id + "/check", null).json().getJsonArray("findings").stream()
                .map(JsonObject.class::cast)
                .filter(finding -> finding.getString("part").equals("tags"))
                .findFirst()
                .orElseThrow();
    }

    private void mayGlobally(JsonObject what) throws Exception {
        vcsim.control("POST", "/global", what.put("name", SERVICE));
    }

    private static JsonObject bootstrap() {
        return new JsonObject().put("user", Vcsim.ADMINISTRATOR).put("password", Vcsim.PASSWORD);
    }

    private static String id(String uri) {
        return uri.substring(uri.lastIndexOf('/') + 1);
    }

    @Test
    void tagComesAndGoesWithTheMember() throws Exception {
        String id = add();
        awaitCarried(List.of(), List.of());
        letIn("ml1", "client");
        String server = id(letIn("gpu1", "server"));
        String ml1 = moref("ml1");
        String gpu1 = moref("gpu1");
        awaitCarried(List.of(ml1), List.of(gpu1));
        assertThat(finding(id).getString("state")).isEqualTo("holds");
        assertThat(finding(id).getString("text")).contains("1 VMs carry the tag 'GPU server'", "1 the tag 'Client'");

        assertThat(admin(HttpMethod.POST, path("ml1", "/disable"), null).status())
                .isEqualTo(200);
        awaitCarried(List.of(), List.of(gpu1));
        String client = id(letIn("ml1", "client"));
        awaitCarried(List.of(ml1), List.of(gpu1));
        admin(HttpMethod.POST, "/v1/clients/" + client + "/disable", null);
        awaitCarried(List.of(), List.of(gpu1));
        admin(HttpMethod.DELETE, "/v1/servers/" + server, null);
        awaitCarried(List.of(), List.of());
        letIn("gpu1", "client");
        awaitCarried(List.of(gpu1), List.of());

        Asked removed = admin(HttpMethod.POST, "/v1/vcenters/" + id + "/remove", bootstrap());
        assertThat(removed.status()).as(removed.json().encode()).isEqualTo(200);
        assertThat(vcsim.categories(folder)).isEmpty();
    }

    @Test
    void whatChangedMeanwhileIsMendedAfterARestartAndAReconnect() throws Exception {
        JsonArray theirs = vcsim.tags(folder, "category", "Owner", "Client").getJsonArray("tags");
        add();
        String ml1 = moref("ml1");
        String gpu1 = moref("gpu1");
        vcsim.tags(folder, "attach", theirs.getString(0), ml1);
        letIn("ml1", "client");
        letIn("gpu1", "server");
        awaitCarried(List.of(ml1), List.of(gpu1));

        house.stop();
        vcsim.tags(folder, "detach", tag("Client"), ml1);
        vcsim.tags(folder, "attach", tag("Client"), gpu1);
        vcsim.tags(folder, "attach", tag("GPU server"), ml1);
        house.restart();
        awaitCarried(List.of(ml1), List.of(gpu1));

        vcsim.tags(folder, "detach", tag("GPU server"), gpu1);
        vcsim.control("POST", "/restart", new JsonObject());
        awaitCarried(List.of(ml1), List.of(gpu1));
        assertThat(tags("Owner").map(tag -> tag.getJsonArray("objects").encode()))
                .containsExactly(new JsonArray().add(ml1).encode());
    }

    @Test
    void missingPrivilegeIsNamedByCheckAndFailsNothing() throws Exception {
        mayGlobally(new JsonObject());
        String id = add();
        JsonObject before = finding(id);
        assertThat(before.getString("state")).isEqualTo("broken");
        assertThat(before.getString("text")).contains(SERVICE, ATTACH, "global permission");
        assertThat(before.getString("remedy")).contains("Global Permissions", SERVICE, "'Penstock service'");
        letIn("ml1", "client");
        assertThat(finding(id).getString("text")).contains(ATTACH);
        assertThat(attention()).contains("vcenter_tags", "warning", ATTACH);
        assertThat(vm("ml1").getJsonObject("member").getBoolean("enabled")).isTrue();

        // as the remedy says
        mayGlobally(new JsonObject().put("role", "Penstock service"));
        assertThat(finding(id).getString("state")).isEqualTo("holds");
        assertThat(attention()).doesNotContain("vcenter_tags");
        awaitCarried(List.of(moref("ml1")), List.of());
    }

    private String attention() throws Exception {
        return admin(HttpMethod.GET, "/v1/overview", null)
                .json()
                .getJsonArray("attention")
                .encode();
    }

    @Test
    void accountIsNotLockedByTags() throws Exception {
        String id = add();
        awaitCarried(List.of(), List.of());
        setPassword("another"); // the session that stands goes on
        letIn("ml1", "client");
        JsonObject broken = finding(id);
        assertThat(broken.getString("text")).contains(SERVICE, "refuse").doesNotContain("service-password");
        assertThat(broken.getJsonArray("needs")).containsExactly("servicePassword");
        setPassword("service-password");
        assertThat(finding(id).getString("text")).contains("not tried again");
        admin(HttpMethod.POST, "/v1/vcenters/" + id + "/repair", new JsonObject());
        awaitCarried(List.of(moref("ml1")), List.of());
        assertThat(finding(id).getString("state")).isEqualTo("holds");
    }

    @Test
    void refusalsOfBothApisAreOneCount() throws Exception {
        String id = add();
        awaitCarried(List.of(), List.of());
        setPassword("another");
        for (int i = 0; i < 3; i++) {
            assertThat(finding(id).getString("text")).contains("refuse");
        }
        assertThat(refusals()).isOne();
        vcsim.control("POST", "/restart", new JsonObject());
        eventually(vcenter -> vcenter.getString("stateText", "").contains("3 of 3"), "/v1/vcenters", "vcenters");
        assertThat(refusals()).isEqualTo(3);
        for (int i = 0; i < 3; i++) {
            Asked repaired = admin(HttpMethod.POST, "/v1/vcenters/" + id + "/repair", new JsonObject());
            assertThat(repaired.json().encode()).contains("service_account", "servicePassword");
        }
        assertThat(admin(HttpMethod.POST, "/v1/vcenters/" + id + "/repair", bootstrap())
                        .code())
                .isEqualTo("login_refused");
        Thread.sleep(1500);
        assertThat(refusals()).isEqualTo(3);
        Asked repaired = admin(
                HttpMethod.POST, "/v1/vcenters/" + id + "/repair", new JsonObject().put("servicePassword", "another"));
        assertThat(repaired.json().getJsonArray("findings").encode()).doesNotContain("broken");
        assertThat(refusals()).isEqualTo(3);
    }

    private int refusals() throws Exception {
        return vcsim.control("GET", "/refusals", new JsonObject()).getInteger(SERVICE, 0);
    }

    private void setPassword(String password) throws Exception {
        vcsim.control("POST", "/password", new JsonObject().put("name", SERVICE).put("password", password));
    }

    @Test
    void somebodyElsesCategoryIsInTheWayUntilItIsRenamed() throws Exception {
        String theirs = vcsim.tags(folder, "category", "Penstock", "Client").getString("id");
        String id = add();
        letIn("ml1", "client");
        JsonObject broken = finding(id);
        assertThat(broken.getString("state")).isEqualTo("broken");
        assertThat(broken.getString("text")).contains("'Penstock'", "not there");
        assertThat(broken.getJsonArray("needs")).containsExactly("bootstrap");

        vcsim.tags(folder, "rename", theirs, "Theirs");
        Asked repaired = admin(HttpMethod.POST, "/v1/vcenters/" + id + "/repair", bootstrap());
        assertThat(repaired.json().getJsonArray("findings").encode()).doesNotContain("broken");
        awaitCarried(List.of(moref("ml1")), List.of());
        assertThat(tags("Theirs").map(tag -> tag.getJsonArray("objects").size()))
                .containsExactly(0);
    }

    @Test
    void tagServiceThatIsDownHoldsNobodyUp() throws Exception {
        String id = add();
        vcsim.fault("session.create", "status", new JsonObject().put("status", 503));
        letIn("ml1", "client");
        JsonObject broken = finding(id);
        assertThat(broken.getString("text")).contains("503");
        assertThat(broken.getString("remedy")).contains("look again");
        vcsim.healed();
        assertThat(finding(id).getString("state")).isEqualTo("holds");
        awaitCarried(List.of(moref("ml1")), List.of());
    }
}
