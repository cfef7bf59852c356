package io.penstock.protocol.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class EnrolmentTokenTest {
    private static final Fingerprint AUTHORITY = new Fingerprint("ab".repeat(32));
    private static final EnrolmentToken TOKEN =
            EnrolmentToken.create(PeerKind.CLIENT, Instant.parse("2026-11-23T12:15:00.5Z"), AUTHORITY);

    @Test
    void tokenSurvivesItsText() {
        assertThat(EnrolmentToken.parse(TOKEN.text())).isEqualTo(TOKEN);
        assertThat(EnrolmentToken.parse("  " + TOKEN.text() + "\n")).isEqualTo(TOKEN);
    }

    @Test
    void textIsOneWordOfAShell() {
        assertThat(TOKEN.text()).matches("[A-Za-z0-9._-]{100,200}");
    }

    @Test
    void twoTokensShareNoSecret() {
        EnrolmentToken other = EnrolmentToken.create(PeerKind.CLIENT, TOKEN.expires(), AUTHORITY);
        assertThat(other.secret()).isNotEqualTo(TOKEN.secret());
        assertThat(other.id()).isNotEqualTo(TOKEN.id());
    }

    @Test
    void secretIsNotInTheDescription() {
        assertThat(TOKEN.toString()).doesNotContain(TOKEN.secret());
    }

    @Test
    void tokenCutShortAnywhereIsRefused() {
        String text = TOKEN.text();
        for (int length = 0; length < text.length(); length++) {
            String cut = text.substring(0, length);
            assertThatThrownBy(() -> EnrolmentToken.parse(cut))
                    .as("cut to %d", length)
                    .isInstanceOf(IdentityException.class)
                    .message()
                    .doesNotContain(TOKEN.secret());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "hello", "pst2.a.b.c.d.e", "pst1.client.x.y.z.w", "pst1.......", "pst1"})
    void otherTextIsRefusedWithASentence(String text) {
        assertThatThrownBy(() -> EnrolmentToken.parse(text))
                .isInstanceOf(IdentityException.class)
                .hasMessageContaining("this is not an enrolment token");
    }

    @Test
    void expiryBeyondTimeIsRefused() {
        String text = TOKEN.text().replace(Long.toString(TOKEN.expires().getEpochSecond()), "9".repeat(18));
        assertThatThrownBy(() -> EnrolmentToken.parse(text)).isInstanceOf(IdentityException.class);
    }

    @ParameterizedTest
    @EnumSource(
            value = PeerKind.class,
            names = {"APPLIANCE", "USER", "LEASE_SIGNER"})
    void onlyClientsAndServersEnrol(PeerKind kind) {
        assertThatThrownBy(() -> EnrolmentToken.create(kind, TOKEN.expires(), AUTHORITY))
                .isInstanceOf(IdentityException.class);
    }

    @Test
    void veryLongTextIsRefusedBeforeItIsParsed() {
        assertThatThrownBy(() -> EnrolmentToken.parse("pst1." + "a".repeat(100_000)))
                .hasMessageContaining("100005 characters");
    }
}
