package io.penstock.appliance;

import static io.penstock.appliance.TestInstallation.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.protocol.identity.PeerKind;
import io.penstock.protocol.identity.PeerTrust;
import io.penstock.protocol.identity.TlsOptions;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The administrator at the appliance's own page, and whoever pretends to be. */
@SuppressWarnings("NullAway.Init") // set up before each test
class SignInIT {
    private static final String PASSWORD = "correct horse battery";

    @TempDir
    private Path folder;

    private TestInstallation house;
    private HttpClient browser;

    @BeforeEach
    void start() throws Exception {
        house = TestInstallation.start(folder);
        browser = house.vertx()
                .createHttpClient(TlsOptions.httpClient(PeerTrust.kinds(house.state.authority(), PeerKind.APPLIANCE)));
    }

    @AfterEach
    void stop() throws Exception {
        await(browser.close());
        house.close();
    }

    private Asked ask(HttpMethod method, String path, Map<String, String> headers, @Nullable JsonObject body)
            throws Exception {
        return Asked.of(browser, house.url().getPort(), method, path, headers, body == null ? null : body.toBuffer());
    }

    private Map<String, String> ownPage(String cookie) {
        Map<String, String> headers = new HashMap<>();
        headers.put("Cookie", cookie.substring(0, cookie.indexOf(';')));
        headers.put("Origin", "https://127.0.0.1:" + house.url().getPort());
        return headers;
    }

    private Asked post(String path, JsonObject body) throws Exception {
        return ask(HttpMethod.POST, path, Map.of(), body);
    }

    private String linkSecret() throws Exception {
        String link = await(house.appliance().setUpLink()).orElseThrow().toString();
        assertThat(link).startsWith("https://127.0.0.1:").contains("/ui/#/set-up/");
        return link.substring(link.lastIndexOf('/') + 1);
    }

    private String setUp() throws Exception {
        Asked reply = post(
                "/v1/session/set-up",
                new JsonObject().put("secret", linkSecret()).put("password", PASSWORD));
        assertThat(reply.status()).as(reply.json().encode()).isEqualTo(200);
        return String.valueOf(reply.cookie());
    }

    @Test
    void linkSetsThePasswordOnce() throws Exception {
        assertThat(ask(HttpMethod.GET, "/v1/session", Map.of(), null).json().getBoolean("setUpNeeded"))
                .isTrue();
        assertThat(post("/v1/session", new JsonObject().put("password", PASSWORD))
                        .code())
                .isEqualTo("set_up_first");
        String secret = linkSecret();
        JsonObject wanted = new JsonObject().put("secret", secret).put("password", PASSWORD);
        assertThat(post("/v1/session/set-up", wanted.copy().put("password", "short"))
                        .code())
                .isEqualTo("password_weak");
        assertThat(post("/v1/session/set-up", wanted.copy().put("secret", "guessed"))
                        .code())
                .isEqualTo("link_unknown");
        assertThat(post("/v1/session/set-up", wanted).status()).isEqualTo(200);
        Asked again = post("/v1/session/set-up", wanted);
        assertThat(again.status()).isEqualTo(410);
        assertThat(again.code()).isEqualTo("link_used");
        assertThat(await(house.appliance().setUpLink())).isEmpty();
    }

    @Test
    void olderLinkIsVoid() throws Exception {
        String older = linkSecret();
        linkSecret();
        assertThat(post(
                                "/v1/session/set-up",
                                new JsonObject().put("secret", older).put("password", PASSWORD))
                        .code())
                .isEqualTo("link_unknown");
    }

    @Test
    void cookieIsForThisPageAloneAndOpensWhatAnAdministratorMay() throws Exception {
        String cookie = setUp();
        assertThat(cookie)
                .startsWith("__Host-penstock=")
                .contains("HTTPOnly", "Secure", "SameSite=Strict", "Path=/")
                .doesNotContain("Domain");
        Asked session = ask(HttpMethod.GET, "/v1/session", ownPage(cookie), null);
        assertThat(session.json().getString("kind")).isEqualTo("administrator");
        assertThat(session.json().getJsonArray("privileges").stream())
                .containsExactly("View", "ManagePool", "ManageServers", "ManageClients");
        assertThat(session.json().getString("expires")).isNotNull();
        assertThat(ask(HttpMethod.GET, "/v1/clients", ownPage(cookie), null).status())
                .isEqualTo(200);
        assertThat(ask(HttpMethod.GET, "/v1/overview", ownPage(cookie), null).status())
                .isEqualTo(200);
    }

    @Test
    void otherPageCannotUseTheSession() throws Exception {
        Map<String, String> foreign = ownPage(setUp());
        JsonObject token = new JsonObject().put("kind", "client").put("ttlSeconds", 60);
        assertThat(ask(HttpMethod.POST, "/v1/tokens", foreign, token).status()).isEqualTo(201);
        foreign.put("Origin", "https://evil.example");
        assertThat(ask(HttpMethod.POST, "/v1/tokens", foreign, token).code()).isEqualTo("other_origin");
        foreign.remove("Origin");
        assertThat(ask(HttpMethod.POST, "/v1/tokens", foreign, token).code()).isEqualTo("other_origin");
    }

    @Test
    void sessionEndsBySigningOutAndByTime() throws Exception {
        Map<String, String> own = ownPage(setUp());
        Asked out = ask(HttpMethod.DELETE, "/v1/session", own, null);
        assertThat(out.cookie()).contains("Max-Age=0");
        Asked after = ask(HttpMethod.GET, "/v1/clients", own, null);
        assertThat(after.status()).isEqualTo(401);
        assertThat(after.code()).isEqualTo("session_over");

        Asked again = post("/v1/session", new JsonObject().put("password", PASSWORD));
        Map<String, String> second = ownPage(String.valueOf(again.cookie()));
        assertThat(ask(HttpMethod.GET, "/v1/clients", second, null).status()).isEqualTo(200);
        house.pushClock(Duration.ofMinutes(31));
        assertThat(ask(HttpMethod.GET, "/v1/clients", second, null).status()).isEqualTo(401);
        assertThat(ask(HttpMethod.GET, "/v1/session", second, null).json().getString("kind"))
                .isEqualTo("nobody");
    }

    @Test
    void guessingIsStopped() throws Exception {
        setUp();
        JsonObject wrong = new JsonObject().put("password", "wrong horse battery");
        for (int count = 0; count < 5; count++) {
            Asked reply = post("/v1/session", wrong);
            assertThat(reply.status()).isEqualTo(401);
            assertThat(reply.code()).isEqualTo("password_wrong");
        }
        JsonObject right = new JsonObject().put("password", PASSWORD);
        Asked stopped = post("/v1/session", right);
        assertThat(stopped.status()).isEqualTo(429);
        assertThat(stopped.code()).isEqualTo("too_many_tries");
        assertThat(stopped.json().encode()).contains(" s");
        house.pushClock(Duration.ofMinutes(2));
        assertThat(post("/v1/session", right).status()).isEqualTo(200);
    }

    private HttpClient at(String address) throws Exception {
        return house.vertx()
                .createHttpClient(TlsOptions.httpClient(PeerTrust.kinds(house.state.authority(), PeerKind.APPLIANCE))
                        .setLocalAddress(address));
    }

    private Asked signInFrom(String address, String password) throws Exception {
        HttpClient there = at(address);
        try {
            return Asked.of(
                    there,
                    house.url().getPort(),
                    HttpMethod.POST,
                    "/v1/session",
                    Map.of(),
                    new JsonObject().put("password", password).toBuffer());
        } finally {
            await(there.close());
        }
    }

    /** Who guesses from many addresses is slowed down; the right person is not locked out, whether known or new. */
    @Test
    void guessersFromManyAddressesDoNotLockTheRightPersonOut() throws Exception {
        setUp();
        for (int address = 2; address < 9; address++) {
            for (int count = 0; count < 5; count++) {
                assertThat(signInFrom("127.0.1." + address, "wrong horse battery")
                                .code())
                        .as("try %d of 127.0.1.%d", count, address)
                        .isEqualTo("password_wrong");
            }
        }
        assertThat(signInFrom("127.0.1.2", PASSWORD).code()).isEqualTo("too_many_tries");
        Instant begun = Instant.now();
        assertThat(signInFrom("127.0.2.1", PASSWORD).status()).isEqualTo(200);
        assertThat(Duration.between(begun, Instant.now())).isLessThan(Duration.ofSeconds(5));
        // one a second of strangers: two that wrong ones wait for
        begun = Instant.now();
        for (int address = 10; address < 13; address++) {
            assertThat(signInFrom("127.0.1." + address, "wrong horse battery").code())
                    .isEqualTo("password_wrong");
        }
        assertThat(Duration.between(begun, Instant.now())).isGreaterThan(Duration.ofMillis(1900));
        begun = Instant.now();
        assertThat(signInFrom("127.0.2.1", PASSWORD).status()).as("known").isEqualTo(200);
        assertThat(Duration.between(begun, Instant.now())).isLessThan(Duration.ofMillis(900));
    }

    @Test
    void passwordThatIsLookedAtDoesNotHoldThePoolUp() throws Exception {
        setUp();
        List<Future<Buffer>> guesses = new ArrayList<>();
        List<HttpClient> clients = new ArrayList<>();
        for (int address = 2; address < 12; address++) {
            HttpClient there = at("127.0.1." + address);
            clients.add(there);
            guesses.add(there.request(HttpMethod.POST, house.url().getPort(), "127.0.0.1", "/v1/session")
                    .compose(request -> request.putHeader("Content-Type", "application/json")
                            .send("{\"password\":\"wrong horse battery\"}"))
                    .compose(HttpClientResponse::body));
        }
        Instant begun = Instant.now();
        assertThat(await(house.administrator().clients())).isEmpty();
        Duration asked = Duration.between(begun, Instant.now());
        boolean some = guesses.stream().anyMatch(guess -> !guess.isComplete());
        await(Future.join(guesses));
        assertThat(some).as("some were still looked at").isTrue();
        assertThat(asked).isLessThan(Duration.between(begun, Instant.now()));
        for (HttpClient there : clients) {
            await(there.close());
        }
    }

    /** A page elsewhere that a browser shows must not sign its user in or out, or set a password, with or without a session. */
    @Test
    void otherPagesDoNothingWithTheSessionOrThePassword() throws Exception {
        Map<String, String> own = ownPage(setUp());
        Map<String, String> foreign = new HashMap<>(own);
        foreign.put("Origin", "https://evil.example");
        Map<String, String> silent = new HashMap<>(own);
        silent.remove("Origin");
        JsonObject right = new JsonObject().put("password", PASSWORD);
        JsonObject change = new JsonObject().put("current", PASSWORD).put("password", "another long password");
        JsonObject link = new JsonObject()
                .put("secret", await(house.administrator().createSetUpLink()))
                .put("password", "yet another long one");
        Map<String, String> stranger = Map.of("Origin", "https://evil.example");
        for (Map<String, String> from : List.of(foreign, silent, stranger)) {
            assertThat(ask(HttpMethod.DELETE, "/v1/session", from, null).code()).isEqualTo("other_origin");
            assertThat(ask(HttpMethod.POST, "/v1/session", from, right).code()).isEqualTo("other_origin");
            assertThat(ask(HttpMethod.PUT, "/v1/session/password", from, change).code())
                    .isEqualTo("other_origin");
            assertThat(ask(HttpMethod.POST, "/v1/session/set-up", from, link).code())
                    .isEqualTo("other_origin");
        }
        assertThat(ask(HttpMethod.GET, "/v1/clients", own, null).status())
                .as("still signed in")
                .isEqualTo(200);
        assertThat(ask(HttpMethod.PUT, "/v1/session/password", own, change).status())
                .isEqualTo(200);
    }

    @Test
    void changingThePasswordEndsEveryOtherSession() throws Exception {
        Map<String, String> first = ownPage(setUp());
        JsonObject change = new JsonObject().put("current", PASSWORD).put("password", "another long password");
        assertThat(ask(
                                HttpMethod.PUT,
                                "/v1/session/password",
                                first,
                                change.copy().put("current", "no"))
                        .code())
                .isEqualTo("password_wrong");
        Asked changed = ask(HttpMethod.PUT, "/v1/session/password", first, change);
        assertThat(changed.status()).isEqualTo(200);
        assertThat(ask(HttpMethod.GET, "/v1/clients", first, null).status()).isEqualTo(401);
        assertThat(ask(HttpMethod.GET, "/v1/clients", ownPage(String.valueOf(changed.cookie())), null)
                        .status())
                .isEqualTo(200);
        assertThat(post("/v1/session", new JsonObject().put("password", PASSWORD))
                        .code())
                .isEqualTo("password_wrong");
    }

    @Test
    void resetMakesALinkThatVoidsTheOldPasswordWhenItIsUsed() throws Exception {
        setUp();
        String secret = await(house.administrator().createSetUpLink());
        assertThat(post("/v1/session", new JsonObject().put("password", PASSWORD))
                        .status())
                .isEqualTo(200);
        JsonObject wanted = new JsonObject().put("secret", secret).put("password", "a new long password");
        assertThat(post("/v1/session/set-up", wanted).status()).isEqualTo(200);
        assertThat(post("/v1/session", new JsonObject().put("password", PASSWORD))
                        .code())
                .isEqualTo("password_wrong");
    }

    private long changeAfter(long version, Map<String, String> own) throws Exception {
        return ask(HttpMethod.GET, "/v1/changes?after=" + version + "&wait=15", own, null)
                .json()
                .getLong("version");
    }

    @Test
    void pagesAreToldOfChanges() throws Exception {
        Map<String, String> own = ownPage(setUp());
        long version = changeAfter(-1, own);
        house.server("gpu1", 2);
        long registered = changeAfter(version, own);
        assertThat(registered).isGreaterThan(version);
        JsonObject overview = ask(HttpMethod.GET, "/v1/overview", own, null).json();
        assertThat(overview.getJsonObject("gpus").getInteger("total")).isEqualTo(2);
        assertThat(overview.getJsonObject("servers").getInteger("alive")).isOne();
        long alive = changeAfter(registered, own);
        house.pushClock(Duration.ofSeconds(20));
        assertThat(changeAfter(alive, own)).isGreaterThan(alive);
        assertThat(ask(HttpMethod.GET, "/v1/overview", own, null)
                        .json()
                        .getJsonArray("attention")
                        .encode())
                .contains("server_silent", "gpu1");
    }
}
