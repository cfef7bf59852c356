package io.penstock.cli.handover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.protocol.identity.CertificateRequest;
import io.penstock.protocol.identity.PeerKind;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class OfferTest {
    private static final Instant NOW = Instant.parse("2026-11-26T10:00:00Z");
    private static final String VM = "5030a3b0-0000-4000-8000-000000000001:5030a3b0-0000-4000-8000-000000000002";

    static JsonObject good() {
        byte[] nonce = new byte[32];
        Arrays.fill(nonce, (byte) 7);
        return new JsonObject()
                .put("v", 1)
                .put("kind", "client")
                .put("url", "https://appliance.example:7443")
                .put("ca", "ab".repeat(32))
                .put("nonce", Base64.getUrlEncoder().withoutPadding().encodeToString(nonce))
                .put("expires", "2026-11-26T10:09:00Z")
                .put("vm", VM);
    }

    @Test
    void offerIsReadWhole() throws Exception {
        Offer offer = Offer.read(good().encode(), NOW);
        assertThat(offer.kind()).isEqualTo(PeerKind.CLIENT);
        assertThat(offer.url()).isEqualTo(URI.create("https://appliance.example:7443"));
        assertThat(offer.authority().hex()).isEqualTo("ab".repeat(32));
        assertThat(offer.expires()).isEqualTo(Instant.parse("2026-11-26T10:09:00Z"));
        assertThat(offer.vm()).isEqualTo(VM);
        assertThat(Offer.read(good().put("kind", "server").encode(), NOW).kind())
                .isEqualTo(PeerKind.SERVER);
    }

    @Test
    void answerIsTheHashOverNonceAndPublicKey() throws Exception {
        PublicKey key =
                CertificateRequest.provenKey(CertificateRequest.create("vm").pem());
        byte[] nonce = new byte[32];
        Arrays.fill(nonce, (byte) 7);
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        digest.update(nonce);
        digest.update(key.getEncoded());
        assertThat(Offer.read(good().encode(), NOW).answer(key))
                .isEqualTo(HexFormat.of().formatHex(digest.digest()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "hello", "[]", "{\"v\":1", "null", "\"text\""})
    void textThatIsNoObjectIsRefused(String text) {
        assertThatThrownBy(() -> Offer.read(text, NOW))
                .isInstanceOf(OfferException.class)
                .hasMessageContaining("not a JSON object");
    }

    @ParameterizedTest
    @ValueSource(strings = {"kind", "url", "ca", "nonce", "expires", "vm"})
    void eachPartMustBeThereAndAText(String part) {
        JsonObject without = good();
        without.remove(part);
        assertThatThrownBy(() -> Offer.read(without.encode(), NOW))
                .isInstanceOf(OfferException.class)
                .hasMessageContaining("'" + part + "' is missing");
        for (Object wrong : Arrays.asList(7, "", new JsonObject(), null)) {
            assertThatThrownBy(() -> Offer.read(good().put(part, wrong).encode(), NOW))
                    .as("%s %s", part, wrong)
                    .isInstanceOf(OfferException.class)
                    .hasMessageContaining("'" + part + "'");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "kind, appliance, client or server",
        "kind, CLIENT, client or server",
        "url, http://appliance:7443, https://HOST:PORT",
        "url, https://user:secret@appliance:7443, https://HOST:PORT",
        "url, https://appliance:7443/path, https://HOST:PORT",
        "url, https://appliance:7443?x=1, https://HOST:PORT",
        "url, https://appliance:99999, https://HOST:PORT",
        "url, https:appliance, https://HOST:PORT",
        "url, file:///etc/passwd, https://HOST:PORT",
        "url, 'https://a b', https://HOST:PORT",
        "ca, ABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABAB, 64 lower-case",
        "ca, abab, 64 lower-case",
        "nonce, '***', not base64url",
        "nonce, AAAA, has 3 bytes",
        "expires, tomorrow, not a time",
        "expires, 2026-11-26T10:00:00Z, expired",
        "expires, 2026-11-26T10:10:01Z, ahead of this machine's clock",
        "vm, 5030a3b0-0000-4000-8000-000000000001, two UUIDs"
    })
    void badPartSaysWhichAndWhy(String part, String value, String why) {
        assertThatThrownBy(() -> Offer.read(good().put(part, value).encode(), NOW))
                .isInstanceOf(OfferException.class)
                .hasMessageContaining(why);
    }

    @Test
    void anotherVersionIsNotGuessedAt() {
        for (Object version : Arrays.asList(0, 2, "1", null)) {
            assertThatThrownBy(() -> Offer.read(good().put("v", version).encode(), NOW))
                    .isInstanceOf(OfferException.class)
                    .hasMessageContaining("version");
        }
    }

    @Test
    void hugeTextIsNotParsed() {
        assertThatThrownBy(() -> Offer.read(good().put("more", "x".repeat(2000)).encode(), NOW))
                .isInstanceOf(OfferException.class)
                .hasMessageContaining("characters");
    }

    @Test
    void strangersTextReachesTheLogTamed() {
        assertThatThrownBy(() -> Offer.read(
                        good().put("kind", "\u001b[2Jroot\nfake line" + "y".repeat(300))
                                .encode(),
                        NOW))
                .satisfies(e -> assertThat(e.getMessage())
                        .doesNotContain("\u001b", "\n", "y".repeat(100))
                        .contains("?[2Jroot?fake line"));
    }
}
