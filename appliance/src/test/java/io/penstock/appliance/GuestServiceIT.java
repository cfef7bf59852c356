package io.penstock.appliance;

import static io.penstock.appliance.TestInstallation.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.protocol.appliance.ApplianceClient;
import io.penstock.protocol.identity.Fingerprint;
import io.penstock.protocol.identity.Identity;
import io.penstock.protocol.identity.PeerKind;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The installed guest service, an appliance and a simulated vCenter: letting a VM in without a hand in the guest. */
@Tag("vcenter")
class GuestServiceIT extends VcenterHouse {
    private GuestService service(String name) throws Exception {
        return new GuestService(folder, vcsim, vm(name).getString("moref"));
    }

    @Test
    void vmIsLetInByItsServiceAlone() throws Exception {
        add();
        try (GuestService service = service("ml1").start();
                Guest guest = guest("ml1")) {
            service.awaitSaid("waiting for an offer");
            enable("ml1", "client");
            vmIn("ml1", "done");
            service.awaitSaid("enrolled as penstock://client/ml1-");
            Identity identity = service.identity("client").load();
            assertThat(identity.authority()).isEqualTo(house.state.authority());
            ApplianceClient client = ApplianceClient.machine(house.vertx(), identity);
            assertThat(await(client.leases())).isEmpty();
            await(client.close());
            for (int tries = 0; !guest.nothingIsLeft() && tries < 80; tries++) {
                Thread.sleep(100);
            }
            assertThat(guest.nothingIsLeft()).isTrue();
            Thread.sleep(1000);
            List<String> lines = service.said();
            assertThat(lines.stream().filter(line -> !line.contains("asking until")))
                    .as("one line a change of state")
                    .hasSize(4)
                    .satisfiesExactly(
                            line -> assertThat(line).isEqualTo("INFO  waiting for an offer"),
                            line -> assertThat(line).startsWith("INFO  answered the offer of https://"),
                            line -> assertThat(line).startsWith("INFO  enrolled as penstock://client/ml1-"),
                            line -> assertThat(line).isEqualTo("INFO  waiting for an offer"));
        }
    }

    @Test
    void gpuVmBecomesAServer() throws Exception {
        add();
        try (GuestService service = service("gpu1").start()) {
            enable("gpu1", "server");
            vmIn("gpu1", "done");
            service.awaitSaid("enrolled as penstock://server/");
            assertThat(service.identity("server").load().peer().kind()).isEqualTo(PeerKind.SERVER);
            assertThat(service.identity("client").exists()).isFalse();
        }
    }

    @Test
    void reEnabledVmTakesItsNewIdentity() throws Exception {
        add();
        try (GuestService service = service("ml1").start()) {
            enable("ml1", "client");
            vmIn("ml1", "done");
            service.awaitSaid("enrolled as");
            Identity first = service.identity("client").load();
            assertThat(admin(HttpMethod.POST, path("ml1", "/disable"), null).status())
                    .isEqualTo(200);
            enable("ml1", "client");
            vmIn("ml1", "done");
            Instant until = Instant.now().plusSeconds(10);
            Identity second = first;
            while (second.peer().equals(first.peer())) {
                assertThat(Instant.now()).isBefore(until);
                Thread.sleep(50);
                if (service.identity("client").exists()) {
                    second = service.identity("client").load();
                }
            }
            ApplianceClient client = ApplianceClient.machine(house.vertx(), second);
            assertThat(await(client.leases())).isEmpty();
            await(client.close());
        }
    }

    @Test
    void handOverOutlivesTheDeathOfTheServiceAndOfTheAppliance() throws Exception {
        add();
        GuestService service = service("ml1");
        enable("ml1", "client");
        house.stop();
        service.start();
        service.awaitSaid("cannot be reached");
        service.kill();
        house.restart();
        eventually(vcenter -> vcenter.getString("state").equals("connected"), "/v1/vcenters", "vcenters");
        try (service) {
            service.start();
            vmIn("ml1", "done");
            service.awaitSaid("enrolled as penstock://client/ml1-");
        }
    }

    @Test
    void strangerWhoAnswersToLetsNobodyInAndTheServiceSaysSo() throws Exception {
        add();
        GuestService service = service("ml1");
        enable("ml1", "client");
        try (service;
                Guest thief = guest("ml1")) {
            thief.answer(thief.offer());
            vmIn("ml1", "answered");
            service.start();
            service.awaitSaid("refused");
            assertThat(vmIn("ml1", "failed").getJsonObject("handOver").getString("text"))
                    .contains("changed");
            assertThat(service.identity("client").exists()).isFalse();
        }
    }

    @Test
    void offerThatSomebodyInTheGuestWroteLeadsToNoOtherAuthority() throws Exception {
        add();
        try (GuestService service = service("ml1").start()) {
            JsonObject offer = new JsonObject()
                    .put("v", 1)
                    .put("kind", "client")
                    .put("url", house.url().toString())
                    .put("ca", "0".repeat(64))
                    .put("nonce", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
                    .put("expires", Instant.now().plusSeconds(300).toString())
                    .put("vm", vcsim.instanceUuid() + ":" + vcsim.instanceUuid());
            service.tools("info-set guestinfo.penstock.offer " + offer.encode());
            service.awaitSaid("named beforehand");
            String ours = Fingerprint.of(house.state.authority()).hex();
            offer.put("nonce", "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA").put("ca", ours);
            service.tools("info-set guestinfo.penstock.offer " + offer.encode());
            service.awaitSaid("refused: no offer stands for this VM");
            assertThat(service.identity("client").exists()).isFalse();
        }
    }
}
