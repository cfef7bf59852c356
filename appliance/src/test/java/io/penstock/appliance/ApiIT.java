package io.penstock.appliance;

import static io.penstock.appliance.TestInstallation.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.protocol.identity.Identity;
import io.penstock.protocol.identity.PeerKind;
import io.penstock.protocol.identity.PeerTrust;
import io.penstock.protocol.identity.TlsOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests as strangers and broken programs send them. */
@SuppressWarnings("NullAway.Init") // set up before each test
class ApiIT {
    @TempDir
    private Path folder;

    private TestInstallation house;
    private HttpClient stranger;

    @BeforeEach
    void start() throws Exception {
        house = TestInstallation.start(folder);
        stranger = house.vertx().createHttpClient(TlsOptions.httpClient(appliance()));
    }

    @AfterEach
    void stop() throws Exception {
        await(stranger.close());
        house.close();
    }

    private PeerTrust appliance() throws Exception {
        return PeerTrust.kinds(house.state.authority(), PeerKind.APPLIANCE);
    }

    private Asked ask(HttpClient by, HttpMethod method, String path, @Nullable String token, @Nullable Buffer body)
            throws Exception {
        Map<String, String> headers = token == null ? Map.of() : Map.of("Authorization", "Bearer " + token);
        return Asked.of(by, house.url().getPort(), method, path, headers, body);
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /v1/clients",
        "GET, /v1/servers",
        "GET, /v1/leases",
        "POST, /v1/leases",
        "POST, /v1/leases/x/renewal",
        "DELETE, /v1/leases/x",
        "POST, /v1/tokens",
        "POST, /v1/certificates",
        "PUT, /v1/servers/self",
        "POST, /v1/servers/self/heartbeat",
        "GET, /v1/servers/self/revocations?after=-1&wait=0",
        "DELETE, /v1/servers/x",
        "DELETE, /v1/clients/x",
        "POST, /v1/clients/x/disable",
        "POST, /v1/clients/x/enable",
        "DELETE, /v1/members/self"
    })
    void nothingIsDoneWithoutCredentials(String method, String path) throws Exception {
        Asked reply = ask(stranger, HttpMethod.valueOf(method), path, null, null);
        assertThat(reply.status()).isEqualTo(401);
        assertThat(reply.code()).isEqualTo("credentials_missing");
        Asked guessed = ask(stranger, HttpMethod.valueOf(method), path, "pat1.guessed", null);
        assertThat(guessed.status()).isEqualTo(401);
        assertThat(guessed.code()).isEqualTo("token_unknown");
    }

    @Test
    void healthAndContractAreForEverybody() throws Exception {
        Asked health = ask(stranger, HttpMethod.GET, "/v1/health", null, null);
        assertThat(health.body().toJsonObject().getString("status")).isEqualTo("ok");
        Asked contract = ask(stranger, HttpMethod.GET, "/v1/openapi.yaml", null, null);
        assertThat(contract.type()).isEqualTo("application/yaml");
        assertThat(contract.body().toString()).startsWith("openapi: 3.1");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "[]",
                "null",
                "\"text\"",
                "{}",
                "{\"kind\":\"king\",\"ttlSeconds\":60}",
                "{\"kind\":\"client\",\"ttlSeconds\":0}",
                "{\"kind\":\"client\",\"ttlSeconds\":1e99}",
                "{\"kind\":\"client\",\"ttlSeconds\":\"60\"}",
                "{\"kind\":\"client\",\"ttlSeconds\":60,\"extra\":1}",
                "{\"kind\":\"client\",\"ttlSeconds\":60,\"name\":\"a\\nb\"}",
                "{\"kind\":\"client\",\"ttlSeconds\":60,\"name\":\"\"}"
            })
    void brokenBodiesAreRefusedWithASentence(String body) throws Exception {
        Asked reply = ask(stranger, HttpMethod.POST, "/v1/tokens", house.state.adminToken(), Buffer.buffer(body));
        assertThat(reply.status()).as(reply.body().toString()).isEqualTo(400);
        assertThat(reply.code()).isEqualTo("bad_request");
        assertThat(reply.text()).isNotBlank().doesNotContainIgnoringCase("schema");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/v1/tokens | {\"kind\":\"client\",\"ttlSeconds\":60,\"name\":\"a b/c\"} | name is 'a b/c'; it must be a text of 1 to 64",
                "/v1/tokens | {\"kind\":\"client\",\"ttlSeconds\":0} | ttlSeconds is 0; it must be a whole number from 1 to 604800",
                "/v1/tokens | {\"kind\" | the request's body is no JSON",
                "/v1/clients/a%20b/disable | {} | id is 'a b'; it must be a text of 1 to 64 characters",
                "/v1/vcenters/x/check | {} | vcenter is 'x'; it must be a text of 36 characters"
            })
    void wrongValueIsNamedWithWhatItMayBe(String path, String body, String sentence) throws Exception {
        Asked reply = ask(stranger, HttpMethod.POST, path, house.state.adminToken(), Buffer.buffer(body));
        assertThat(reply.status()).as(reply.body().toString()).isEqualTo(400);
        assertThat(reply.text()).startsWith(sentence);
    }

    @Test
    void bodyThatIsTooLargeIsRefused() throws Exception {
        Asked reply = ask(stranger, HttpMethod.POST, "/v1/enrolments", null, Buffer.buffer("x".repeat(2 << 20)));
        assertThat(reply.status()).isEqualTo(413);
    }

    @Test
    void unknownPlacesAreNotFound() throws Exception {
        for (String path : List.of("/v2/health", "/v1/clients/../tokens/x", "/v1/leases/x/y", "/%00")) {
            Asked reply = ask(stranger, HttpMethod.GET, path, null, null);
            assertThat(reply.status()).as(path).isIn(400, 401, 404);
        }
        assertThat(ask(stranger, HttpMethod.PATCH, "/v1/leases", null, null).status())
                .isEqualTo(404);
    }

    @Test
    void browserIsLedToThePage() throws Exception {
        assertThat(ask(stranger, HttpMethod.GET, "/", null, null).status()).isEqualTo(302);
        Asked page = ask(stranger, HttpMethod.GET, "/ui/", null, null);
        assertThat(page.status()).isEqualTo(404);
        assertThat(page.body().toString()).contains("no web page");
    }

    @Test
    void pageIsServedAndNothingBesideIt() throws Exception {
        Path ui = Files.createDirectories(folder.resolve("ui"));
        Files.writeString(ui.resolve("index.html"), "<title>Penstock</title>");
        Files.writeString(ui.resolve("main-ABCDEFGH.js"), "1");
        Files.writeString(ui.resolve("plugin.json"), "{\"manifestVersion\":\"1.0.0\"}");
        Files.writeString(folder.resolve("secret"), "secret");
        house.stop();
        house.restart();
        Asked page = ask(stranger, HttpMethod.GET, "/ui/", null, null);
        assertThat(page.status()).isEqualTo(200);
        assertThat(page.body().toString()).contains("Penstock");
        assertThat(page.policy())
                .contains("default-src 'self'", "script-src 'self'")
                .doesNotContain("unsafe-eval");
        for (String path :
                List.of("/ui/", "/ui/index.html", "/ui/index.html?in=elsewhere&in=vsphere", "/plugin.json")) {
            Asked alone = ask(stranger, HttpMethod.GET, path, null, null);
            assertThat(alone.policy()).as(path).contains("frame-ancestors 'none'");
            assertThat(alone.framing()).as(path).isEqualTo("DENY");
        }
        Asked plugin = ask(stranger, HttpMethod.GET, "/ui/index.html?in=vsphere&view=overview", null, null);
        assertThat(plugin.policy()).endsWith("frame-ancestors *");
        assertThat(plugin.framing()).isEqualTo("null");
        assertThat(ask(stranger, HttpMethod.GET, "/ui/main-ABCDEFGH.js", null, null)
                        .status())
                .isEqualTo(200);
        assertThat(ask(stranger, HttpMethod.GET, "/plugin.json", null, null)
                        .json()
                        .getString("manifestVersion"))
                .isEqualTo("1.0.0");
        for (String path : List.of("/ui/../secret", "/ui/%2e%2e/secret", "/ui/..%2fsecret", "/ui/none.js")) {
            Asked outside = ask(stranger, HttpMethod.GET, path, null, null);
            assertThat(outside.status()).as(path).isIn(400, 404);
            assertThat(outside.body().toString()).doesNotContain("secret\n").isNotEqualTo("secret");
        }
    }

    @Test
    void idsThatCannotBeAreRefused() throws Exception {
        String token = house.state.adminToken();
        Asked reply = ask(stranger, HttpMethod.DELETE, "/v1/clients/a%20b", token, null);
        assertThat(reply.status()).isEqualTo(400);
        assertThat(ask(stranger, HttpMethod.DELETE, "/v1/clients/nobody", token, null)
                        .status())
                .isEqualTo(404);
    }

    @Test
    void reportsBeyondTheLimitsAreRefused() throws Exception {
        Identity server = house.enrol(PeerKind.SERVER, "gpu1");
        HttpClient asServer = house.vertx().createHttpClient(TlsOptions.httpClient(server, appliance()));
        JsonObject report = TestInstallation.report("gpu1", 1).toJson();
        for (JsonObject wrong : List.of(
                report.copy().put("port", 0),
                report.copy().put("port", 65536),
                report.copy().putNull("host"),
                TestInstallation.report("gpu1", 65).toJson())) {
            Asked reply = ask(asServer, HttpMethod.PUT, "/v1/servers/self", null, wrong.toBuffer());
            assertThat(reply.status()).as(wrong.encode()).isEqualTo(400);
        }
        JsonObject twice = report.copy();
        twice.getJsonArray("gpus").add(report.getJsonArray("gpus").getJsonObject(0));
        Asked reply = ask(asServer, HttpMethod.PUT, "/v1/servers/self", null, twice.toBuffer());
        assertThat(reply.text()).contains("twice");
        await(asServer.close());
    }

    @Test
    void olderTlsIsRefused() throws Exception {
        HttpClientOptions old = TlsOptions.httpClient(appliance());
        old.setEnabledSecureTransportProtocols(Set.of("TLSv1.2"));
        HttpClient http = house.vertx().createHttpClient(old);
        assertThatThrownBy(() -> ask(http, HttpMethod.GET, "/v1/health", null, null))
                .isInstanceOf(Exception.class);
        await(http.close());
    }
}
