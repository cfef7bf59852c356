package io.penstock.appliance.vcenter.soap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.appliance.vcenter.Credentials;
import io.penstock.appliance.vcenter.ObjectRef;
import io.penstock.appliance.vcenter.ServerCertificate;
import io.penstock.appliance.vcenter.Thumbprint;
import io.penstock.appliance.vcenter.VcenterAddress;
import io.penstock.appliance.vcenter.VcenterException;
import io.penstock.appliance.vcenter.VcenterException.Kind;
import io.penstock.appliance.vcenter.https.CertificateProbe;
import io.penstock.testkit.TestCertificate;
import io.penstock.testkit.Vcsim;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A connection to a vCenter that behaves, and to one that does not. */
@Tag("vcenter")
@SuppressWarnings("NullAway.Init") // set up before each test
class VimConnectionIT {
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final Credentials ADMINISTRATOR = Credentials.of(Vcsim.ADMINISTRATOR, Vcsim.PASSWORD);

    @TempDir
    private Path folder;

    private final Vertx vertx = Vertx.vertx();
    private TestCertificate certificate;
    private Vcsim vcsim;

    @BeforeEach
    void start() throws Exception {
        certificate = TestCertificate.of(folder, "vc", List.of("localhost", "127.0.0.1"));
        JsonObject fixture = Vcsim.plain(2, 3)
                .put(
                        "users",
                        new JsonArray()
                                .add(new JsonObject()
                                        .put("name", "alice@vsphere.local")
                                        .put("password", "alice-password")
                                        .put("privileges", new JsonArray().add("Global.LogEvent"))));
        vcsim = Vcsim.start(folder, certificate, fixture);
    }

    @AfterEach
    void stop() {
        vcsim.close();
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    private VcenterAddress address() {
        return new VcenterAddress("127.0.0.1", vcsim.port());
    }

    private VimConnection open() {
        return VimConnection.open(vertx, address(), Thumbprint.of(certificate.certificate()), PATIENCE);
    }

    private VimConnection loggedIn() {
        VimConnection connection = open();
        connection.login(ADMINISTRATOR);
        return connection;
    }

    private static void assertFails(Kind kind, ThrowingCallable call, String... words) {
        assertThatThrownBy(call).isInstanceOfSatisfying(VcenterException.class, e -> {
            assertThat(e.kind()).as(e.getMessage()).isEqualTo(kind);
            for (String word : words) {
                assertThat(e.getMessage()).contains(word);
            }
        });
    }

    private static ObjectRef machine(VimConnection connection) throws Exception {
        try (PropertyWatch watch =
                connection.watch(List.of(new WatchedType("VirtualMachine", List.of("name"))), Duration.ofSeconds(1))) {
            return watch.next().updates().stream()
                    .filter(update -> "vm0".equals(update.values().get("name")))
                    .findFirst()
                    .orElseThrow()
                    .object();
        }
    }

    @Test
    void saysWhichVcenterItIs() {
        try (VimConnection connection = open()) {
            assertThat(connection.about().instanceUuid()).isEqualTo(vcsim.instanceUuid());
            assertThat(connection.about().atLeast("6.0")).isTrue();
            assertThat(connection.about().atLeast("99.0")).isFalse();
        }
    }

    @Test
    void wrongPasswordIsRefusedAndRightOneOpensASession() {
        try (VimConnection connection = open()) {
            assertFails(
                    Kind.LOGIN_REFUSED,
                    () -> connection.login(Credentials.of(Vcsim.ADMINISTRATOR, "wrong")),
                    "InvalidLogin");
            assertFails(Kind.NOT_AUTHENTICATED, connection::currentTime, "NotAuthenticated");
            connection.login(ADMINISTRATOR);
            assertThat(connection.currentTime())
                    .isBetween(Instant.now().minusSeconds(5), Instant.now().plusSeconds(5));
            connection.logout();
            assertFails(Kind.NOT_AUTHENTICATED, connection::currentTime);
            connection.logout();
        }
    }

    @Test
    void certificateIsShownBeforeItIsTrusted() {
        ServerCertificate shown = CertificateProbe.look(vertx, address(), PATIENCE);
        assertThat(shown.thumbprint()).isEqualTo(Thumbprint.of(certificate.certificate()));
        assertThat(shown.names()).containsExactly("localhost", "127.0.0.1");
        assertThat(shown.namesHost()).isTrue();
        assertThat(shown.thumbprint().toString()).hasSize(95).contains(":");
        assertFails(
                Kind.UNREACHABLE,
                () -> CertificateProbe.look(vertx, new VcenterAddress("127.0.0.1", 1), PATIENCE),
                "127.0.0.1:1");
    }

    @Test
    void otherCertificateIsRefusedWithBothThumbprints() throws Exception {
        TestCertificate other = TestCertificate.of(folder, "other", List.of("127.0.0.1"));
        assertFails(
                Kind.CERTIFICATE_DIFFERS,
                () -> VimConnection.open(vertx, address(), Thumbprint.of(other.certificate()), PATIENCE),
                Thumbprint.of(certificate.certificate()).toString(),
                Thumbprint.of(other.certificate()).toString());
    }

    @Test
    void twoVcentersHaveDifferentPinsAtOnce() throws Exception {
        TestCertificate second = TestCertificate.of(folder, "second", List.of("127.0.0.1"));
        try (Vcsim other = Vcsim.start(folder, second, Vcsim.plain(1, 1));
                VimConnection one = loggedIn();
                VimConnection two = VimConnection.open(
                        vertx,
                        new VcenterAddress("127.0.0.1", other.port()),
                        Thumbprint.of(second.certificate()),
                        PATIENCE)) {
            two.login(ADMINISTRATOR);
            assertThat(one.about().instanceUuid()).isNotEqualTo(two.about().instanceUuid());
            assertThat(one.currentTime()).isNotNull();
            assertThat(two.currentTime()).isNotNull();
            assertFails(
                    Kind.CERTIFICATE_DIFFERS,
                    () -> VimConnection.open(
                            vertx,
                            new VcenterAddress("127.0.0.1", other.port()),
                            Thumbprint.of(certificate.certificate()),
                            PATIENCE));
        }
    }

    @Test
    void rotatedCertificateEndsTheTrust() throws Exception {
        TestCertificate next = TestCertificate.of(folder, "next", List.of("127.0.0.1"));
        try (VimConnection connection = loggedIn()) {
            vcsim.control(
                    "POST",
                    "/certificate",
                    new JsonObject()
                            .put("Cert", next.certificateFile().toString())
                            .put("Key", next.keyFile().toString()));
            assertFails(Kind.CERTIFICATE_DIFFERS, () -> {
                try {
                    connection.currentTime();
                } catch (VcenterException e) {
                    // the connection that was cut may be noticed by the first
                    if (e.kind() != Kind.UNREACHABLE) {
                        throw e;
                    }
                }
                connection.currentTime();
            });
        }
    }

    @ParameterizedTest
    @CsvSource({"elsewhere.example, names", "127.0.0.2, names"})
    void certificateMustNameTheHost(String name, String word) throws Exception {
        TestCertificate other = TestCertificate.of(folder, "names", List.of(name));
        try (Vcsim elsewhere = Vcsim.start(folder, other, Vcsim.plain(1, 1))) {
            assertFails(
                    Kind.CERTIFICATE_BAD,
                    () -> VimConnection.open(
                            vertx,
                            new VcenterAddress("127.0.0.1", elsewhere.port()),
                            Thumbprint.of(other.certificate()),
                            PATIENCE),
                    word,
                    name);
        }
    }

    @Test
    void expiredCertificateIsRefused() throws Exception {
        TestCertificate old = TestCertificate.of(
                folder, "old", List.of("127.0.0.1"), Instant.now().minusSeconds(7200), Duration.ofHours(1));
        try (Vcsim elsewhere = Vcsim.start(folder, old, Vcsim.plain(1, 1))) {
            assertFails(
                    Kind.CERTIFICATE_BAD,
                    () -> VimConnection.open(
                            vertx,
                            new VcenterAddress("127.0.0.1", elsewhere.port()),
                            Thumbprint.of(old.certificate()),
                            PATIENCE),
                    "valid");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "fault, NotAuthenticated, NOT_AUTHENTICATED",
        "fault, NoPermission, NO_PERMISSION",
        "fault, ManagedObjectNotFound, NOT_FOUND",
        "fault, HostConnectFault, REFUSED",
        "expire, '', NOT_AUTHENTICATED",
        "truncate, '', BAD_ANSWER",
        "garbage, '', BAD_ANSWER",
        "status, '', BAD_ANSWER",
        "cut, '', UNREACHABLE",
        "delay, '', UNREACHABLE"
    })
    void eachWayToFailHasItsKind(String action, String type, Kind kind) throws Exception {
        try (VimConnection connection =
                VimConnection.open(vertx, address(), Thumbprint.of(certificate.certificate()), Duration.ofSeconds(2))) {
            connection.login(ADMINISTRATOR);
            vcsim.fault(
                    "CurrentTime",
                    action,
                    new JsonObject()
                            .put("type", type)
                            .put("privilege", "System.View")
                            .put("status", 503)
                            .put("count", 1)
                            .put("milliseconds", 6000));
            assertFails(kind, connection::currentTime, "127.0.0.1");
            assertThat(connection.currentTime()).isNotNull();
        }
    }

    @Test
    void answersAreShortBeforeALoginAndBoundedAfterIt() throws Exception {
        try (VimConnection connection = loggedIn()) {
            vcsim.fault("CurrentTime", "flood", new JsonObject());
            assertFails(Kind.BAD_ANSWER, connection::currentTime, (32 << 20) + " bytes");
            vcsim.fault("RetrieveServiceContent", "flood", new JsonObject());
            assertFails(Kind.BAD_ANSWER, this::open, (1 << 20) + " bytes");
        }
    }

    @Test
    void missingPrivilegeIsNamed() throws Exception {
        try (VimConnection admin = loggedIn();
                VimConnection alice = open()) {
            ObjectRef machine = machine(admin);
            alice.login(Credentials.of("alice@vsphere.local", "alice-password"));
            assertFails(
                    Kind.NO_PERMISSION,
                    () -> alice.machines().setExtraConfig(machine, Map.of("guestinfo.x", "y")),
                    "VirtualMachine.Config.AdvancedConfig",
                    machine.id());
            assertThat(alice.authority().held(alice.rootFolder(), List.of("Global.LogEvent", "Extension.Register")))
                    .containsExactly("Global.LogEvent");
        }
    }

    @Test
    void privilegesAreAskedByTheKeyAndNotByTheCookie() throws Exception {
        String token = vcsim.clientSession("alice@vsphere.local", "alice-password");
        try (VimConnection alice = open();
                VimConnection cloned = open()) {
            alice.login(Credentials.of("alice@vsphere.local", "alice-password"));
            cloned.cloneSession(cloned.cloneTicket(token, cloned.about().instanceUuid(), PATIENCE));
            for (VimConnection connection : List.of(alice, cloned)) {
                assertThat(connection.sessionKey()).matches("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
                assertThat(connection.authority().held(connection.rootFolder(), List.of("Global.LogEvent")))
                        .hasSize(1);
            }
            assertThat(alice.sessionKey()).isNotEqualTo(cloned.sessionKey());
            alice.logout();
            assertFails(Kind.NOT_AUTHENTICATED, alice::sessionKey, "nobody is logged in");
        }
    }

    @Test
    void extraConfigIsSetAndTakenAway() throws Exception {
        try (VimConnection connection = loggedIn()) {
            ObjectRef machine = machine(connection);
            String text = "{\"a\":\"<&>\\\"'\"}";
            connection.machines().setExtraConfig(machine, Map.of("guestinfo.penstock.offer", text));
            assertThat(connection.machines().extraConfig(machine)).containsEntry("guestinfo.penstock.offer", text);
            connection.machines().setExtraConfig(machine, Map.of("guestinfo.penstock.offer", ""));
            assertThat(connection.machines().extraConfig(machine)).doesNotContainKey("guestinfo.penstock.offer");
            assertFails(
                    Kind.NOT_FOUND,
                    () -> connection.machines().extraConfig(new ObjectRef("VirtualMachine", "vm-none")));
        }
    }

    @Test
    void sessionOfTheVsphereClientIsClonedOnce() throws Exception {
        String token = vcsim.clientSession("alice@vsphere.local", "alice-password");
        try (VimConnection connection = open();
                VimConnection second = open()) {
            String ticket = connection.cloneTicket(token, connection.about().instanceUuid(), PATIENCE);
            assertThat(connection.cloneSession(ticket)).isEqualTo("alice@vsphere.local");
            assertThat(connection.authority().held(connection.rootFolder(), List.of("Global.LogEvent", "Task.Create")))
                    .containsExactly("Global.LogEvent");
            assertFails(Kind.LOGIN_REFUSED, () -> second.cloneSession(ticket));
            assertFails(
                    Kind.NOT_AUTHENTICATED,
                    () -> second.cloneTicket("no such token", second.about().instanceUuid(), PATIENCE));
        }
    }

    @Test
    void callIsGivenUpWhenItsThreadIsInterrupted() throws Exception {
        try (VimConnection connection = loggedIn()) {
            vcsim.fault("CurrentTime", "delay", new JsonObject().put("milliseconds", 4000));
            Callable<Object> call = connection::currentTime;
            Thread caller = Thread.ofVirtual().start(() -> {
                try {
                    call.call();
                } catch (Exception e) {
                    assertThat(e).hasMessageContaining("given up");
                }
            });
            Thread.sleep(200);
            caller.interrupt();
            assertThat(caller.join(Duration.ofSeconds(2))).isTrue();
        }
    }
}
