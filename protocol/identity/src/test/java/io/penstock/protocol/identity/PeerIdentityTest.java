package io.penstock.protocol.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class PeerIdentityTest {
    @ParameterizedTest
    @EnumSource(PeerKind.class)
    void nameSurvivesItsUri(PeerKind kind) {
        PeerIdentity peer = new PeerIdentity(kind, "rack-7.gpu_1");
        assertThat(PeerIdentity.parse(peer.uri())).isEqualTo(peer);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "penstock://",
                "penstock://client",
                "penstock://client/",
                "penstock://client/a/b",
                "penstock://client/a b",
                "penstock://client/-a",
                "penstock://king/a",
                "https://client/a",
                "PENSTOCK://client/a",
                "penstock://client/a?x=1"
            })
    void anythingButAnExactUriIsRefused(String uri) {
        assertThatThrownBy(() -> PeerIdentity.parse(uri)).isInstanceOf(IdentityException.class);
    }

    @Test
    void idOfSixtyFiveCharactersIsRefused() {
        assertThat(new PeerIdentity(PeerKind.CLIENT, "a".repeat(64)).id()).hasSize(64);
        assertThatThrownBy(() -> new PeerIdentity(PeerKind.CLIENT, "a".repeat(65)))
                .isInstanceOf(IdentityException.class);
    }

    @Test
    void nameIsReadFromTheCertificate() {
        PeerIdentity peer = TestAuthority.client("c1");
        assertThat(TestAuthority.identity(TestAuthority.create(), peer).peer()).isEqualTo(peer);
    }

    @Test
    void certificateWithoutNameIsRefused() {
        CertificateIssuer authority = TestAuthority.create();
        Identity worker =
                CertificateIssuer.ephemeral("worker", authority.certificate(), TestAuthority.NOW, TestAuthority.YEAR);
        assertThatThrownBy(worker::peer).hasMessageContaining("0 penstock:// names");
    }

    @Test
    void otherAlternativeNamesAreIgnored() {
        Identity identity = TestAuthority.create()
                .identity(
                        TestAuthority.server("s1"),
                        List.of("gpu.example", "10.0.0.7", "fd00::7"),
                        TestAuthority.NOW,
                        TestAuthority.YEAR);
        assertThat(identity.peer()).isEqualTo(TestAuthority.server("s1"));
    }
}
