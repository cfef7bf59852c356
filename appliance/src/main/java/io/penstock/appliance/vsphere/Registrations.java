package io.penstock.appliance.vsphere;

import io.penstock.appliance.refusal.Refusal;
import io.penstock.appliance.refusal.Refusal.Reason;
import io.penstock.appliance.store.VcenterRow;
import io.penstock.appliance.store.VcenterTable;
import io.penstock.appliance.vcenter.About;
import io.penstock.appliance.vcenter.Credentials;
import io.penstock.appliance.vcenter.ExtensionRecord;
import io.penstock.appliance.vcenter.LinkState;
import io.penstock.appliance.vcenter.ServerCertificate;
import io.penstock.appliance.vcenter.Thumbprint;
import io.penstock.appliance.vcenter.VcenterAddress;
import io.penstock.appliance.vcenter.VcenterException;
import io.penstock.appliance.vcenter.https.CertificateProbe;
import io.penstock.appliance.vcenter.registration.Finding;
import io.penstock.appliance.vcenter.registration.Registration;
import io.penstock.appliance.vsphere.Vcenters.Joined;
import io.penstock.protocol.identity.Pem;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Coming to vCenters, staying and leaving, as the appliance's operations see it. Safe for all threads. */
public final class Registrations {
    private static final Logger LOG = LoggerFactory.getLogger(Registrations.class);
    private static final Duration LOOK_MAX = Duration.ofSeconds(10);

    private final VsphereRooms rooms;
    private final Threads threads;
    private final Vcenters vcenters;
    private final VmTags tags;
    private final BiConsumer<Joined, String> leave;
    private final Turns turns;

    /**
     * Registrations.
     *
     * @param leave withdraws what was offered to VMs of a vCenter, and says there why
     */
    Registrations(
            VsphereRooms rooms, Threads threads, Vcenters vcenters, VmTags tags, BiConsumer<Joined, String> leave) {
        this.rooms = rooms;
        this.threads = threads;
        this.vcenters = vcenters;
        this.tags = tags;
        this.leave = leave;
        this.turns = new Turns(rooms.clock());
    }

    /** The vCenters, in the form of the contract. */
    public JsonArray list() {
        JsonArray all = new JsonArray();
        vcenters.all().forEach(one -> all.add(shown(one)));
        return all;
    }

    /** What an address presents. */
    public Future<JsonObject> certificate(VcenterAddress address) {
        return threads.run(() -> {
            ServerCertificate shown = CertificateProbe.look(rooms.vertx(), address, LOOK_MAX);
            return new JsonObject()
                    .put("subject", shown.subject())
                    .put("issuer", shown.issuer())
                    .put("names", new JsonArray(shown.names()))
                    .put("notBefore", shown.notBefore().toString())
                    .put("notAfter", shown.notAfter().toString())
                    .put("sha256", shown.thumbprint().toString())
                    .put("nameMatches", shown.namesHost())
                    .put("pem", Pem.encodeCertificates(List.of(shown.certificate())));
        });
    }

    /**
     * Registers with a vCenter and begins to watch it.
     *
     * @param takeOver whether an extension that another appliance registered becomes ours
     * @param by who wants it, for whoever comes meanwhile
     */
    public Future<JsonObject> add(
            VcenterAddress address,
            Thumbprint thumbprint,
            Credentials bootstrap,
            Credentials service,
            boolean takeOver,
            String by) {
        return threads.run(() -> turns.alone(address, "added", by, () -> {
            Registration registration = new Registration(rooms.vertx(), address, thumbprint);
            String former = former(registration.prove(service).instanceUuid(), address);
            About about = registration.add(bootstrap, service, former, record(), takeOver);
            VcenterRow row = new VcenterRow(
                    about.instanceUuid(),
                    address.host(),
                    address.host(),
                    address.port(),
                    thumbprint.toString(),
                    service.user(),
                    vcenters.seal(about.instanceUuid(), service.password().value()),
                    about.version(),
                    about.apiVersion(),
                    rooms.clock().instant());
            keep(row);
            return shown(vcenters.get(row.id()));
        }));
    }

    /** The service account of a vCenter that was added before, at the same address; empty where it was not. */
    private String former(String id, VcenterAddress address) {
        if (!vcenters.has(id)) {
            return "";
        }
        Joined known = vcenters.get(id);
        if (!known.address().equals(address)) {
            throw new Refusal(
                    Reason.CONFLICT,
                    "already_added",
                    "at " + address + " is the vCenter that was added as " + known.address()
                            + "; remove it first, or repair it");
        }
        return known.row().serviceUser();
    }

    /** Looks at every part of a registration. */
    public Future<JsonObject> check(String id) {
        return threads.run(() -> findings(vcenters.get(id)));
    }

    /**
     * Mends a registration.
     *
     * @param thumbprint a new certificate's, or null
     * @param bootstrap an account that may register, or null
     * @param servicePassword a new password, or null
     * @param by who wants it, for whoever comes meanwhile
     */
    public Future<JsonObject> repair(
            String id,
            @Nullable Thumbprint thumbprint,
            @Nullable Credentials bootstrap,
            @Nullable String servicePassword,
            String by) {
        return threads.run(() -> turns.alone(vcenters.get(id).address(), "repaired", by, () -> {
            Joined before = vcenters.get(id);
            if (thumbprint != null || bootstrap != null || servicePassword != null) {
                keep(repaired(before, thumbprint, bootstrap, servicePassword));
            } else if (before.link().isRefused() || before.link().state().kind() != LinkState.Kind.CONNECTED) {
                before.link().retry(); // one try more at most: nothing is known that would make another end better
            }
            Joined joined = vcenters.get(id);
            joined.link().awaitSettled(LOOK_MAX);
            if (joined.link().state().kind() == LinkState.Kind.CONNECTED) {
                try {
                    joined.link().call(connection -> Registration.refresh(connection, record()));
                } catch (VcenterException e) {
                    LOG.info("vCenter {}: the extension could not be mended: {}", joined.address(), e.getMessage());
                }
            }
            return findings(joined);
        }));
    }

    /** The registration with other settings, with which the vCenter accepted the service account just now. */
    private VcenterRow repaired(
            Joined before,
            @Nullable Thumbprint thumbprint,
            @Nullable Credentials bootstrap,
            @Nullable String servicePassword) {
        VcenterRow row = before.row();
        if (servicePassword == null && before.link().hasStopped()) {
            throw new Refusal(
                    Reason.FORBIDDEN,
                    "login_refused",
                    "vCenter " + before.address() + " refused the account " + row.serviceUser()
                            + " too often; it is not tried again: give its password, after unlocking it if it is locked");
        }
        Credentials service = servicePassword == null
                ? vcenters.credentials(row)
                : Credentials.of(row.serviceUser(), servicePassword);
        Thumbprint confirmed = thumbprint == null ? before.thumbprint() : thumbprint;
        Registration registration = new Registration(rooms.vertx(), before.address(), confirmed);
        About about = proven(before, registration, service);
        if (!about.instanceUuid().equals(row.id())) {
            throw new Refusal(
                    Reason.CONFLICT,
                    "other_vcenter",
                    "at " + before.address() + " is vCenter " + about.instanceUuid() + " now, not " + row.id());
        }
        if (bootstrap != null) {
            registration.add(bootstrap, service, "", record(), false);
        }
        return new VcenterRow(
                row.id(),
                row.name(),
                row.host(),
                row.port(),
                confirmed.toString(),
                row.serviceUser(),
                vcenters.seal(row.id(), service.password().value()),
                about.version(),
                about.apiVersion(),
                row.added());
    }

    private static About proven(Joined before, Registration registration, Credentials service) {
        try {
            return registration.prove(service);
        } catch (VcenterException e) {
            if (e.kind() == VcenterException.Kind.LOGIN_REFUSED) {
                before.link().refused(service);
            }
            throw e;
        }
    }

    /**
     * Unregisters.
     *
     * @param bootstrap an account that may do it; null only with {@code forget}
     * @param forget also when the vCenter does not let itself be asked
     * @param by who wants it, for whoever comes meanwhile
     */
    public Future<JsonObject> remove(String id, @Nullable Credentials bootstrap, boolean forget, String by) {
        return threads.run(() -> turns.alone(vcenters.get(id).address(), "removed", by, () -> {
            VcenterRow row = vcenters.get(id).row();
            if (bootstrap == null && !forget) {
                throw new Refusal(
                        Reason.INVALID,
                        "bootstrap_missing",
                        "to unregister, an account is needed that may unregister extensions and change permissions");
            }
            // as long as the service account may still do it
            leave.accept(vcenters.get(id), "the appliance leaves this vCenter");
            if (bootstrap != null) {
                try {
                    new Registration(
                                    rooms.vertx(),
                                    new VcenterAddress(row.host(), row.port()),
                                    Thumbprint.of(row.thumbprint()))
                            .remove(bootstrap, row.serviceUser(), record());
                } catch (VcenterException e) {
                    if (!forget) {
                        throw e;
                    }
                    LOG.warn("vCenter {} is forgotten with what was registered: {}", row.host(), e.getMessage());
                }
            }
            vcenters.remove(id);
            Threads.await(rooms.store().submit(handle -> {
                new VcenterTable(handle).delete(id);
                return id;
            }));
            rooms.changed().run();
            return new JsonObject();
        }));
    }

    /** The appliance presents another certificate from now on: every vCenter is told at once, or the plug-in goes dark. */
    public void certificateChanged() {
        for (Joined one : vcenters.all()) {
            threads.begin(() -> {
                try {
                    one.link().call(connection -> Registration.refresh(connection, record()));
                } catch (VcenterException e) {
                    LOG.error(
                            "vCenter {} does not know the appliance's new certificate: {}; repair it",
                            one.address(),
                            e.getMessage());
                }
            });
        }
    }

    private void keep(VcenterRow row) {
        Threads.await(rooms.store().submit(handle -> {
            new VcenterTable(handle).put(row);
            return row;
        }));
        vcenters.put(row);
        rooms.changed().run();
    }

    private JsonObject findings(Joined joined) {
        List<Finding> findings;
        LinkState state = joined.link().state();
        if (state.kind() == LinkState.Kind.CONNECTED) {
            findings = new ArrayList<>(joined.link()
                    .call(connection ->
                            Registration.check(connection, joined.row().serviceUser(), record())));
            findings.add(tags.check(joined));
        } else {
            findings = List.of(ConnectionFinding.of(joined.address(), state));
        }
        JsonArray shown = new JsonArray();
        for (Finding finding : findings) {
            JsonObject json = new JsonObject()
                    .put("part", finding.part())
                    .put("state", finding.state().name().toLowerCase(Locale.ROOT))
                    .put("text", finding.text());
            if (!finding.remedy().isEmpty()) {
                json.put("remedy", finding.remedy());
            }
            if (!finding.needs().isEmpty()) {
                json.put("needs", new JsonArray(finding.needs()));
            }
            shown.add(json);
        }
        return new JsonObject().put("findings", shown);
    }

    private ExtensionRecord record() {
        return rooms.record();
    }

    private static JsonObject shown(Joined joined) {
        VcenterRow row = joined.row();
        LinkState state = joined.link().state();
        JsonObject json = new JsonObject()
                .put("id", row.id())
                .put("name", row.name())
                .put("host", row.host())
                .put("port", row.port())
                .put("thumbprint", row.thumbprint())
                .put("state", state.kind().name().toLowerCase(Locale.ROOT))
                .put("since", state.since().toString())
                .put("serviceUser", row.serviceUser())
                .put("version", row.version())
                .put("apiVersion", row.apiVersion())
                .put(
                        "hosts",
                        joined.link().inventory().hosts().values().stream()
                                .filter(host -> !host.gpus().isEmpty())
                                .count())
                .put("vms", joined.link().inventory().machines().size());
        if (!state.text().isEmpty()) {
            json.put("stateText", state.text());
        }
        return json;
    }
}
