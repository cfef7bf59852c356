package io.penstock.appliance.vcenter.registration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.appliance.vcenter.About;
import io.penstock.appliance.vcenter.Credentials;
import io.penstock.appliance.vcenter.ExtensionRecord;
import io.penstock.appliance.vcenter.Node;
import io.penstock.appliance.vcenter.Thumbprint;
import io.penstock.appliance.vcenter.VcenterAddress;
import io.penstock.appliance.vcenter.VcenterException;
import io.penstock.appliance.vcenter.VcenterException.Kind;
import io.penstock.appliance.vcenter.registration.Finding.State;
import io.penstock.appliance.vcenter.soap.Authority;
import io.penstock.appliance.vcenter.soap.VimConnection;
import io.penstock.testkit.TestCertificate;
import io.penstock.testkit.Vcsim;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Coming to a vCenter, staying, and leaving without a trace. */
@Tag("vcenter")
@SuppressWarnings("NullAway.Init") // set up before each test
class RegistrationIT {
    private static final String SERVICE_NAME = "penstock@vsphere.local";
    private static final Credentials SERVICE = Credentials.of(SERVICE_NAME, "service-password");
    private static final Credentials ADMINISTRATOR = Credentials.of(Vcsim.ADMINISTRATOR, Vcsim.PASSWORD);
    private static final URI APPLIANCE = URI.create("https://penstock.lab:7443");

    @TempDir
    private Path folder;

    private final Vertx vertx = Vertx.vertx();
    private TestCertificate certificate;
    private TestCertificate own;
    private Vcsim vcsim;

    @BeforeEach
    void start() throws Exception {
        certificate = TestCertificate.of(folder, "vc", List.of("127.0.0.1"));
        own = TestCertificate.of(folder, "appliance", List.of("penstock.lab"));
        vcsim = start("8.0.3.0");
    }

    private Vcsim start(String apiVersion) throws IOException {
        JsonArray users = new JsonArray()
                .add(new JsonObject().put("name", SERVICE_NAME).put("password", "service-password"))
                .add(new JsonObject()
                        .put("name", "helper@vsphere.local")
                        .put("password", "helper-password")
                        .put(
                                "privileges",
                                new JsonArray().add("Extension.Register").add("Authorization.ModifyRoles")));
        return Vcsim.start(
                folder, certificate, Vcsim.plain(1, 1).put("users", users).put("apiVersion", apiVersion));
    }

    @AfterEach
    void stop() {
        vcsim.close();
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    private Registration registration() {
        return new Registration(
                vertx, new VcenterAddress("127.0.0.1", vcsim.port()), Thumbprint.of(certificate.certificate()));
    }

    private ExtensionRecord record(String version) {
        return PluginRecord.of(APPLIANCE, own.certificate(), version);
    }

    private <T> T as(Credentials account, Function<VimConnection, T> work) {
        try (VimConnection connection = VimConnection.open(
                vertx,
                new VcenterAddress("127.0.0.1", vcsim.port()),
                Thumbprint.of(certificate.certificate()),
                Duration.ofSeconds(10))) {
            connection.login(account);
            return work.apply(connection);
        }
    }

    private Node registered() {
        return as(ADMINISTRATOR, connection -> connection.extensions().find(PluginRecord.KEY))
                .orElseThrow();
    }

    private static void assertFails(Kind kind, ThrowingCallable call, String... words) {
        assertThatThrownBy(call).isInstanceOfSatisfying(VcenterException.class, e -> {
            assertThat(e.kind()).as(e.getMessage()).isEqualTo(kind);
            for (String word : words) {
                assertThat(e.getMessage()).contains(word);
            }
        });
    }

    private static List<String> texts(Node extension, String module) {
        return extension.nodes("resourceList").stream()
                .filter(list -> list.text("module").orElse("").equals(module))
                .flatMap(list -> list.nodes("data").stream())
                .map(text -> text.text("key").orElse(""))
                .toList();
    }

    private List<Finding> broken() {
        return as(SERVICE, connection -> Registration.check(connection, SERVICE_NAME, record("0.1.0"))).stream()
                .filter(finding -> finding.state() == State.BROKEN)
                .toList();
    }

    @Test
    void leavesRolePermissionAndRecord() throws Exception {
        About about = registration().add(ADMINISTRATOR, SERVICE, "", record("0.1.0-SNAPSHOT"), false);
        assertThat(about.instanceUuid()).isEqualTo(vcsim.instanceUuid());
        Node extension = registered();
        assertThat(extension.text("version")).contains("0.1.0");
        assertThat(extension.text("company")).contains("Penstock");
        Node client = extension.nodes("client").getFirst();
        assertThat(client.text("type")).contains("vsphere-client-remote");
        assertThat(client.text("url")).contains("https://penstock.lab:7443/plugin.json");
        Node server = extension.nodes("server").getFirst();
        assertThat(server.text("type")).contains("MANIFEST_SERVER");
        assertThat(server.text("serverThumbprint"))
                .contains(Thumbprint.of(own.certificate()).toString());
        assertThat(server.text("serverCertificate").orElse("")).contains("BEGIN CERTIFICATE");
        assertThat(extension.nodes("privilegeList")).hasSize(4).allSatisfy(privilege -> {
            assertThat(privilege.text("privID").orElse("")).startsWith("io.penstock.vsphere.");
            assertThat(privilege.text("privGroupName")).contains("io.penstock.vsphere");
        });
        assertThat(extension.nodes("taskList")).hasSize(3);
        assertThat(extension.nodes("faultList").stream()
                        .map(fault -> fault.text("faultID").orElse("")))
                .containsExactly(
                        "io.penstock.vsphere.fault.expired",
                        "io.penstock.vsphere.fault.withdrawn",
                        "io.penstock.vsphere.fault.failed");
        assertThat(texts(extension, "fault"))
                .contains("io.penstock.vsphere.fault.expired.summary")
                .hasSize(3);
        assertThat(extension.nodes("eventList"))
                .hasSize(6)
                .allSatisfy(event ->
                        assertThat(event.text("eventTypeSchema").orElse("")).contains("<fullFormat>"));
        assertThat(extension.nodes("resourceList").stream().flatMap(list -> list.nodes("data").stream()))
                .anySatisfy(text -> {
                    assertThat(text.text("key")).contains("io.penstock.vsphere.enableVm.label");
                    assertThat(text.text("value")).contains("Enable for Penstock");
                });
        JsonObject set = vcsim.control("GET", "/permissions", new JsonObject());
        assertThat(set.getJsonArray("permissions").encode())
                .contains("VSPHERE.LOCAL\\\\penstock", "Penstock service", "VirtualMachine.Config.AdvancedConfig")
                .contains("InventoryService.Tagging.AttachTag", "InventoryService.Tagging.ObjectAttachable")
                .doesNotContain("InventoryService.Tagging.CreateTag");
        JsonObject category = vcsim.categories(folder).getFirst();
        assertThat(category.getString("name")).isEqualTo("Penstock");
        assertThat(category.getJsonArray("tags").stream()
                        .map(JsonObject.class::cast)
                        .map(tag -> tag.getString("name")))
                .containsExactlyInAnyOrder("GPU server", "Client");
        assertThat(broken()).isEmpty();
    }

    @Test
    void rolesForPeopleAreFoundReadyAndLeftAsTheyWereChanged() throws Exception {
        registration().add(ADMINISTRATOR, SERVICE, "", record("0.1.0"), false);
        Authority.Role operator = role("Penstock operator");
        assertThat(operator.privileges())
                .contains("io.penstock.vsphere.View", "io.penstock.vsphere.ManageClients")
                .doesNotContain("io.penstock.vsphere.ManagePool");
        assertThat(role("Penstock viewer").privileges()).contains("io.penstock.vsphere.View");
        assertThat(role("Penstock administrator").privileges())
                .contains("io.penstock.vsphere.ManagePool", "io.penstock.vsphere.ManageServers");

        List<String> changed = List.of("io.penstock.vsphere.View", "VirtualMachine.Interact.ConsoleInteract");
        as(ADMINISTRATOR, connection -> {
            connection.authority().updateRole(operator, changed);
            connection.authority().grant(connection.rootFolder(), "helper@vsphere.local", operator.id());
            connection
                    .authority()
                    .grant(
                            connection.rootFolder(),
                            "other@vsphere.local",
                            role("Penstock viewer").id());
            return changed;
        });
        registration().add(ADMINISTRATOR, SERVICE, "", record("0.1.0"), false);
        assertThat(role("Penstock operator").privileges())
                .containsAll(changed)
                .doesNotContain("io.penstock.vsphere.ManageClients");

        registration().remove(ADMINISTRATOR, SERVICE_NAME, record("0.1.0"));
        assertThat(role("Penstock operator").privileges())
                .contains("VirtualMachine.Interact.ConsoleInteract")
                .noneMatch(privilege -> privilege.startsWith("io.penstock."));
        assertThat(granted())
                .contains("LOCAL\\\\helper", "Penstock operator")
                .doesNotContain("LOCAL\\\\other", "Penstock viewer", "Penstock administrator", "Penstock service");
    }

    private Authority.Role role(String name) {
        return as(ADMINISTRATOR, connection -> connection.authority().role(name).orElseThrow());
    }

    @Test
    void doesNothingASecondTimeAndUpdatesAfterAChange() throws Exception {
        registration().add(ADMINISTRATOR, SERVICE, "", record("0.1.0"), false);
        vcsim.fault("UpdateExtension", "fault", new JsonObject().put("type", "InvalidArgument")); // must not be asked
        registration().add(ADMINISTRATOR, SERVICE, "", record("0.1.0"), false);
        vcsim.healed();
        boolean unnecessary = as(SERVICE, connection -> Registration.refresh(connection, record("0.1.0")));
        assertThat(unnecessary).isFalse();
        own = TestCertificate.of(folder, "renewed", List.of("penstock.lab"));
        assertThat(broken()).extracting(Finding::part).containsExactly("extension");
        boolean necessary = as(SERVICE, connection -> Registration.refresh(connection, record("0.1.0")));
        assertThat(necessary).isTrue();
        assertThat(registered().nodes("server").getFirst().text("serverThumbprint"))
                .contains(Thumbprint.of(own.certificate()).toString());
        registration().add(ADMINISTRATOR, SERVICE, "", record("0.2.0"), false);
        assertThat(registered().text("version")).contains("0.2.0");
        assertFails(
                Kind.CONFLICT,
                () -> registration().add(ADMINISTRATOR, SERVICE, "", record("0.1.0"), false),
                "0.2.0",
                "0.1.0");
    }

    @Test
    void wrongPasswordsAreFoundBeforeAnythingChanges() throws Exception {
        assertFails(
                Kind.LOGIN_REFUSED,
                () -> registration()
                        .add(ADMINISTRATOR, Credentials.of(SERVICE_NAME, "wrong"), "", record("0.1.0"), false),
                SERVICE_NAME);
        assertFails(
                Kind.LOGIN_REFUSED,
                () -> registration()
                        .add(Credentials.of(Vcsim.ADMINISTRATOR, "wrong"), SERVICE, "", record("0.1.0"), false),
                Vcsim.ADMINISTRATOR);
        Optional<Node> extension =
                as(ADMINISTRATOR, connection -> connection.extensions().find(PluginRecord.KEY));
        assertThat(extension).isEmpty();
        assertThat(vcsim.control("GET", "/permissions", new JsonObject()).encode())
                .doesNotContain("Penstock service");
    }

    @Test
    void missingBootstrapPrivilegesAreNamedEach() {
        assertFails(
                Kind.NO_PERMISSION,
                () -> registration()
                        .add(
                                Credentials.of("helper@vsphere.local", "helper-password"),
                                SERVICE,
                                "",
                                record("0.1.0"),
                                false),
                "helper@vsphere.local",
                "Authorization.ModifyPermissions",
                "Extension.Update",
                "Extension.Unregister",
                "InventoryService.Tagging.CreateCategory",
                "InventoryService.Tagging.CreateTag",
                "InventoryService.Tagging.DeleteCategory");
    }

    @Test
    void rolesOfAccountsThatAreNotOursAloneAreLeftToThem() throws Exception {
        String before = granted();
        assertFails(
                Kind.CONFLICT,
                () -> registration().add(ADMINISTRATOR, ADMINISTRATOR, "", record("0.1.0"), false),
                Vcsim.ADMINISTRATOR,
                "would lose");
        Credentials otherwise = Credentials.of("VSPHERE.LOCAL\\Administrator", Vcsim.PASSWORD);
        assertFails(Kind.CONFLICT, () -> registration().add(ADMINISTRATOR, otherwise, "", record("0.1.0"), false));
        assertFails(
                Kind.CONFLICT,
                () -> registration()
                        .add(
                                ADMINISTRATOR,
                                Credentials.of("helper@vsphere.local", "helper-password"),
                                "",
                                record("0.1.0"),
                                false),
                "helper@vsphere.local",
                "'of helper@vsphere.local'");
        assertThat(granted()).isEqualTo(before);
        Optional<Node> extension =
                as(ADMINISTRATOR, connection -> connection.extensions().find(PluginRecord.KEY));
        assertThat(extension).isEmpty();
    }

    private String granted() throws Exception {
        return vcsim.control("GET", "/permissions", new JsonObject()).encode();
    }

    @Test
    void formerServiceAccountLosesOurRole() throws Exception {
        registration().add(ADMINISTRATOR, SERVICE, "", record("0.1.0"), false);
        vcsim.control(
                "POST",
                "/users",
                new JsonObject().put("name", "second@vsphere.local").put("password", "second-password"));
        Credentials second = Credentials.of("second@vsphere.local", "second-password");
        registration().add(ADMINISTRATOR, second, SERVICE_NAME, record("0.1.0"), false);
        assertThat(granted()).contains("VSPHERE.LOCAL\\\\second").doesNotContain("LOCAL\\\\penstock");
        registration().remove(ADMINISTRATOR, second.user(), record("0.1.0"));
        assertNothingIsLeft();
    }

    @Test
    void twoAppliancesLeaveEachOthersExtensionAlone() throws Exception {
        TestCertificate others = TestCertificate.of(folder, "other", List.of("other.lab"));
        ExtensionRecord theirs = PluginRecord.of(URI.create("https://other.lab:7443"), others.certificate(), "0.1.0");
        vcsim.control(
                "POST",
                "/users",
                new JsonObject().put("name", "other@vsphere.local").put("password", "other-password"));
        Credentials other = Credentials.of("other@vsphere.local", "other-password");
        registration().add(ADMINISTRATOR, SERVICE, "", record("0.1.0"), false);

        assertFails(
                Kind.TAKEN,
                () -> registration().add(ADMINISTRATOR, other, "", theirs, false),
                "https://penstock.lab:7443",
                "--take-over");
        assertThat(granted()).doesNotContain("LOCAL\\\\other");
        registration().add(ADMINISTRATOR, other, "", theirs, true);

        assertThat(broken()).extracting(Finding::part).containsExactly("extension");
        assertThat(broken().getFirst().text()).contains("https://other.lab:7443");
        assertFails(
                Kind.TAKEN,
                () -> as(SERVICE, connection -> Registration.refresh(connection, record("0.1.0"))),
                "https://other.lab:7443");
        registration().remove(ADMINISTRATOR, SERVICE_NAME, record("0.1.0"));
        assertThat(registered().nodes("server").getFirst().text("url")).contains(theirs.manifest());
        assertThat(granted()).contains("LOCAL\\\\other").doesNotContain("LOCAL\\\\penstock");
        assertThat(vcsim.categories(folder)).hasSize(1);
        registration().remove(ADMINISTRATOR, other.user(), theirs);
        assertNothingIsLeft();
    }

    @Test
    void registersAlsoWhereTagsCannotBeMade() throws Exception {
        String theirs = vcsim.tags(folder, "category", "Penstock", "Client").getString("id");
        registration().add(ADMINISTRATOR, SERVICE, "", record("0.1.0"), false);
        assertThat(broken()).isEmpty();
        registration().remove(ADMINISTRATOR, SERVICE_NAME, record("0.1.0"));
        assertThat(vcsim.categories(folder))
                .extracting(category -> category.getString("id"))
                .containsExactly(theirs);
    }

    @Test
    void tagsThatStayAreAFailureOfRemoving() throws Exception {
        registration().add(ADMINISTRATOR, SERVICE, "", record("0.1.0"), false);
        vcsim.control("POST", "/global", new JsonObject().put("name", Vcsim.ADMINISTRATOR));
        assertFails(
                Kind.NO_PERMISSION,
                () -> registration().remove(ADMINISTRATOR, SERVICE_NAME, record("0.1.0")),
                "InventoryService.Tagging.DeleteCategory",
                "global permission");
        vcsim.control(
                "POST",
                "/global",
                new JsonObject().put("name", Vcsim.ADMINISTRATOR).put("role", "Admin"));
        registration().remove(ADMINISTRATOR, SERVICE_NAME, record("0.1.0"));
        assertNothingIsLeft();
    }

    @Test
    void anOldVcenterIsNotAskedForPrivilegesThatItDoesNotKnow() throws Exception {
        vcsim.close();
        vcsim = start("6.7.0");
        registration().add(ADMINISTRATOR, SERVICE, "", record("0.1.0"), false);
        assertThat(broken()).isEmpty();
        assertThat(vcsim.control("GET", "/permissions", new JsonObject()).encode())
                .contains("InventoryService.Tagging.AttachTag")
                .doesNotContain("InventoryService.Tagging.ObjectAttachable");
        assertThat(vcsim.categories(folder)).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"RegisterExtension", "AddAuthorizationRole", "SetEntityPermissions", "HasPrivilegeOnEntities"})
    void whatBrokeMidwayIsCompletedOrRemoved(String method) throws Exception {
        vcsim.fault(
                method,
                "cut",
                new JsonObject().put("skip", method.startsWith("Has") ? 1 : 0).put("count", 1));
        assertFails(Kind.UNREACHABLE, () -> registration().add(ADMINISTRATOR, SERVICE, "", record("0.1.0"), false));
        registration().add(ADMINISTRATOR, SERVICE, "", record("0.1.0"), false);
        assertThat(broken()).isEmpty();
        registration().remove(ADMINISTRATOR, SERVICE_NAME, record("0.1.0"));
        assertNothingIsLeft();
    }

    @Test
    void leavesWithoutATrace() throws Exception {
        registration().add(ADMINISTRATOR, SERVICE, "", record("0.1.0"), false);
        registration().remove(ADMINISTRATOR, SERVICE_NAME, record("0.1.0"));
        assertNothingIsLeft();
        registration().remove(ADMINISTRATOR, SERVICE_NAME, record("0.1.0"));
    }

    private void assertNothingIsLeft() throws Exception {
        Optional<Node> extension =
                as(ADMINISTRATOR, connection -> connection.extensions().find(PluginRecord.KEY));
        assertThat(extension).isEmpty();
        assertThat(vcsim.control("GET", "/permissions", new JsonObject()).encode())
                .doesNotContain("Penstock service", "penstock");
        assertThat(vcsim.categories(folder)).isEmpty();
    }

    @Test
    void tellsWhatIsBrokenAndRepairMendsIt() throws Exception {
        registration().add(ADMINISTRATOR, SERVICE, "", record("0.1.0"), false);
        as(ADMINISTRATOR, connection -> {
            connection.extensions().unregister(PluginRecord.KEY);
            connection
                    .authority()
                    .updateRole(
                            connection.authority().role(Registration.ROLE).orElseThrow(),
                            List.of("System.View", "System.Read", "Task.Create"));
            return true;
        });
        assertThat(broken()).extracting(Finding::part).containsExactly("privileges", "role", "extension");
        assertThat(broken().getFirst().text()).contains("Global.LogEvent").doesNotContain("Task.Create");
        assertThat(broken()).allSatisfy(finding -> assertThat(finding.needs()).containsExactly("bootstrap"));
        registration().add(ADMINISTRATOR, SERVICE, "", record("0.1.0"), false);
        assertThat(broken()).isEmpty();
    }

    @Test
    void goesOnAfterTheBootstrapPasswordChanged() throws Exception {
        registration().add(ADMINISTRATOR, SERVICE, "", record("0.1.0"), false);
        vcsim.control(
                "POST",
                "/password",
                new JsonObject().put("name", Vcsim.ADMINISTRATOR).put("password", "changed"));
        assertThat(broken()).isEmpty();
    }
}
