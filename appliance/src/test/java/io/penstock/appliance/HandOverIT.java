package io.penstock.appliance;

import static io.penstock.appliance.EnrolmentIT.assertRefused;
import static io.penstock.appliance.TestInstallation.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.protocol.appliance.ApplianceClient;
import io.penstock.protocol.appliance.ApplianceException;
import io.penstock.protocol.identity.Identity;
import io.penstock.testkit.Vcsim;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Letting running VMs in, by everybody who may and nobody else. */
@Tag("vcenter")
class HandOverIT extends VcenterHouse {
    @Test
    void reEnabledVmGetsANewIdentityAndTheOldOneStaysVoid() throws Exception {
        add();
        String first = letIn("ml1", "client");
        assertThat(admin(HttpMethod.POST, path("ml1", "/disable"), null).status())
                .isEqualTo(200);
        String second = letIn("ml1", "client");
        assertThat(second).isNotEqualTo(first);
        JsonArray clients = admin(HttpMethod.GET, "/v1/clients", null).json().getJsonArray("clients");
        assertThat(clients.size()).isOne();
        assertThat(second).endsWith(clients.getJsonObject(0).getString("id"));
    }

    private JsonArray members(String kind) throws Exception {
        return admin(HttpMethod.GET, "/v1/" + kind + "s", null).json().getJsonArray(kind + "s");
    }

    private JsonObject onlyClient() throws Exception {
        JsonArray clients = members("client");
        assertThat(clients.size()).as(clients.encode()).isOne();
        return clients.getJsonObject(0);
    }

    /** The pages and the command line do to a client that is a VM what the VM's own menu does, and leave the same traces there. */
    @ParameterizedTest
    @CsvSource({"POST, /disable, Disabled by", "DELETE, '', Removed from the pool by"})
    void clientIsPutOutByAnyRoadAndItsVmShowsIt(String method, String action, String text) throws Exception {
        add();
        letIn("ml1", "client");
        Asked out =
                admin(HttpMethod.valueOf(method), "/v1/clients/" + onlyClient().getString("id") + action, null);
        assertThat(out.status()).as(out.json().encode()).isEqualTo(200);
        awaitTask("disableVm", "success", "by local administrator (Penstock)");
        awaitEvent("vm.disabled (info) on " + vm("ml1").getString("moref") + ": " + text
                + " local administrator (Penstock)");
        assertThat(vm("ml1").getJsonObject("enableClient").getBoolean("possible"))
                .isTrue();
    }

    @Test
    void vcenterThatDidNotHearOfADepartureIsToldWhenItIsBack() throws Exception {
        add();
        letIn("ml1", "client");
        vcsim.fault("CreateTask", "fault", new JsonObject().put("type", "NoPermission"));
        admin(HttpMethod.POST, "/v1/clients/" + onlyClient().getString("id") + "/disable", null);
        assertThat(onlyClient().getBoolean("enabled")).isFalse();
        Thread.sleep(1000);
        assertThat(tasks()).noneMatch(task -> task.contains("disableVm"));
        vcsim.healed();
        vcsim.control("POST", "/restart", new JsonObject());
        awaitEvent("vm.disabled (info) on " + vm("ml1").getString("moref") + ": Disabled by");
        awaitTask("disableVm", "success");
        assertThat(events().stream().filter(event -> event.contains("vm.disabled")))
                .hasSize(1);
    }

    /** A machine that was given another identity takes leave with the former one, as an administrator would remove it. */
    @ParameterizedTest
    @CsvSource({"ml1, client, enableClient", "gpu1, server, enableServer"})
    void memberTakesLeaveAndItsVmShowsIt(String name, String kind, String offer) throws Exception {
        add();
        Identity own = identity(name, kind);
        String called = "ml1 (Penstock)"; // every guest calls itself so
        ApplianceClient machine = ApplianceClient.machine(house.vertx(), own);
        await(machine.leave());
        await(machine.close());
        awaitTask("disableVm", "success", "by " + called);
        awaitEvent("vm.disabled (info) on " + vm(name).getString("moref") + ": Removed from the pool by " + called);
        assertThat(vm(name).getJsonObject(offer).getBoolean("possible")).isTrue();
        assertThat(members(kind)).isEmpty();
        ApplianceClient again = ApplianceClient.machine(house.vertx(), own);
        assertThatThrownBy(() -> await(again.leave())).isInstanceOf(ApplianceException.class);
        await(again.close());
    }

    @Test
    void serverIsRemovedAndItsVmShowsIt() throws Exception {
        add();
        String id = identity("gpu1", "server").peer().id();
        assertThat(admin(HttpMethod.DELETE, "/v1/servers/" + id, null).status()).isEqualTo(200);
        awaitTask("disableVm", "success");
        awaitEvent("vm.disabled (info) on " + vm("gpu1").getString("moref") + ": Removed from the pool by");
    }

    @Test
    void disabledClientThatIsAVmComesBackByAnOfferAlone() throws Exception {
        add();
        Identity former = identity("ml1", "client");
        String path = "/v1/clients/" + former.peer().id();
        assertThat(admin(HttpMethod.POST, path + "/enable", null).json().getString("state"))
                .isEqualTo("enabled");
        assertThat(admin(HttpMethod.POST, path + "/disable", null).status()).isEqualTo(200);
        assertThat(onlyClient().getBoolean("offered")).isFalse();

        Asked offered = admin(HttpMethod.POST, path + "/enable", null);
        assertThat(offered.status()).as(offered.json().encode()).isEqualTo(202);
        assertThat(offered.json().getString("state")).isEqualTo("offered");
        assertThat(offered.json().getString("text")).contains("VM ml1", "guest has answered");
        assertThat(onlyClient().getBoolean("offered")).isTrue();
        assertThat(onlyClient().getBoolean("enabled")).isFalse();
        awaitTask("enableVm", "running", "by local administrator (Penstock)");
        assertThat(admin(HttpMethod.POST, path + "/enable", null).text()).contains("being let in");

        try (Guest guest = guest("ml1")) {
            JsonObject offer = guest.offer();
            guest.answer(offer);
            assertThat(enrol(guest, offer).status()).isEqualTo(201);
        }
        assertThat(onlyClient().getBoolean("enabled")).isTrue();
        assertThat(onlyClient().getBoolean("offered")).isFalse();
        assertThat(onlyClient().getString("id")).isNotEqualTo(former.peer().id());
        assertRefused(403, "not_a_member", () -> await(house.as(former).leases()));
    }

    @Test
    void clientThatCannotComeBackSaysWhy() throws Exception {
        String vcenter = add();
        String path = "/v1/clients/" + identity("ml1", "client").peer().id();
        assertThat(admin(HttpMethod.POST, path + "/disable", null).status()).isEqualTo(200);
        vcsim.control("POST", "/vms", new JsonObject().put("name", "ml1").put("power", "poweredOff"));
        eventually(
                vm -> vm.getString("name").equals("ml1")
                        && vm.getString("power").equals("poweredOff"),
                "/v1/vms",
                "vms");
        Asked off = admin(HttpMethod.POST, path + "/enable", null);
        assertThat(off.status()).isEqualTo(409);
        assertThat(off.text()).contains("VM ml1", "does not run");
        admin(HttpMethod.POST, "/v1/vcenters/" + vcenter + "/remove", new JsonObject().put("forget", true));
        Asked gone = admin(HttpMethod.POST, path + "/enable", null);
        assertThat(gone.status()).isEqualTo(409);
        assertThat(gone.text()).contains("VM ml1", "void", "penstock enroll");
        assertThat(admin(HttpMethod.DELETE, path, null).status()).isEqualTo(200);
    }

    @Test
    void whatIsForbiddenOnTheVmIsForbiddenInTheListsToo() throws Exception {
        add();
        String path = "/v1/clients/" + identity("ml1", "client").peer().id();
        grant(ALICE, "View", "ManageClients");
        vcsim.control(
                "POST",
                "/users",
                new JsonObject()
                        .put("name", ALICE)
                        .put("password", "alice-password")
                        .put("vm", "ml1"));
        Map<String, String> alice = client(ALICE, "alice-password");
        for (String action : List.of("/disable", "/enable")) {
            Asked denied = ask(HttpMethod.POST, path + action, alice, null);
            assertThat(denied.code()).as(action).isEqualTo("privilege_missing");
            assertThat(denied.text()).contains("ManageClients on " + vm("ml1").getString("moref"));
        }
        assertThat(ask(HttpMethod.DELETE, path, alice, null).code()).isEqualTo("privilege_missing");
        grant(BOB, "View", "ManageClients");
        assertThat(ask(HttpMethod.POST, path + "/disable", client(BOB, "bob-password"), null)
                        .status())
                .isEqualTo(200);
        awaitTask("disableVm", "success", "by " + BOB);
    }

    @Test
    void gpuVmBecomesAServer() throws Exception {
        add();
        assertThat(letIn("gpu1", "server")).startsWith("penstock://server/");
        JsonObject vm = vm("gpu1");
        assertThat(vm.getJsonObject("member").getString("kind")).isEqualTo("server");
        assertThat(vm.getJsonObject("enableClient").getString("reason")).contains("server");
        JsonObject host = eventually(found -> found.getString("name").equals("esx1"), "/v1/hosts", "hosts");
        assertThat(host.getJsonArray("servers").size()).isOne();
    }

    @Test
    void serverThatFallsSilentAndComesBackIsAnEventOnItsVm() throws Exception {
        add();
        Identity identity = identity("gpu1", "server");
        await(house.as(identity).register(TestInstallation.report("gpu1", 1)));
        await(house.as(identity).heartbeat(TestInstallation.heartbeat("gpu1", 1, true)));
        awaitEvent("server.enabled (info) on " + vm("gpu1").getString("moref"));
        Thread.sleep(1500); // the appliance looks once a second who is alive
        house.pushClock(Duration.ofSeconds(30));
        awaitEvent("server.lost (error) on " + vm("gpu1").getString("moref") + ": GPU server ");
        await(house.as(identity).heartbeat(TestInstallation.heartbeat("gpu1", 1, true)));
        awaitEvent("server.back (info) on " + vm("gpu1").getString("moref"));

        assertThat(admin(HttpMethod.POST, path("gpu1", "/disable"), null).status())
                .isEqualTo(200);
        awaitEvent("vm.disabled");
        house.pushClock(Duration.ofSeconds(30));
        Thread.sleep(2500);
        assertThat(events().stream().filter(event -> event.contains("server.lost")))
                .hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({
        "ml1, server, holds no GPU",
        "off, client, does not run",
        "win, client, Windows",
        "bare, client, VMware Tools"
    })
    void vmThatCannotBeEnabledSaysWhy(String name, String kind, String reason) throws Exception {
        add();
        Asked refused = admin(HttpMethod.POST, path(name, "/enable"), new JsonObject().put("kind", kind));
        assertThat(refused.status()).isEqualTo(409);
        assertThat(refused.code()).isEqualTo("cannot_enable");
        assertThat(refused.text()).contains(name, reason);
        JsonObject possible = vm(name).getJsonObject(kind.equals("client") ? "enableClient" : "enableServer");
        assertThat(possible.getBoolean("possible")).isFalse();
        assertThat(possible.getString("reason")).contains(reason);
    }

    @Test
    void vmIsNotOfferedTwiceAtOnceAndTemplatesAreNotShown() throws Exception {
        add();
        enable("ml1", "client");
        Asked again = admin(HttpMethod.POST, path("ml1", "/enable"), new JsonObject().put("kind", "client"));
        assertThat(again.code()).isEqualTo("cannot_enable");
        assertThat(again.text()).contains("being let in");
        assertThat(admin(HttpMethod.GET, "/v1/vms", null).json().encode()).doesNotContain("golden");
        assertThat(admin(
                                HttpMethod.POST,
                                "/v1/vcenters/" + vcsim.instanceUuid() + "/vms/vm-none/enable",
                                new JsonObject().put("kind", "client"))
                        .code())
                .isEqualTo("object_unknown");
    }

    @Test
    void forgedAnswerLetsNobodyIn() throws Exception {
        add();
        enable("ml1", "client");
        try (Guest guest = guest("ml1");
                Guest thief = guest("ml1")) {
            JsonObject offer = guest.offer();
            guest.answer(offer);
            // somebody on the network who knows the offer, with a key of his own
            Asked stolen = enrol(thief, offer);
            assertThat(stolen.status()).isEqualTo(403);
            assertThat(stolen.code()).isEqualTo("answer_differs");
            // the guest itself is not harmed by that
            assertThat(enrol(guest, offer).status()).isEqualTo(201);
        }
    }

    @Test
    void strangersWhoAskAgainAndAgainDoNotTroubleVcenter() throws Exception {
        add();
        enable("ml1", "client");
        try (Guest guest = guest("ml1");
                Guest thief = guest("ml1")) {
            JsonObject offer = guest.offer();
            vcsim.fault("RetrievePropertiesEx", "delay", new JsonObject().put("milliseconds", 300));
            Instant begun = Instant.now();
            for (int i = 0; i < 30; i++) {
                assertThat(enrol(thief, offer).code()).isEqualTo("answer_missing");
            }
            assertThat(Duration.between(begun, Instant.now())).isLessThan(Duration.ofSeconds(5));
            vcsim.healed();
            guest.answer(offer);
            vmIn("ml1", "answered");
            for (int i = 0; i < 30; i++) {
                assertThat(enrol(thief, offer).code()).isEqualTo("answer_differs");
            }
            assertThat(enrol(guest, offer).status()).isEqualTo(201);
        }
    }

    @Test
    void changedAnswerEndsTheHandOver() throws Exception {
        add();
        enable("ml1", "client");
        try (Guest guest = guest("ml1");
                Guest thief = guest("ml1")) {
            JsonObject offer = guest.offer();
            guest.answer(offer);
            vmIn("ml1", "answered");
            thief.answer(offer);
            JsonObject failed = vmIn("ml1", "failed");
            assertThat(failed.getJsonObject("handOver").getString("text")).contains("changed");
            assertThat(enrol(thief, offer).code()).isEqualTo("no_offer");
            assertThat(enrol(guest, offer).code()).isEqualTo("no_offer");
            assertThat(guest.nothingIsLeft()).isTrue();
        }
        awaitTask("enableVm", "error", "changed", "[io.penstock.vsphere.fault.failed]");
    }

    /** A user of the guest who writes what no guest writes does not make the appliance look away. */
    @ParameterizedTest
    @ValueSource(strings = {"zz", "0123", "z65", "A64"})
    void answerThatIsNoHashEndsTheHandOver(String what) throws Exception {
        add();
        enable("ml1", "client");
        String text = switch (what) {
            case "z65" -> "z".repeat(65);
            case "A64" -> "A".repeat(64);
            default -> what;
        };
        try (Guest guest = guest("ml1");
                Guest thief = guest("ml1")) {
            JsonObject offer = guest.offer();
            guest.write(text);
            assertThat(vmIn("ml1", "failed").getJsonObject("handOver").getString("text"))
                    .contains("SHA-256");
            awaitNothingLeft(guest);
            thief.answer(offer);
            assertThat(enrol(thief, offer).code()).isEqualTo("no_offer");
        }
        awaitEvent("vm.enableFailed (warning) on " + vm("ml1").getString("moref"));
        awaitTask("enableVm", "error", "SHA-256");
    }

    @Test
    void offerThatFollowsAWithdrawnOneIsLookedAfter() throws Exception {
        add();
        enable("ml1", "client");
        assertThat(admin(HttpMethod.POST, path("ml1", "/disable"), null).status())
                .isEqualTo(200);
        enable("ml1", "client");
        try (Guest guest = guest("ml1");
                Guest thief = guest("ml1")) {
            JsonObject offer = guest.offer();
            guest.answer(offer);
            vmIn("ml1", "answered");
            thief.answer(offer);
            vmIn("ml1", "failed");
            awaitNothingLeft(guest);
        }
        assertThat(tasks().stream().filter(task -> task.contains("running"))).isEmpty();
    }

    @Test
    void whatVcenterDidNotHearIsToldWhenItIsBack() throws Exception {
        add();
        enable("ml1", "client");
        try (Guest guest = guest("ml1")) {
            guest.offer();
            vcsim.fault(
                    "ReconfigVM_Task",
                    "fault",
                    new JsonObject().put("type", "InvalidState").put("count", 1));
            vcsim.fault(
                    "SetTaskState",
                    "fault",
                    new JsonObject().put("type", "NoPermission").put("count", 1));
            assertThat(admin(HttpMethod.POST, path("ml1", "/disable"), null).status())
                    .isEqualTo(200);
            vmIn("ml1", "withdrawn");
            vcsim.healed();
        }
        vcsim.control("POST", "/restart", new JsonObject());
        awaitEvent("Withdrawn");
        awaitTask("enableVm", "error", "Withdrawn");
        try (Guest guest = guest("ml1")) {
            awaitNothingLeft(guest);
        }
        assertThat(events().stream().filter(event -> event.contains("Withdrawn")))
                .hasSize(1);
    }

    @Test
    void removingAVcenterWithdrawsWhatWasOfferedThere() throws Exception {
        String id = add();
        enable("ml1", "client");
        try (Guest guest = guest("ml1")) {
            guest.offer();
            Asked removed = admin(
                    HttpMethod.POST,
                    "/v1/vcenters/" + id + "/remove",
                    new JsonObject().put("user", Vcsim.ADMINISTRATOR).put("password", Vcsim.PASSWORD));
            assertThat(removed.status()).as(removed.json().encode()).isEqualTo(200);
            assertThat(guest.nothingIsLeft()).isTrue();
        }
        awaitTask("enableVm", "error", "leaves this vCenter", "[io.penstock.vsphere.fault.withdrawn]");
    }

    private static void awaitNothingLeft(Guest guest) throws Exception {
        for (int tries = 0; !guest.nothingIsLeft() && tries < 100; tries++) {
            Thread.sleep(100);
        }
        assertThat(guest.nothingIsLeft()).isTrue();
    }

    /** A clone has its origin's guestinfo, so the offer too; it is another VM all the same. */
    @Test
    void cloneOfAVmWhoseOfferStandsCannotTakeItsIdentity() throws Exception {
        add();
        enable("ml1", "client");
        try (Guest guest = guest("ml1")) {
            JsonObject offer = guest.offer();
            JsonObject made = vcsim.control(
                    "POST", "/vms", new JsonObject().put("name", "ml1").put("clone", "ml1-clone"));
            assertThat(made.getString("instanceUuid")).isNotEqualTo(vm("ml1").getString("instanceUuid"));
            try (Guest clone = guest("ml1-clone")) {
                assertThat(clone.offer()).as("the clone's copy").isEqualTo(offer);
                clone.answer(offer);
                // by the offer as it stands, and by one made out to itself
                assertThat(enrol(clone, offer).code()).isEqualTo("answer_missing");
                JsonObject own = offer.copy().put("vm", vcsim.instanceUuid() + ":" + made.getString("instanceUuid"));
                assertThat(enrol(clone, own).code()).isEqualTo("no_offer");
                guest.answer(offer);
                vmIn("ml1", "answered");
                assertThat(enrol(clone, offer).code()).isEqualTo("answer_differs");
                assertThat(enrol(guest, offer).status()).isEqualTo(201);
                assertThat(enrol(clone, offer).code()).isEqualTo("no_offer");
                awaitNothingLeft(clone);
            }
        }
        assertThat(onlyClient().getJsonObject("vm").getString("name")).isEqualTo("ml1");
        assertThat(vm("ml1-clone").containsKey("member")).isFalse();
    }

    @Test
    void offerThatIsNeverAnsweredExpiresAndSaysWhatToDo() throws Exception {
        add();
        enable("ml1", "client");
        try (Guest guest = guest("ml1")) {
            JsonObject offer = guest.offer();
            house.pushClock(Duration.ofMinutes(11));
            vmIn("ml1", "expired");
            assertThat(enrol(guest, offer).code()).isIn("no_offer", "offer_expired");
            for (int tries = 0; !guest.nothingIsLeft() && tries < 80; tries++) {
                Thread.sleep(100);
            }
            assertThat(guest.nothingIsLeft()).isTrue();
            JsonObject expired = vm("ml1");
            assertThat(expired.getJsonObject("handOver").getString("text"))
                    .contains("penstock enroll", "penstock-client");
        }
        awaitTask("enableVm", "error", "penstock enroll", "[io.penstock.vsphere.fault.expired]");
    }

    @Test
    void offerOutlivesARestartOfTheAppliance() throws Exception {
        add();
        enable("ml1", "client");
        house.stop();
        house.restart();
        eventually(vcenter -> vcenter.getString("state").equals("connected"), "/v1/vcenters", "vcenters");
        try (Guest guest = guest("ml1")) {
            JsonObject offer = guest.offer();
            guest.answer(offer);
            vmIn("ml1", "answered");
            assertThat(enrol(guest, offer).status()).isEqualTo(201);
            vmIn("ml1", "done");
        }
    }

    @Test
    void offerIsWithdrawnByDisabling() throws Exception {
        add();
        enable("ml1", "client");
        try (Guest guest = guest("ml1")) {
            JsonObject offer = guest.offer();
            guest.answer(offer);
            assertThat(admin(HttpMethod.POST, path("ml1", "/disable"), null).status())
                    .isEqualTo(200);
            assertThat(vmIn("ml1", "withdrawn").getJsonObject("handOver").getString("text"))
                    .contains("administrator");
            assertThat(enrol(guest, offer).code()).isEqualTo("no_offer");
            assertThat(guest.nothingIsLeft()).isTrue();
        }
    }
}
