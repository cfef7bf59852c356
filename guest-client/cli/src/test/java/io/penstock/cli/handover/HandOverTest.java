package io.penstock.cli.handover;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.protocol.appliance.ApplianceException;
import io.penstock.protocol.identity.CertificateIssuer;
import io.penstock.protocol.identity.CertificateRequest;
import io.penstock.protocol.identity.Fingerprint;
import io.penstock.protocol.identity.Identity;
import io.penstock.protocol.identity.IdentityStore;
import io.penstock.protocol.identity.PeerIdentity;
import io.penstock.protocol.identity.PeerKind;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What root's service does with what it finds in guestinfo, by a vmtoolsd that keeps it in files. */
@SuppressWarnings("NullAway.Init") // set up before each test
final class HandOverTest {
    private static final Duration LOOK = Duration.ofSeconds(5);
    private static final Duration LIFE = Duration.ofDays(30);

    @TempDir
    private Path folder;

    private Instant now = Instant.now().truncatedTo(java.time.temporal.ChronoUnit.SECONDS);
    private final CertificateIssuer authority = CertificateIssuer.authority("house", now, LIFE);
    private final FakeAppliance appliance = new FakeAppliance();
    private EnrollConfig config;
    private HandOver handOver;

    /** Signs for whoever asks, after the refusals that it was given. */
    private final class FakeAppliance implements HandOver.Appliance {
        final Deque<ApplianceException> refusals = new ArrayDeque<>();
        final List<String> asked = new ArrayList<>();

        @Override
        public Identity enrol(Offer offer, CertificateRequest request, String name) {
            asked.add(request.pem());
            ApplianceException refusal = refusals.poll();
            if (refusal != null) {
                throw refusal;
            }
            Identity made = authority.identity(new PeerIdentity(offer.kind(), "vm-1"), List.of(), now, LIFE);
            return new Identity(request.key(), made.chain(), made.authority(), List.of(offer.url()));
        }
    }

    @BeforeEach
    void installThePackages() throws IOException {
        Files.createDirectory(folder.resolve("guestinfo"));
        Files.createDirectory(folder.resolve("client"));
        String group =
                Files.readAttributes(folder, PosixFileAttributes.class).group().getName();
        config = new EnrollConfig(
                vmtoolsd("""
                        case $1 in
                        info-get) cat "$folder/$2" 2>/dev/null || { echo 'No value found' >&2; exit 1; } ;;
                        info-set) printf %s "$3" >"$folder/$2" ;;
                        esac
                        """),
                LOOK,
                "ml1",
                "",
                folder.resolve("enroll"),
                new EnrollConfig.Place(folder.resolve("client"), group),
                new EnrollConfig.Place(folder.resolve("server"), group));
        handOver = begin();
    }

    private HandOver begin() {
        return new HandOver(config, appliance, () -> now);
    }

    private Path vmtoolsd(String body) throws IOException {
        Path script = folder.resolve("vmtoolsd");
        Files.writeString(
                script,
                "#!/bin/sh\nfolder=" + folder.resolve("guestinfo") + "\n[ \"$1\" = --cmd ] || exit 2\nset -- $2\n"
                        + body);
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
        return script;
    }

    private JsonObject offer(String nonceOf) {
        byte[] nonce = (nonceOf + "-".repeat(32)).substring(0, 32).getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        return OfferTest.good()
                .put("ca", Fingerprint.of(authority.certificate()).hex())
                .put("nonce", Base64.getUrlEncoder().withoutPadding().encodeToString(nonce))
                .put("expires", now.plus(Duration.ofMinutes(9)).toString());
    }

    private void put(JsonObject offer) throws IOException {
        Files.writeString(folder.resolve("guestinfo").resolve(Offer.KEY), offer.encode());
    }

    private @Nullable String answer() throws IOException {
        Path file = folder.resolve("guestinfo").resolve(Offer.ANSWER_KEY);
        return Files.exists(file) ? Files.readString(file) : null;
    }

    private IdentityStore client() {
        return IdentityStore.ofMachine(config.client().folder(), config.client().group());
    }

    @Test
    void offerIsAnsweredAndTheIdentityKeptForTheGroup() throws Exception {
        put(offer("a"));
        assertThat(handOver.look()).isEqualTo(LOOK);
        Identity identity = client().load();
        assertThat(identity.peer()).isEqualTo(new PeerIdentity(PeerKind.CLIENT, "vm-1"));
        Offer offer = Offer.read(offer("a").encode(), now);
        assertThat(answer()).isEqualTo(offer.answer(CertificateRequest.provenKey(appliance.asked.getFirst())));
        assertThat(mode(config.client().folder())).isEqualTo("rwxr-x---");
        assertThat(mode(config.client().folder().resolve("key.pem"))).isEqualTo("rw-r-----");
        assertThat(config.pending().resolve("pending.json")).doesNotExist();
        assertThat(handOver.state()).startsWith("enrolled as penstock://client/vm-1 until ");
    }

    @Test
    void withoutAnOfferNothingIsWrittenAndNobodyAsked() throws Exception {
        assertThat(handOver.look()).isEqualTo(LOOK);
        assertThat(handOver.state()).isEqualTo("waiting for an offer");
        assertThat(answer()).isNull();
        assertThat(appliance.asked).isEmpty();
        assertThat(config.pending()).doesNotExist();
    }

    @Test
    void offerThatStillStandsAfterwardsIsNotFollowedAgain() throws Exception {
        put(offer("a"));
        handOver.look();
        handOver.look();
        assertThat(appliance.asked).hasSize(1);
        put(offer("b"));
        handOver.look();
        assertThat(appliance.asked).hasSize(2).doesNotHaveDuplicates();
    }

    @Test
    void answerThatVcenterDoesNotShowYetIsWaitedForLongerAndLonger() throws Exception {
        for (int i = 0; i < 6; i++) {
            appliance.refusals.add(new ApplianceException(409, "answer_missing", "not yet"));
        }
        put(offer("a"));
        List<Duration> pauses = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            pauses.add(handOver.look());
            assertThat(handOver.state()).contains("asking until").endsWith("not yet");
        }
        assertThat(pauses).map(Duration::toSeconds).containsExactly(1L, 2L, 4L, 8L, 10L, 10L);
        handOver.look();
        assertThat(client().exists()).isTrue();
        assertThat(appliance.asked.stream().distinct())
                .as("one key for one offer")
                .hasSize(1);
    }

    @Test
    void applianceThatCannotBeReachedIsAskedUntilTheOfferEnds() throws Exception {
        appliance.refusals.add(new ApplianceException("no route", new IOException("no route")));
        appliance.refusals.add(new ApplianceException(503, "vcenter_unreachable", "vCenter is away"));
        put(offer("a"));
        handOver.look();
        handOver.look();
        now = now.plus(Duration.ofMinutes(10));
        assertThat(handOver.look()).isEqualTo(LOOK);
        assertThat(handOver.state()).contains("is not followed", "expired");
        assertThat(appliance.asked).hasSize(2);
        assertThat(config.pending().resolve("pending.json"))
                .as("a key for nothing")
                .doesNotExist();
    }

    @Test
    void refusalEndsTheHandOver() throws Exception {
        appliance.refusals.add(new ApplianceException(403, "answer_differs", "another key"));
        put(offer("a"));
        assertThat(handOver.look()).isEqualTo(LOOK);
        assertThat(handOver.state()).contains("https://appliance.example:7443 refused: another key");
        handOver.look();
        assertThat(appliance.asked).hasSize(1);
        assertThat(client().exists()).isFalse();
        assertThat(config.pending().resolve("pending.json")).doesNotExist();
    }

    @Test
    void serviceThatBeginsAnewGivesTheSameAnswer() throws Exception {
        appliance.refusals.add(new ApplianceException(409, "answer_missing", "not yet"));
        put(offer("a"));
        handOver.look();
        String first = answer();
        assertThat(mode(config.pending().resolve("pending.json"))).isEqualTo("rw-------");
        begin().look();
        assertThat(answer()).isEqualTo(first);
        assertThat(appliance.asked.stream().distinct()).hasSize(1);
        assertThat(client().exists()).isTrue();
    }

    @Test
    void brokenPendingFileIsReplaced() throws Exception {
        Files.createDirectory(config.pending());
        for (String text : List.of("", "{}", "{\"nonce\":7,\"expires\":\"soon\"}", "[1]")) {
            Files.writeString(config.pending().resolve("pending.json"), text);
            put(offer("a" + text.length()));
            handOver.look();
            assertThat(handOver.state()).as(text).startsWith("enrolled");
        }
    }

    @Test
    void answerOfAStrangerIsOverwrittenSoThatNobodyIsLetInByIt() throws Exception {
        Files.writeString(folder.resolve("guestinfo").resolve(Offer.ANSWER_KEY), "f".repeat(64));
        put(offer("a"));
        handOver.look();
        assertThat(answer()).hasSize(64).isNotEqualTo("f".repeat(64));
    }

    @Test
    void badOfferIsLeftAloneAndSaidSo() throws Exception {
        Files.writeString(folder.resolve("guestinfo").resolve(Offer.KEY), "rubbish");
        assertThat(handOver.look()).isEqualTo(LOOK);
        assertThat(handOver.state()).isEqualTo("the offer in guestinfo is not followed: it is not a JSON object");
        assertThat(answer()).isNull();
        assertThat(appliance.asked).isEmpty();
    }

    @Test
    void offerForWhatIsNotInstalledNamesThePackage() throws Exception {
        put(offer("a").put("kind", "server"));
        handOver.look();
        assertThat(handOver.state()).contains("install penstock-server");
        assertThat(answer()).isNull();
        Files.createDirectory(config.server().folder());
        handOver.look();
        assertThat(handOver.state()).startsWith("enrolled as penstock://server/vm-1");
        assertThat(IdentityStore.ofMachine(config.server().folder(), "any")
                        .load()
                        .peer()
                        .kind())
                .isEqualTo(PeerKind.SERVER);
        assertThat(client().exists()).isFalse();
    }

    @Test
    void memberOfOneInstallationIsNotLuredIntoAnother() throws Exception {
        put(offer("a"));
        handOver.look();
        String mine = answer();
        put(offer("b").put("ca", "cd".repeat(32)));
        handOver.look();
        assertThat(handOver.state()).contains("belongs to", "first delete", "identity.json");
        assertThat(answer()).isEqualTo(mine);
        assertThat(appliance.asked).hasSize(1);
        Files.delete(config.client().folder().resolve("identity.json"));
        handOver.look();
        assertThat(appliance.asked).hasSize(2);
    }

    @Test
    void namedAuthorityAloneIsFollowed() throws Exception {
        config = new EnrollConfig(
                config.vmtoolsd(), LOOK, "ml1", "cd".repeat(32), config.pending(), config.client(), config.server());
        handOver = begin();
        put(offer("a"));
        handOver.look();
        assertThat(handOver.state()).contains("not the one in enroll.properties");
        assertThat(answer()).isNull();
    }

    @Test
    void missingToolsAreLookedForLessAndLess() throws Exception {
        Files.delete(config.vmtoolsd());
        List<Duration> pauses = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            pauses.add(handOver.look());
        }
        assertThat(pauses).map(Duration::toSeconds).containsExactly(5L, 10L, 20L, 40L, 60L, 60L);
        assertThat(handOver.state()).contains("no offer can be looked for", "install open-vm-tools");
    }

    @Test
    void toolsThatFailAreQuoted() throws Exception {
        vmtoolsd("echo 'Failed to open vsock'; exit 7");
        assertThat(handOver.look()).isEqualTo(LOOK);
        assertThat(handOver.state()).contains("does not read guestinfo: status 7, Failed to open vsock");
    }

    @Test
    void guestThatMayNotWriteSaysSo() throws Exception {
        put(offer("a"));
        vmtoolsd("[ $1 = info-get ] && cat $folder/$2 || { echo 'Permission denied'; exit 1; }");
        handOver.look();
        assertThat(handOver.state()).contains("could not be answered", "Permission denied");
        assertThat(appliance.asked).isEmpty();
    }

    private static String mode(Path file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }
}
