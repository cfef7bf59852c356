package io.penstock.protocol.identity;

import static io.penstock.protocol.identity.TestAuthority.NOW;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.protocol.identity.LeaseException.Code;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class LeaseVerifierTest {
    private static final CertificateIssuer AUTHORITY = TestAuthority.create();
    private static final PeerIdentity CLIENT = TestAuthority.client("c1");
    private static final PeerIdentity SERVER = TestAuthority.server("s1");
    private static final Identity SIGNER = signer(AUTHORITY);
    private static final Lease LEASE = new Lease(
            "lease-1",
            "c1",
            "ada",
            "s1",
            List.of(new LeasedGpu("GPU-1", 8L << 30), new LeasedGpu("GPU-2", 1)),
            3,
            NOW,
            NOW.plusSeconds(3600));

    private final LeaseVerifier verifier = new LeaseVerifier(AUTHORITY.certificate());
    private final String text = new LeaseSigner(SIGNER.key(), SIGNER.certificate()).sign(LEASE);

    private static Identity signer(CertificateIssuer authority) {
        return TestAuthority.identity(authority, new PeerIdentity(PeerKind.LEASE_SIGNER, "appliance"));
    }

    @Test
    void signedLeaseIsReadBackWhole() throws LeaseException {
        assertThat(verifier.verify(text, CLIENT, SERVER, NOW)).isEqualTo(LEASE);
    }

    @Test
    void leaseOfAnotherClientIsRefused() {
        assertRefused(Code.OTHER_CLIENT, () -> verifier.verify(text, TestAuthority.client("c2"), SERVER, NOW));
    }

    @Test
    void serverOfTheSameNameIsNotTheClient() {
        assertRefused(Code.OTHER_CLIENT, () -> verifier.verify(text, TestAuthority.server("c1"), SERVER, NOW));
    }

    @Test
    void leaseForAnotherServerIsRefused() {
        assertRefused(Code.OTHER_SERVER, () -> verifier.verify(text, CLIENT, TestAuthority.server("s2"), NOW));
    }

    @Test
    void leaseEndsExactlyAtItsExpiry() throws LeaseException {
        Instant expiry = LEASE.expires();
        assertThat(verifier.verify(text, CLIENT, SERVER, expiry.minusMillis(1))).isEqualTo(LEASE);
        assertRefused(Code.EXPIRED, () -> verifier.verify(text, CLIENT, SERVER, expiry));
    }

    @Test
    void leaseFromTheFutureIsRefusedBeyondTheClockSkew() throws LeaseException {
        Instant edge = NOW.minus(LeaseVerifier.CLOCK_SKEW_MAX);
        assertThat(verifier.verify(text, CLIENT, SERVER, edge)).isEqualTo(LEASE);
        assertRefused(Code.EXPIRED, () -> verifier.verify(text, CLIENT, SERVER, edge.minusSeconds(1)));
    }

    @Test
    void eachChangedCharacterIsNoticed() {
        for (int i = text.length() - 1; i >= 0; i -= 5) {
            char other = text.charAt(i) == 'A' ? 'B' : 'A';
            String changed = text.substring(0, i) + other + text.substring(i + 1);
            assertThatThrownBy(() -> verifier.verify(changed, CLIENT, SERVER, NOW))
                    .as("character %d", i)
                    .isInstanceOf(LeaseException.class);
        }
    }

    @Test
    void moreMemoryWrittenIntoTheClaimsIsNoticed() {
        String[] parts = text.split("\\.", -1);
        String claims = new String(Base64.getUrlDecoder().decode(parts[1]), StandardCharsets.UTF_8);
        String greedy = claims.replace(Long.toString(8L << 30), Long.toString(80L << 30));
        assertThat(greedy).isNotEqualTo(claims);
        String forged = parts[0] + '.' + base64(greedy) + '.' + parts[2];
        assertRefused(Code.INVALID, () -> verifier.verify(forged, CLIENT, SERVER, NOW));
    }

    @Test
    void leaseSignedUnderAnotherAuthorityIsRefused() {
        Identity stranger = signer(TestAuthority.create());
        String forged = new LeaseSigner(stranger.key(), stranger.certificate()).sign(LEASE);
        assertRefused(Code.INVALID, () -> verifier.verify(forged, CLIENT, SERVER, NOW));
    }

    @Test
    void clientCannotSignItsOwnLease() {
        Identity client = TestAuthority.identity(AUTHORITY, CLIENT);
        String forged = new LeaseSigner(client.key(), client.certificate()).sign(LEASE);
        assertThatThrownBy(() -> verifier.verify(forged, CLIENT, SERVER, NOW))
                .isInstanceOf(LeaseException.class)
                .hasMessageContaining("may not grant leases");
    }

    @Test
    void signerWhoseCertificateExpiredIsRefused() {
        Identity old = AUTHORITY.identity(
                new PeerIdentity(PeerKind.LEASE_SIGNER, "old"), List.of(), NOW, Duration.ofSeconds(10));
        String late = new LeaseSigner(old.key(), old.certificate()).sign(LEASE);
        assertRefused(Code.INVALID, () -> verifier.verify(late, CLIENT, SERVER, NOW.plusSeconds(11)));
    }

    @Test
    void unsignedLeaseIsRefused() {
        String[] parts = text.split("\\.", -1);
        JsonObject header = new JsonObject(new String(Base64.getUrlDecoder().decode(parts[0]), StandardCharsets.UTF_8));
        String none = base64(header.put("alg", "none").encode()) + '.' + parts[1] + '.';
        assertRefused(Code.INVALID, () -> verifier.verify(none, CLIENT, SERVER, NOW));
    }

    @Test
    void garbageIsRefusedAsInvalid() {
        for (String garbage :
                List.of("", ".", "..", "a.b.c", "e30.e30.e30", "e30.e30", "\u0000.\uffff.x", "bnVsbA.bnVsbA.")) {
            assertRefused(Code.INVALID, () -> verifier.verify(garbage, CLIENT, SERVER, NOW));
        }
    }

    @Test
    void hugeLeaseIsRefusedBeforeItIsParsed() {
        assertRefused(
                Code.INVALID, () -> verifier.verify("a".repeat(LeaseVerifier.CHARACTERS_MAX + 1), CLIENT, SERVER, NOW));
    }

    private static String base64(String json) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(json.getBytes(StandardCharsets.UTF_8));
    }

    private static void assertRefused(Code code, ThrowingCallable verification) {
        assertThatThrownBy(verification)
                .isInstanceOfSatisfying(
                        LeaseException.class,
                        refusal -> assertThat(refusal.code())
                                .as(refusal.getMessage())
                                .isEqualTo(code));
    }
}
