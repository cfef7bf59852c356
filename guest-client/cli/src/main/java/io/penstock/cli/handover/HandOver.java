package io.penstock.cli.handover;

import io.penstock.protocol.appliance.ApplianceException;
import io.penstock.protocol.identity.CertificateRequest;
import io.penstock.protocol.identity.Fingerprint;
import io.penstock.protocol.identity.HostName;
import io.penstock.protocol.identity.Identity;
import io.penstock.protocol.identity.IdentityException;
import io.penstock.protocol.identity.IdentityStore;
import io.penstock.protocol.identity.PeerKind;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Looks for an offer and follows it: a key of its own, the answer in guestinfo, the certificate, the identity on disk. Each
 * look reads guestinfo anew, so that an offer that was withdrawn or replaced is noticed. Says each change of its state once.
 * Used by one thread.
 */
final class HandOver {
    private static final Logger LOG = LoggerFactory.getLogger(HandOver.class);

    private static final Duration ASK_FIRST = Duration.ofSeconds(1);
    private static final Duration ASK_LAST = Duration.ofSeconds(10);
    private static final Duration BLIND_LAST = Duration.ofMinutes(1);
    /** Refusals that may become an acceptance by waiting. */
    private static final Set<String> NOT_YET = Set.of("answer_missing", ApplianceException.UNREACHABLE);

    private static final int STATUS_TOO_MANY = 429;
    private static final int STATUS_SERVER = 500;

    private final EnrollConfig config;
    private final Guestinfo guestinfo;
    private final Appliance appliance;
    private final InstantSource clock;
    private final PendingRequest pending;
    private final Pause ask = new Pause(ASK_FIRST, ASK_LAST);
    private final Pause blind;

    private String said = "";
    private String answered = ""; // the nonce of the offer that was answered
    private String settled = ""; // the nonce of the offer that is over

    /** The appliance that an offer names; fails with an {@link ApplianceException} or an {@link IdentityException}. */
    @FunctionalInterface
    interface Appliance {
        Identity enrol(Offer offer, CertificateRequest request, String name);
    }

    HandOver(EnrollConfig config, Appliance appliance, InstantSource clock) {
        this.config = config;
        this.guestinfo = new Guestinfo(config.vmtoolsd());
        this.appliance = appliance;
        this.clock = clock;
        this.pending = new PendingRequest(config.pending());
        this.blind = new Pause(config.lookEvery(), BLIND_LAST);
    }

    /** Looks once, does what there is to do, and answers how long to wait until the next look. */
    Duration look() throws InterruptedException {
        String text;
        try {
            pending.forgetIfOver(clock.instant());
            text = guestinfo.get(Offer.KEY);
        } catch (IOException e) {
            say(Level.WARN, "no offer can be looked for: " + e.getMessage());
            return blind.next();
        }
        blind.reset();
        if (text.isEmpty()) {
            say(Level.INFO, "waiting for an offer");
            return config.lookEvery();
        }
        try {
            Offer offer = Offer.read(text, clock.instant());
            if (offer.nonce().equals(settled)) {
                return config.lookEvery();
            }
            requireWanted(offer);
            return follow(offer);
        } catch (OfferException e) {
            say(Level.WARN, "the offer in guestinfo is not followed: " + e.getMessage());
        } catch (IOException e) {
            say(Level.WARN, "the offer could not be answered: " + e.getMessage());
        }
        return config.lookEvery();
    }

    /** What was said last. */
    String state() {
        return said;
    }

    private Duration follow(Offer offer) throws IOException, InterruptedException {
        String name = config.name().isEmpty() ? HostName.or("machine") : config.name();
        CertificateRequest request = pending.of(offer, name);
        if (!answered.equals(offer.nonce())) {
            // Over whatever stands there: two different answers let nobody in, and that is better than a stranger.
            guestinfo.set(Offer.ANSWER_KEY, offer.answer(CertificateRequest.provenKey(request.pem())));
            answered = offer.nonce();
            ask.reset();
            say(
                    Level.INFO,
                    "answered the offer of " + offer.url() + " to become a "
                            + offer.kind().word());
        }
        try {
            Identity identity = appliance.enrol(offer, request, name);
            store(offer.kind()).replace(identity);
            over(offer);
            say(
                    Level.INFO,
                    "enrolled as " + identity.peer() + " until "
                            + identity.certificate().getNotAfter().toInstant());
        } catch (ApplianceException e) {
            if (isNotYet(e)) {
                say(Level.INFO, "asking until " + offer.expires() + " for the certificate: " + e.getMessage());
                return ask.next();
            }
            over(offer);
            say(Level.WARN, "the appliance at " + offer.url() + " refused: " + e.getMessage());
        } catch (IdentityException e) {
            over(offer);
            say(Level.ERROR, "there is no new identity, enable this VM again: " + e.getMessage());
        }
        return config.lookEvery();
    }

    private void over(Offer offer) throws IOException {
        settled = offer.nonce();
        pending.forget();
    }

    private static boolean isNotYet(ApplianceException e) {
        return NOT_YET.contains(e.code()) || e.status() == STATUS_TOO_MANY || e.status() >= STATUS_SERVER;
    }

    /** A machine stays with the installation that it belongs to, and becomes only what it was prepared for. */
    private void requireWanted(Offer offer) throws OfferException {
        EnrollConfig.Place place = place(offer.kind());
        String kind = offer.kind().word();
        if (!Files.isDirectory(place.folder())) {
            throw new OfferException(
                    "it is for a " + kind + ", and there is no " + place.folder() + " here; install penstock-" + kind);
        }
        if (!config.authority().isEmpty()
                && !config.authority().equals(offer.authority().hex())) {
            throw new OfferException("its authority is " + offer.authority()
                    + ", not the one in enroll.properties; somebody in this guest may have written it");
        }
        IdentityStore store = store(offer.kind());
        if (store.exists()) {
            Fingerprint ours = authority(store);
            if (ours != null && !ours.equals(offer.authority())) {
                throw new OfferException("its authority is " + offer.authority() + ", but this machine belongs to "
                        + ours + "; to move it, first delete " + place.folder() + "/identity.json");
            }
        }
    }

    private static @Nullable Fingerprint authority(IdentityStore store) {
        try {
            return Fingerprint.of(store.load().authority());
        } catch (IdentityException broken) {
            return null; // what nobody can use is replaced
        }
    }

    private IdentityStore store(PeerKind kind) {
        EnrollConfig.Place place = place(kind);
        return IdentityStore.ofMachine(place.folder(), place.group());
    }

    private EnrollConfig.Place place(PeerKind kind) {
        return kind == PeerKind.SERVER ? config.server() : config.client();
    }

    private void say(Level level, String state) {
        if (!state.equals(said)) {
            said = state;
            LOG.atLevel(level).log(state);
        }
    }
}
