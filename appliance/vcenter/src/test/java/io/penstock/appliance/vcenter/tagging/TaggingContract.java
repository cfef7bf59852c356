package io.penstock.appliance.vcenter.tagging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.appliance.vcenter.Credentials;
import io.penstock.appliance.vcenter.ObjectRef;
import io.penstock.appliance.vcenter.Thumbprint;
import io.penstock.appliance.vcenter.VcenterAddress;
import io.penstock.appliance.vcenter.VcenterException;
import io.penstock.appliance.vcenter.VcenterException.Kind;
import io.penstock.testkit.TestCertificate;
import io.penstock.testkit.Vcsim;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What every implementation of {@link Tagging} does; what it left is read back by govmomi's own client. */
@Tag("vcenter")
@SuppressWarnings("NullAway.Init") // set up before each test
abstract class TaggingContract {
    private static final Duration PATIENCE = Duration.ofSeconds(2);
    private static final Credentials ADMINISTRATOR = Credentials.of(Vcsim.ADMINISTRATOR, Vcsim.PASSWORD);
    private static final Credentials ALICE = Credentials.of("alice@vsphere.local", "alice-password");

    @TempDir
    private Path folder;

    final Vertx vertx = Vertx.vertx();
    private TestCertificate certificate;
    private Vcsim vcsim;

    /** The implementation under test. */
    abstract Tagging open(VcenterAddress address, Thumbprint thumbprint, Credentials account, Duration patience);

    /** Which API the vCenter says that it has. */
    abstract String apiVersion();

    @BeforeEach
    void start() throws Exception {
        certificate = TestCertificate.of(folder, "vc", List.of("127.0.0.1"));
        vcsim = start(certificate);
    }

    private Vcsim start(TestCertificate shown) throws IOException {
        JsonObject alice = new JsonObject()
                .put("name", ALICE.user())
                .put("password", "alice-password")
                .put(
                        "privileges",
                        new JsonArray().addAll(new JsonArray(Tagging.MAKING)).add(Tagging.ATTACH));
        return Vcsim.start(
                folder,
                shown,
                Vcsim.plain(1, 3).put("apiVersion", apiVersion()).put("users", new JsonArray().add(alice)));
    }

    @AfterEach
    void stop() {
        vcsim.close();
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    private Tagging as(Credentials account) {
        return to(vcsim, Thumbprint.of(certificate.certificate()), account);
    }

    private Tagging to(Vcsim where, Thumbprint thumbprint, Credentials account) {
        return open(new VcenterAddress("127.0.0.1", where.port()), thumbprint, account, PATIENCE);
    }

    private ObjectRef vm(String name) throws IOException {
        String id = vcsim.control("POST", "/vms", new JsonObject().put("name", name))
                .getString("moref");
        return new ObjectRef("VirtualMachine", id);
    }

    /** Of each tag of a category what carries it, as another client sees it. */
    private List<String> seen(String category) throws IOException {
        return vcsim.categories(folder).stream()
                .filter(one -> one.getString("name").equals(category))
                .flatMap(one -> one.getJsonArray("tags").stream())
                .map(JsonObject.class::cast)
                .map(tag -> tag.getString("name") + " "
                        + tag.getJsonArray("objects").stream().sorted().toList())
                .sorted()
                .toList();
    }

    private String foreign(String name) throws IOException {
        JsonObject made = vcsim.tags(folder, "category", name, "GPU server", "Client");
        for (Object tag : made.getJsonArray("tags")) {
            vcsim.tags(folder, "attach", tag.toString(), vm("vm2").id());
        }
        return made.getString("id");
    }

    private static void assertFails(Kind kind, ThrowingCallable call, String... words) {
        assertThatThrownBy(call).isInstanceOfSatisfying(VcenterException.class, e -> {
            assertThat(e.kind()).as(e.getMessage()).isEqualTo(kind);
            assertThat(e.getMessage()).doesNotContain("password");
            for (String word : words) {
                assertThat(e.getMessage()).contains(word);
            }
        });
    }

    @Test
    void makesCategoryAndTagsOnce() throws Exception {
        try (Tagging tagging = as(ADMINISTRATOR)) {
            assertThat(tagging.carriers(PoolTag.CLIENT)).isEmpty();
            tagging.make();
            List<JsonObject> first = vcsim.categories(folder);
            tagging.make();
            assertThat(vcsim.categories(folder)).isEqualTo(first).hasSize(1);
            assertThat(first.getFirst().getJsonArray("types")).containsExactly("VirtualMachine");
            assertThat(seen("Penstock")).containsExactly("Client []", "GPU server []");
            assertThat(tagging.carriers(PoolTag.CLIENT)).contains(Set.of());
        }
    }

    @Test
    void attachesAndDetachesAgainAndAgain() throws Exception {
        ObjectRef one = vm("vm0");
        ObjectRef other = vm("vm1");
        try (Tagging tagging = as(ADMINISTRATOR)) {
            tagging.make();
            for (int twice = 0; twice < 2; twice++) {
                tagging.attach(PoolTag.CLIENT, one);
                tagging.attach(PoolTag.CLIENT, other);
                tagging.attach(PoolTag.GPU_SERVER, other);
            }
            assertThat(tagging.carriers(PoolTag.CLIENT)).contains(Set.of(one, other));
            assertThat(tagging.carriers(PoolTag.GPU_SERVER)).contains(Set.of(other));
            for (int twice = 0; twice < 2; twice++) {
                tagging.detach(PoolTag.CLIENT, other);
            }
            assertThat(seen("Penstock"))
                    .containsExactly("Client [" + one.id() + "]", "GPU server [" + other.id() + "]");
            tagging.remove();
            tagging.remove();
            assertThat(vcsim.categories(folder)).isEmpty();
            assertThat(tagging.carriers(PoolTag.CLIENT)).isEmpty();
            assertFails(Kind.NOT_FOUND, () -> tagging.attach(PoolTag.CLIENT, one), "'Client'");
        }
    }

    @Test
    void twoCategoriesOfTheSameNameBySomebodyElseAreNotTouched() throws Exception {
        String first = foreign("Penstock");
        String second = foreign("Elsewhere");
        vcsim.tags(folder, "rename", second, "Penstock");
        List<JsonObject> before = vcsim.categories(folder);
        try (Tagging tagging = as(ADMINISTRATOR)) {
            assertFails(Kind.ALREADY_EXISTS, tagging::make, "'Penstock'", "did not make", "rename");
            assertThat(tagging.carriers(PoolTag.CLIENT)).isEmpty();
            assertFails(Kind.NOT_FOUND, () -> tagging.attach(PoolTag.CLIENT, vm("vm0")));
            tagging.remove();
            assertThat(vcsim.categories(folder)).containsExactlyInAnyOrderElementsOf(before);

            vcsim.tags(folder, "rename", first, "Theirs");
            vcsim.tags(folder, "rename", second, "Elsewhere");
            tagging.make();
            vcsim.tags(folder, "rename", second, "Penstock"); // theirs and ours of one name
            tagging.make();
            tagging.attach(PoolTag.CLIENT, vm("vm0"));
            assertThat(tagging.carriers(PoolTag.CLIENT)).contains(Set.of(vm("vm0")));
            assertThat(tagging.carriers(PoolTag.GPU_SERVER)).contains(Set.of());
            tagging.remove();
        }
        assertThat(vcsim.categories(folder))
                .extracting(one -> one.getString("id"))
                .containsExactlyInAnyOrder(first, second);
        assertThat(seen("Penstock"))
                .containsExactly(
                        "Client [" + vm("vm2").id() + "]",
                        "GPU server [" + vm("vm2").id() + "]");
    }

    @Test
    void oursStaysOursWhenItIsRenamedAndATagComesBack() throws Exception {
        try (Tagging tagging = as(ADMINISTRATOR)) {
            tagging.make();
            tagging.attach(PoolTag.CLIENT, vm("vm0"));
            JsonObject ours = vcsim.categories(folder).getFirst();
            vcsim.tags(folder, "rename", ours.getString("id"), "GPU pool");
            for (Object tag : ours.getJsonArray("tags")) {
                JsonObject one = (JsonObject) tag;
                if (one.getString("name").equals("GPU server")) {
                    vcsim.tags(folder, "delete", one.getString("id"));
                }
            }
            assertThat(tagging.carriers(PoolTag.GPU_SERVER)).isEmpty();
            tagging.make();
            assertThat(vcsim.categories(folder)).hasSize(1);
            assertThat(seen("GPU pool")).containsExactly("Client [" + vm("vm0").id() + "]", "GPU server []");
        }
    }

    @Test
    void goesOnAfterItsSessionExpiredInBetween() throws Exception {
        try (Tagging tagging = as(ADMINISTRATOR)) {
            tagging.make();
            vcsim.fault("tag-association.attach", "expire", new JsonObject().put("count", 1));
            tagging.attach(PoolTag.CLIENT, vm("vm0"));
            assertThat(seen("Penstock")).contains("Client [" + vm("vm0").id() + "]");
            vcsim.fault("tag-association.attach", "expire", new JsonObject().put("count", 2));
            assertFails(Kind.NOT_AUTHENTICATED, () -> tagging.attach(PoolTag.CLIENT, vm("vm1")), "attach");
        }
    }

    @Test
    void goesOnAfterARestart() throws Exception {
        try (Tagging tagging = as(ADMINISTRATOR)) {
            tagging.make();
            vcsim.control("POST", "/restart", new JsonObject());
            Instant until = Instant.now().plusSeconds(5);
            boolean done = false;
            while (!done && Instant.now().isBefore(until)) {
                done = attached(tagging, vm("vm0"));
            }
            assertThat(seen("Penstock")).contains("Client [" + vm("vm0").id() + "]");
        }
    }

    /** The connection that was cut may be noticed by the call. */
    private static boolean attached(Tagging tagging, ObjectRef machine) {
        try {
            tagging.attach(PoolTag.CLIENT, machine);
            return true;
        } catch (VcenterException e) {
            assertThat(e.kind()).isEqualTo(Kind.UNREACHABLE);
            return false;
        }
    }

    @Test
    void aSessionIsOverWhenItIsClosed() throws Exception {
        Tagging tagging = as(ADMINISTRATOR);
        tagging.make();
        vcsim.fault(
                "session.delete",
                "fault",
                new JsonObject().put("type", "INTERNAL_SERVER_ERROR").put("status", 500));
        assertThatCode(tagging::close).doesNotThrowAnyException();
        assertFails(Kind.UNREACHABLE, tagging::make);
    }

    @Test
    void wrongPasswordIsRefused() {
        try (Tagging tagging = as(Credentials.of(Vcsim.ADMINISTRATOR, "not-the-p-word"))) {
            assertThatThrownBy(tagging::make).isInstanceOfSatisfying(VcenterException.class, e -> {
                assertThat(e.kind()).isEqualTo(Kind.LOGIN_REFUSED);
                assertThat(e.getMessage()).contains(Vcsim.ADMINISTRATOR).doesNotContain("not-the-p-word");
            });
        }
    }

    @Test
    void otherCertificateIsRefusedBeforeAnythingIsSent() throws Exception {
        TestCertificate other = TestCertificate.of(folder, "other", List.of("127.0.0.1"));
        try (Tagging tagging = to(vcsim, Thumbprint.of(other.certificate()), ADMINISTRATOR)) {
            assertFails(
                    Kind.CERTIFICATE_DIFFERS,
                    tagging::make,
                    Thumbprint.of(certificate.certificate()).toString());
        }
        assertThat(vcsim.categories(folder)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"elsewhere.example, 1, names", "127.0.0.1, -1, valid"})
    void certificateMustNameTheHostAndBeValid(String name, int hours, String word) throws Exception {
        Instant from = Instant.now().minus(Duration.ofHours(2));
        TestCertificate bad = TestCertificate.of(
                folder, "bad", List.of(name), from, Duration.ofHours(2).plusHours(hours));
        try (Vcsim elsewhere = start(bad);
                Tagging tagging = to(elsewhere, Thumbprint.of(bad.certificate()), ADMINISTRATOR)) {
            assertFails(Kind.CERTIFICATE_BAD, tagging::make, word);
        }
    }

    /** Alice holds all of them on the root folder, which does not count for tags. */
    @Test
    void eachMissingPrivilegeIsNamed() throws Exception {
        ObjectRef machine = vm("vm0");
        try (Tagging tagging = as(ALICE)) {
            assertFails(Kind.NO_PERMISSION, tagging::make, ALICE.user(), Tagging.MAKING.get(0), "global permission");
            grant(Tagging.MAKING.get(0));
            assertFails(Kind.NO_PERMISSION, tagging::make, Tagging.MAKING.get(1));
            grant(Tagging.MAKING.get(0), Tagging.MAKING.get(1));
            tagging.make();
            assertFails(Kind.NO_PERMISSION, () -> tagging.attach(PoolTag.CLIENT, machine), Tagging.ATTACH);
            assertFails(Kind.NO_PERMISSION, () -> tagging.detach(PoolTag.CLIENT, machine), Tagging.ATTACH);
            grant(Tagging.ATTACH, Tagging.ATTACHABLE);
            tagging.attach(PoolTag.CLIENT, machine);
            assertFails(Kind.NO_PERMISSION, tagging::remove, Tagging.MAKING.get(2));
            assertFails(
                    Kind.NO_PERMISSION,
                    () -> tagging.attach(PoolTag.CLIENT, new ObjectRef("VirtualMachine", "vm-none")),
                    "vm-none");
        }
        assertThat(seen("Penstock")).containsExactly("Client [" + machine.id() + "]", "GPU server []");
    }

    private void grant(String... privileges) throws IOException {
        vcsim.control(
                "POST",
                "/global",
                new JsonObject().put("name", ALICE.user()).put("privileges", new JsonArray(List.of(privileges))));
    }

    @ParameterizedTest
    @CsvSource({
        "fault, RESOURCE_BUSY, 400, CONFLICT",
        "fault, SERVICE_UNAVAILABLE, 503, UNREACHABLE",
        "fault, SOMETHING_NEW, 400, REFUSED",
        "status, '', 503, UNREACHABLE",
        "status, '', 500, BAD_ANSWER",
        "truncate, '', 0, BAD_ANSWER",
        "garbage, '', 0, BAD_ANSWER",
        "flood, '', 0, BAD_ANSWER",
        "cut, '', 0, UNREACHABLE",
        "delay, '', 0, UNREACHABLE"
    })
    void eachWayToFailHasItsKind(String action, String type, int status, Kind kind) throws Exception {
        try (Tagging tagging = as(ADMINISTRATOR)) {
            tagging.make();
            vcsim.fault(
                    "tag.get",
                    action,
                    new JsonObject()
                            .put("type", type)
                            .put("status", status)
                            .put("count", 1)
                            .put("milliseconds", 5000));
            assertFails(kind, () -> tagging.carriers(PoolTag.CLIENT));
            assertThat(tagging.carriers(PoolTag.CLIENT)).contains(Set.of());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"session.create", "tag-association.list-attached-objects-on-tags"})
    void whatIsNoAnswerIsNotTakenForOne(String call) throws Exception {
        try (Tagging administrator = as(ADMINISTRATOR);
                Tagging tagging = as(ADMINISTRATOR)) {
            administrator.make();
            vcsim.fault(call, "garbage", new JsonObject().put("count", 1));
            assertFails(Kind.BAD_ANSWER, () -> tagging.carriers(PoolTag.CLIENT));
        }
    }
}
