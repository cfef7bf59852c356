package io.penstock.appliance;

import static io.penstock.appliance.TestInstallation.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.protocol.appliance.ApplianceClient;
import io.penstock.protocol.appliance.ApplianceException;
import io.penstock.protocol.appliance.ClientStatus;
import io.penstock.protocol.appliance.Departure;
import io.penstock.protocol.appliance.LeaseRequest;
import io.penstock.protocol.appliance.ServerStatus;
import io.penstock.protocol.identity.CertificateIssuer;
import io.penstock.protocol.identity.EnrolmentToken;
import io.penstock.protocol.identity.Fingerprint;
import io.penstock.protocol.identity.Identity;
import io.penstock.protocol.identity.IdentityStore;
import io.penstock.protocol.identity.PeerKind;
import io.penstock.protocol.identity.Predecessor;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Machines that become members, and those that do not. */
@SuppressWarnings("NullAway.Init") // set up before each test
class EnrolmentIT {
    @TempDir
    private Path folder;

    private TestInstallation house;

    @BeforeEach
    void start() throws Exception {
        house = TestInstallation.start(folder);
    }

    @AfterEach
    void stop() throws Exception {
        house.close();
    }

    private Identity enrol(EnrolmentToken token) throws Exception {
        return await(ApplianceClient.enrol(house.vertx(), house.url(), token, "Adas machine"));
    }

    @Test
    void machineWithATokenBecomesAMember() throws Exception {
        Identity identity = enrol(house.token(PeerKind.CLIENT));
        assertThat(identity.peer().kind()).isEqualTo(PeerKind.CLIENT);
        assertThat(identity.peer().id()).matches("adas-machine-[0-9a-f]{8}");
        assertThat(identity.appliances()).containsExactly(house.url());
        assertThat(await(house.as(identity).leases())).isEmpty();
        assertThat(await(house.administrator().clients())).singleElement().satisfies(client -> {
            assertThat(client.id()).isEqualTo(identity.peer().id());
            assertThat(client.name()).isEqualTo("Adas machine");
            assertThat(client.enabled()).isTrue();
        });
    }

    @Test
    void nameChosenByTheAdministratorWins() throws Exception {
        EnrolmentToken token =
                await(house.administrator().createToken(PeerKind.SERVER, Duration.ofMinutes(1), "rack 7"));
        assertThat(enrol(token).peer().id()).startsWith("rack-7-");
    }

    @Test
    void tokenIsGoodOnce() throws Exception {
        EnrolmentToken token = house.token(PeerKind.CLIENT);
        enrol(token);
        assertRefused(403, "token_used", () -> enrol(token));
        assertThat(await(house.administrator().clients())).hasSize(1);
    }

    @Test
    void expiredTokenIsRefused() throws Exception {
        EnrolmentToken token = house.token(PeerKind.CLIENT);
        house.pushClock(Duration.ofMinutes(15));
        assertRefused(403, "token_expired", () -> enrol(token));
    }

    @Test
    void tokenNobodyMadeIsRefused() throws Exception {
        Fingerprint authority = Fingerprint.of(house.state.authority());
        EnrolmentToken invented =
                EnrolmentToken.create(PeerKind.CLIENT, Instant.now().plusSeconds(60), authority);
        assertRefused(403, "token_unknown", () -> enrol(invented));
        EnrolmentToken real = house.token(PeerKind.CLIENT);
        EnrolmentToken guessed =
                new EnrolmentToken(real.kind(), real.expires(), real.id(), invented.secret(), real.authority());
        assertRefused(403, "token_unknown", () -> enrol(guessed));
    }

    @Test
    void clientsTokenDoesNotMakeAServer() throws Exception {
        EnrolmentToken token = house.token(PeerKind.CLIENT);
        EnrolmentToken promoted =
                new EnrolmentToken(PeerKind.SERVER, token.expires(), token.id(), token.secret(), token.authority());
        assertRefused(403, "token_unknown", () -> enrol(promoted));
    }

    @Test
    void machineGivesNothingToAnApplianceOfAnotherAuthority() throws Exception {
        EnrolmentToken real = house.token(PeerKind.CLIENT);
        EnrolmentToken pinnedElsewhere = new EnrolmentToken(
                real.kind(), real.expires(), real.id(), real.secret(), new Fingerprint("00".repeat(32)));
        assertRefused(0, ApplianceException.UNREACHABLE, () -> enrol(pinnedElsewhere));
        assertThat(enrol(real).peer().kind()).isEqualTo(PeerKind.CLIENT);
    }

    @Test
    void certificateOfAnotherAuthorityOpensNothing() throws Exception {
        Identity member = enrol(house.token(PeerKind.CLIENT));
        // Of the same name, so that the client's own TLS does not hold the certificate back.
        CertificateIssuer stranger =
                CertificateIssuer.authority("Penstock authority of localhost", Instant.now(), Duration.ofDays(1));
        Identity forged = stranger.identity(member.peer(), List.of(), Instant.now(), Duration.ofDays(1));
        Identity presented = new Identity(forged.key(), forged.chain(), member.authority(), member.appliances());
        assertRefused(
                0,
                ApplianceException.UNREACHABLE,
                () -> await(house.as(presented).leases()));
    }

    @Test
    void memberTradesItsCertificateForAYoungerOne() throws Exception {
        Identity old = enrol(house.token(PeerKind.CLIENT));
        Identity fresh = await(house.as(old).renewCertificate(old));
        assertThat(fresh.peer()).isEqualTo(old.peer());
        assertThat(fresh.certificate().getPublicKey())
                .isNotEqualTo(old.certificate().getPublicKey());
        assertThat(await(house.as(fresh).leases())).isEmpty();
    }

    @Test
    void certificatesOfTheApplianceSurviveARestart() throws Exception {
        Identity member = enrol(house.token(PeerKind.CLIENT));
        house.stop();
        assertRefused(
                0, ApplianceException.UNREACHABLE, () -> await(house.as(member).leases()));
        house.restart();
        assertThat(await(house.as(member).leases())).isEmpty();
        assertThat(await(house.administrator().clients())).hasSize(1);
    }

    @Test
    void disabledMemberIsRefusedUntilItIsEnabled() throws Exception {
        Identity member = enrol(house.token(PeerKind.CLIENT));
        ApplianceClient client = house.as(member);
        await(client.leases());
        await(house.administrator().setClientEnabled(member.peer().id(), false));
        assertRefused(403, "disabled", () -> await(client.leases()));
        assertRefused(403, "disabled", () -> await(client.renewCertificate(member)));
        await(house.administrator().setClientEnabled(member.peer().id(), true));
        assertThat(await(client.leases())).isEmpty();
    }

    @Test
    void deletedMemberIsRefusedForGood() throws Exception {
        Identity member = enrol(house.token(PeerKind.CLIENT));
        ApplianceClient client = house.as(member);
        await(house.administrator().deleteClient(member.peer().id()));
        assertRefused(403, "not_a_member", () -> await(client.leases()));
        assertThat(await(house.administrator().clients())).isEmpty();
        assertRefused(
                404,
                "client_unknown",
                () -> await(house.administrator().setClientEnabled(member.peer().id(), true)));
    }

    @Test
    void clientThatWasReplacedLeavesTheInstallation() throws Exception {
        Identity old = enrol(house.token(PeerKind.CLIENT));
        house.server("gpu1", 1);
        await(house.as(old).acquire(new LeaseRequest(1, new LeaseRequest.Whole(), "ada", List.of())));
        Identity fresh = enrol(house.token(PeerKind.CLIENT));
        assertThat(await(Departure.of(house.vertx(), predecessor(old))))
                .startsWith("; it replaces " + old.peer() + ", good until ")
                .endsWith(", which is deleted");
        assertThat(await(house.administrator().clients()))
                .extracting(ClientStatus::id)
                .containsExactly(fresh.peer().id());
        assertThat(await(house.administrator().leases())).isEmpty();
        assertRefused(403, "not_a_member", () -> await(house.as(old).leases()));
        assertThat(await(Departure.of(house.vertx(), predecessor(old)))).endsWith(", which was deleted before");
        assertThat(await(house.as(fresh).leases())).isEmpty();
    }

    @Test
    void serverThatWasReplacedLeavesTheInstallationAndItsLeasesEnd() throws Exception {
        Identity old = house.server("gpu1", 1);
        Identity client = enrol(house.token(PeerKind.CLIENT));
        await(house.as(client).acquire(new LeaseRequest(1, new LeaseRequest.Whole(), "ada", List.of())));
        Identity fresh = house.server("gpu1", 1);
        assertThat(await(Departure.of(house.vertx(), predecessor(old)))).endsWith(", which is deleted");
        assertThat(await(house.administrator().servers()))
                .extracting(ServerStatus::id)
                .containsExactly(fresh.peer().id());
        assertThat(await(house.administrator().leases())).isEmpty();
        assertRefused(
                403, "not_a_member", () -> await(house.as(old).heartbeat(TestInstallation.heartbeat("gpu1", 1, true))));
    }

    @Test
    void predecessorThatCannotLeaveIsNamedWithWhatAnAdministratorDoes() throws Exception {
        Identity old = enrol(house.token(PeerKind.CLIENT));
        String remedy = "an administrator deletes it there with: penstock-appliance client delete "
                + old.peer().id();
        Predecessor expired = Predecessor.in(saved(old), Instant.now().plus(Duration.ofDays(365)));
        assertThat(await(Departure.of(house.vertx(), expired)))
                .contains("; that one is still in the appliance's list (its certificate has expired): ")
                .endsWith(remedy);
        house.stop();
        assertThat(await(Departure.of(house.vertx(), predecessor(old))))
                .contains("cannot be reached: nothing listens there")
                .endsWith(remedy);
        house.restart();
        assertThat(await(Departure.of(
                        house.vertx(), Predecessor.in(new IdentityStore(folder.resolve("none")), Instant.now()))))
                .isEmpty();
    }

    private Predecessor predecessor(Identity identity) {
        return Predecessor.in(saved(identity), Instant.now());
    }

    private IdentityStore saved(Identity identity) {
        IdentityStore store = new IdentityStore(folder.resolve(identity.peer().id()));
        store.save(identity);
        return store;
    }

    static void assertRefused(int status, String code, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(ApplianceException.class, refusal -> {
            assertThat(refusal.code()).as(refusal.getMessage()).isEqualTo(code);
            assertThat(refusal.status()).isEqualTo(status);
        });
    }
}
