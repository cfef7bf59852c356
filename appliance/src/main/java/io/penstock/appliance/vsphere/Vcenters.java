package io.penstock.appliance.vsphere;

import io.penstock.appliance.identity.Vault;
import io.penstock.appliance.refusal.Refusal;
import io.penstock.appliance.refusal.Refusal.Reason;
import io.penstock.appliance.store.VcenterRow;
import io.penstock.appliance.vcenter.Credentials;
import io.penstock.appliance.vcenter.Thumbprint;
import io.penstock.appliance.vcenter.VcenterAddress;
import io.penstock.appliance.vcenter.discovery.LinkListener;
import io.penstock.appliance.vcenter.discovery.ServiceLink;
import io.vertx.core.Vertx;
import java.net.URI;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The vCenters that the appliance belongs to, each with its link. Safe for all threads. */
final class Vcenters implements AutoCloseable {
    /** One of them. */
    record Joined(VcenterRow row, ServiceLink link) {
        VcenterAddress address() {
            return new VcenterAddress(row.host(), row.port());
        }

        Thumbprint thumbprint() {
            return Thumbprint.of(row.thumbprint());
        }
    }

    private static final int PORT = 443;

    private final Vertx vertx;
    private final Vault vault;
    private final LinkListener listener;
    private final Map<String, Joined> joined = new ConcurrentHashMap<>();

    Vcenters(Vertx vertx, Vault vault, LinkListener listener) {
        this.vertx = vertx;
        this.vault = vault;
        this.listener = listener;
    }

    /** All of them, by name. */
    List<Joined> all() {
        return joined.values().stream()
                .sorted(Comparator.comparing((Joined one) -> one.row().name())
                        .thenComparing(one -> one.row().id()))
                .toList();
    }

    /** The one with this instance UUID, or a refusal. */
    Joined get(String id) {
        Joined found = joined.get(id);
        if (found == null) {
            throw new Refusal(Reason.NOT_FOUND, "vcenter_unknown", "this appliance does not belong to a vCenter " + id);
        }
        return found;
    }

    /** The one at the host and port of this URL, if there is one; a null or what is no URL names none. */
    Optional<Joined> at(@Nullable String url) {
        try {
            URI named = URI.create(url == null ? "" : url);
            if (!"https".equalsIgnoreCase(named.getScheme()) || named.getHost() == null) {
                return Optional.empty();
            }
            VcenterAddress wanted = new VcenterAddress(named.getHost(), named.getPort() < 0 ? PORT : named.getPort());
            return joined.values().stream()
                    .filter(one -> one.address().port() == wanted.port()
                            && one.address().host().equalsIgnoreCase(wanted.host()))
                    .findFirst();
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    boolean has(String id) {
        return joined.containsKey(id);
    }

    /** Begins to watch, or goes on with other settings. */
    void put(VcenterRow row) {
        Credentials service = credentials(row);
        joined.compute(row.id(), (id, old) -> {
            if (old != null && old.row().host().equals(row.host()) && old.row().port() == row.port()) {
                old.link().replace(Thumbprint.of(row.thumbprint()), service);
                return new Joined(row, old.link());
            }
            if (old != null) {
                old.link().close();
            }
            VcenterAddress address = new VcenterAddress(row.host(), row.port());
            return new Joined(
                    row, ServiceLink.start(vertx, id, address, Thumbprint.of(row.thumbprint()), service, listener));
        });
    }

    /** Ends a watch. */
    void remove(String id) {
        Joined old = joined.remove(id);
        if (old != null) {
            old.link().close();
        }
    }

    Credentials credentials(VcenterRow row) {
        return Credentials.of(row.serviceUser(), vault.open(row.servicePassword(), purpose(row.id())));
    }

    String seal(String id, String password) {
        return vault.seal(password, purpose(id));
    }

    private static String purpose(String id) {
        return "the service account of vCenter " + id;
    }

    @Override
    public void close() {
        Collection<Joined> open = List.copyOf(joined.values());
        joined.clear();
        // side by side: each may take seconds when its vCenter hangs
        List<Thread> ends = open.stream()
                .map(one -> Thread.ofVirtual().start(() -> one.link().close()))
                .toList();
        for (Thread end : ends) {
            try {
                end.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}
