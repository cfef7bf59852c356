package io.penstock.appliance;

import static io.penstock.appliance.TestInstallation.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.protocol.appliance.CertificateRotation;
import io.penstock.protocol.identity.Identity;
import io.penstock.protocol.identity.IdentityStore;
import io.penstock.protocol.identity.PeerIdentity;
import io.penstock.protocol.identity.PeerKind;
import io.penstock.protocol.identity.PeerTrust;
import io.penstock.protocol.identity.TlsOptions;
import io.vertx.core.net.NetClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Certificates are replaced before they expire, without a restart. */
@SuppressWarnings("NullAway.Init") // set up before each test
class RotationIT {
    /** With the five minutes before its making, two thirds of its life are over five minutes after it. */
    private static final Duration LIFE = Duration.ofMinutes(10);

    private static final Duration TICK = Duration.ofMillis(50);

    @TempDir
    private Path folder;

    private TestInstallation house;

    @BeforeEach
    void start() throws Exception {
        house = TestInstallation.start(folder, TestInstallation.configWith(LIFE));
    }

    @AfterEach
    void stop() throws Exception {
        house.close();
    }

    @Test
    void machineFetchesAndSavesASuccessorInTime() throws Exception {
        Identity old = house.enrol(PeerKind.CLIENT, "laptop");
        IdentityStore store = new IdentityStore(folder.resolve("client"));
        store.save(old);
        CompletableFuture<Identity> told = new CompletableFuture<>();
        CertificateRotation rotation =
                new CertificateRotation(house.vertx(), store, old, house.clock(), told::complete);
        rotation.start(TICK);
        try {
            TimeUnit.MILLISECONDS.sleep(TICK.toMillis() * 6);
            assertThat(told).as("before its time").isNotDone();
            house.pushClock(LIFE.dividedBy(2));
            Identity fresh = told.get(10, TimeUnit.SECONDS);
            assertThat(fresh.peer()).isEqualTo(old.peer());
            assertThat(fresh.rotateAt()).isAfter(old.rotateAt());
            assertThat(store.load().certificate()).isEqualTo(fresh.certificate());
            assertThat(await(house.as(store.load()).leases())).isEmpty();
        } finally {
            rotation.stop();
        }
    }

    @Test
    void machineThatCannotSaveItsSuccessorGoesOnWithIt() throws Exception {
        Identity old = house.enrol(PeerKind.CLIENT, "laptop");
        Path nowhere = Files.createFile(folder.resolve("file")).resolve("client");
        CompletableFuture<Identity> told = new CompletableFuture<>();
        CertificateRotation rotation =
                new CertificateRotation(house.vertx(), new IdentityStore(nowhere), old, house.clock(), told::complete);
        house.pushClock(LIFE.dividedBy(2));
        rotation.start(TICK);
        try {
            Identity fresh = told.get(10, TimeUnit.SECONDS);
            assertThat(fresh.rotateAt()).isAfter(old.rotateAt());
            assertThat(await(house.as(fresh).leases())).isEmpty();
        } finally {
            rotation.stop();
        }
    }

    @Test
    void listenersCertificateIsReplacedWhileItListens() throws Exception {
        Identity client = house.enrol(PeerKind.CLIENT, "laptop");
        X509Certificate before = shown(client);
        assertThat(await(house.appliance().rotate())).isFalse();
        assertThat(shown(client)).isEqualTo(before);
        house.pushClock(LIFE.dividedBy(2));
        assertThat(await(house.appliance().rotate())).isTrue();
        X509Certificate after = shown(client);
        assertThat(after).isNotEqualTo(before);
        assertThat(after.getNotAfter()).isAfter(before.getNotAfter());
        assertThat(await(house.as(client).leases())).isEmpty();
    }

    /** The certificate that the listener shows to a new connection. */
    private X509Certificate shown(Identity client) throws Exception {
        PeerTrust appliance = PeerTrust.kinds(client.authority(), PeerKind.APPLIANCE);
        NetClient net = house.vertx().createNetClient(TlsOptions.netClient(client, appliance));
        try {
            return PeerIdentity.certificate(
                    await(net.connect(house.url().getPort(), "127.0.0.1")).sslSession());
        } finally {
            await(net.close());
        }
    }
}
