package io.penstock.appliance.vcenter.registration;

import io.penstock.appliance.vcenter.About;
import io.penstock.appliance.vcenter.Credentials;
import io.penstock.appliance.vcenter.ExtensionRecord;
import io.penstock.appliance.vcenter.Node;
import io.penstock.appliance.vcenter.Thumbprint;
import io.penstock.appliance.vcenter.VcenterAddress;
import io.penstock.appliance.vcenter.VcenterException;
import io.penstock.appliance.vcenter.VcenterException.Kind;
import io.penstock.appliance.vcenter.soap.Authority;
import io.penstock.appliance.vcenter.soap.Authority.Role;
import io.penstock.appliance.vcenter.soap.Extensions;
import io.penstock.appliance.vcenter.soap.VimConnection;
import io.penstock.appliance.vcenter.tagging.RestTagging;
import io.penstock.appliance.vcenter.tagging.Tagging;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Registers an appliance with a vCenter. Every step may be done again: a registration that was interrupted is completed by a
 * second one, and removed as a whole one is. Calls block; they are for virtual threads.
 */
public final class Registration {
    /** The role of the service account. */
    public static final String ROLE = "Penstock service";

    /** What the service account needs on the root folder and below, and why; docs/vcenter.md has the same table. */
    public static final List<String> SERVICE_PRIVILEGES = List.of(
            "System.View", // the inventory
            "System.Read", // hosts' and VMs' properties
            "VirtualMachine.Config.AdvancedConfig", // offers in guestinfo
            "Task.Create", // tasks that people see
            "Task.Update",
            "Global.LogEvent", // events that people see
            "Extension.Update", // the record follows the appliance's certificate and version
            Tagging.ATTACH, // tags on members' VMs; counts as a global permission only
            Tagging.ATTACHABLE);

    /** What the account needs that registers, once. */
    public static final List<String> BOOTSTRAP_PRIVILEGES = Stream.concat(
                    Stream.of(
                            "Extension.Register",
                            "Extension.Update",
                            "Extension.Unregister",
                            "Authorization.ModifyRoles",
                            "Authorization.ModifyPermissions"),
                    Tagging.MAKING.stream())
            .toList();

    private static final Logger LOG = LoggerFactory.getLogger(Registration.class);
    private static final String YOUNG = "InventoryService.Tagging.";

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration SKEW_MAX = Duration.ofMinutes(2);

    private final Vertx vertx;
    private final VcenterAddress address;
    private final Thumbprint thumbprint;

    /** Registrations with the vCenter at this address that presents this certificate. */
    public Registration(Vertx vertx, VcenterAddress address, Thumbprint thumbprint) {
        this.vertx = vertx;
        this.address = address;
        this.thumbprint = thumbprint;
    }

    /**
     * Registers, or brings a registration up to date.
     *
     * @param bootstrap an account that may do it; used in this call only
     * @param service the account that the appliance works with from now on; one that has no other role on the root folder, since
     *     an account has one there and ours would take its place
     * @param former the account that it worked with before and that loses our role; empty when there is none
     * @param takeOver whether an extension that another appliance registered becomes ours
     * @return what the vCenter says of itself
     */
    public About add(
            Credentials bootstrap, Credentials service, String former, ExtensionRecord record, boolean takeOver) {
        // a wrong service password is found before anything is changed
        String named = as(service, VimConnection::userName);
        as(bootstrap, connection -> {
            requireOwn(connection, bootstrap.user(), List.of(service.user(), named));
            requireBootstrap(connection, bootstrap);
            if (!takeOver) {
                requireOurs(connection, record);
            }
            putExtension(connection.extensions(), record);
            int role = putRole(connection);
            connection.authority().grant(connection.rootFolder(), service.user(), role);
            PeopleRoles.make(connection.authority());
            makeTags(connection, bootstrap);
            return role;
        });
        About about = as(service, connection -> {
            Set<String> missing = missing(connection, SERVICE_PRIVILEGES);
            if (!missing.isEmpty()) {
                throw new VcenterException(
                        Kind.NO_PERMISSION,
                        "the service account " + service.user() + " lacks on the root folder of vCenter " + address
                                + ": "
                                + String.join(", ", missing)
                                + ". A permission of its own on the root folder or a group's may stand against the role '"
                                + ROLE + "'");
            }
            return connection.about();
        });
        if (!former.isEmpty() && !Authority.same(former, service.user()) && !Authority.same(former, named)) {
            as(bootstrap, connection -> withdraw(connection, former));
        }
        return about;
    }

    /** An account has one role on an object: ours would take the place of what it has there, an administrator's above all. */
    private void requireOwn(VimConnection connection, String bootstrap, List<String> service) {
        if (service.stream()
                .anyMatch(name -> Authority.same(name, bootstrap) || Authority.same(name, connection.userName()))) {
            throw new VcenterException(
                    Kind.CONFLICT,
                    "the service account cannot be " + bootstrap + " itself, which would lose its own role on vCenter "
                            + address + ": make an account for Penstock alone");
        }
        Authority authority = connection.authority();
        for (Authority.Grant grant : authority.grants(connection.rootFolder())) {
            String role = authority.role(grant.role()).map(Role::name).orElse("number " + grant.role());
            if (!role.equals(ROLE) && service.stream().anyMatch(grant::isOf)) {
                throw new VcenterException(
                        Kind.CONFLICT,
                        "the account " + grant.principal() + " has the role '" + role
                                + "' on the root folder of vCenter "
                                + address + ", and '" + ROLE
                                + "' would take its place: make an account for Penstock alone, or take that permission away");
            }
        }
    }

    /** Takes our role from an account; no other that it has. */
    private static boolean withdraw(VimConnection connection, String account) {
        Authority authority = connection.authority();
        Optional<Role> role = authority.role(ROLE);
        boolean granted = role.isPresent()
                && authority.grants(connection.rootFolder()).stream()
                        .anyMatch(grant -> grant.isOf(account)
                                && grant.role() == role.get().id());
        if (granted) {
            authority.withdraw(connection.rootFolder(), account);
        }
        return granted;
    }

    /** Logs in and out, and changes nothing: whether an account is accepted, and by which vCenter. */
    public About prove(Credentials account) {
        return as(account, VimConnection::about);
    }

    /** Brings the extension record up to date with the service account's own privileges; says whether it was necessary. */
    public static boolean refresh(VimConnection connection, ExtensionRecord record) {
        Extensions extensions = connection.extensions();
        Optional<Node> found = extensions.find(record.key());
        if (found.isEmpty()) {
            throw new VcenterException(
                    Kind.NOT_FOUND,
                    "vCenter " + connection.address() + " has no extension " + record.key() + " any more");
        }
        requireOurs(connection, record);
        return putExtension(extensions, record);
    }

    /** There is one extension of ours in a vCenter, and it belongs to one appliance. */
    private static void requireOurs(VimConnection connection, ExtensionRecord record) {
        Optional<Node> found = connection.extensions().find(record.key());
        if (found.isPresent() && RecordDifference.isAnothers(found.get(), record)) {
            throw new VcenterException(
                    Kind.TAKEN,
                    "the extension " + record.key() + " of vCenter " + connection.address()
                            + " belongs to the appliance at "
                            + RecordDifference.server(found.get())
                            + ": remove this vCenter there, or add it here and take the extension over (vcenter add"
                            + " --take-over, or the box in the dialog)");
        }
    }

    /**
     * Unregisters without residue; what is not there is no error. Where the extension is another appliance's, only our account's
     * permission is taken away: the rest is in use.
     *
     * @param service the name of the service account
     */
    public void remove(Credentials bootstrap, String service, ExtensionRecord record) {
        as(bootstrap, connection -> {
            requireBootstrap(connection, bootstrap);
            Optional<Node> found = connection.extensions().find(record.key());
            withdraw(connection, service);
            if (found.isPresent() && RecordDifference.isAnothers(found.get(), record)) {
                LOG.warn(
                        "the extension of vCenter {} belongs to the appliance at {}: it stays, with its role and tags",
                        address,
                        RecordDifference.server(found.get()));
                return record;
            }
            Authority authority = connection.authority();
            PeopleRoles.remove(authority); // before their privileges are unknown
            connection.extensions().unregister(record.key());
            authority.role(ROLE).ifPresent(authority::removeRole);
            try (Tagging tagging = tagging(connection, bootstrap)) {
                tagging.remove();
            }
            return record;
        });
    }

    /**
     * Looks at every part of a registration with the service account's session.
     *
     * @param service the name of the service account
     */
    public static List<Finding> check(VimConnection connection, String service, ExtensionRecord record) {
        List<Finding> findings = new ArrayList<>();
        findings.add(Finding.holds(
                "connection",
                connection.about().name() + " " + connection.about().version() + " answers, API "
                        + connection.about().apiVersion() + "."));
        findings.add(clock(connection));
        Set<String> missing = missing(connection, SERVICE_PRIVILEGES);
        findings.add(
                missing.isEmpty()
                        ? Finding.holds(
                                "privileges",
                                service + " has every privilege that the appliance needs on the root folder.")
                        : Finding.broken(
                                "privileges",
                                service + " lacks on the root folder: " + String.join(", ", missing) + ".",
                                "repair with an account that may set permissions gives them again",
                                "bootstrap"));
        findings.add(role(connection));
        findings.add(extension(connection, record));
        findings.add(Finding.unknown(
                "plugin",
                "Whether the vSphere Client has taken the plug-in over can only be seen there.",
                "look under Administration > Solutions > Client Plug-Ins: Penstock must be Deployed / Enabled"));
        findings.add(Finding.unknown(
                "real_vcenter",
                "That a guest's own answer shows in the VM's configuration is believed, not proven, on this release.",
                "enable one Linux VM: its task tells whether the answer arrived"));
        return findings;
    }

    private static Finding clock(VimConnection connection) {
        Instant theirs = connection.currentTime();
        Duration skew = Duration.between(theirs, Instant.now()).abs();
        return skew.compareTo(SKEW_MAX) <= 0
                ? Finding.holds("clock", "Its clock and the appliance's differ by " + skew.toSeconds() + " s.")
                : Finding.broken(
                        "clock",
                        "Its clock says " + theirs + "; the appliance's differs by " + skew.toSeconds()
                                + " s, which breaks certificates and offers.",
                        "set up NTP on both");
    }

    private static Finding role(VimConnection connection) {
        Optional<Role> role = connection.authority().role(ROLE);
        if (role.isEmpty()) {
            return Finding.broken(
                    "role",
                    "The role '" + ROLE + "' is gone.",
                    "repair with an account that may make roles",
                    "bootstrap");
        }
        Set<String> lacking = new TreeSet<>(needed(connection, SERVICE_PRIVILEGES));
        lacking.removeAll(role.get().privileges());
        return lacking.isEmpty()
                ? Finding.holds("role", "The role '" + ROLE + "' has its privileges.")
                : Finding.broken(
                        "role",
                        "The role '" + ROLE + "' lacks " + String.join(", ", lacking) + ".",
                        "repair with an account that may change roles",
                        "bootstrap");
    }

    private static Finding extension(VimConnection connection, ExtensionRecord record) {
        Optional<Node> found = connection.extensions().find(record.key());
        if (found.isEmpty()) {
            return Finding.broken(
                    "extension",
                    "The extension " + record.key() + " is gone: the vSphere Client shows no plug-in.",
                    "repair with an account that may register extensions",
                    "bootstrap");
        }
        if (RecordDifference.isAnothers(found.get(), record)) {
            return Finding.broken(
                    "extension",
                    "The extension " + record.key() + " belongs to the appliance at "
                            + RecordDifference.server(found.get()) + ".",
                    "remove this vCenter from one of the two; to take it over, add it here again with --take-over");
        }
        List<String> differences = RecordDifference.between(
                found.get(), record, connection.extensions().keepsCertificate());
        return differences.isEmpty()
                ? Finding.holds(
                        "extension",
                        "The extension " + record.key() + " " + record.version() + " points to this appliance.")
                : Finding.broken(
                        "extension",
                        "The extension " + record.key() + " is not up to date: " + String.join(", ", differences) + ".",
                        "repair updates it; the service account may do that");
    }

    private void requireBootstrap(VimConnection connection, Credentials bootstrap) {
        Set<String> missing = missing(connection, BOOTSTRAP_PRIVILEGES);
        if (!missing.isEmpty()) {
            throw new VcenterException(
                    Kind.NO_PERMISSION,
                    bootstrap.user() + " lacks on the root folder of vCenter " + address + ": "
                            + String.join(", ", missing));
        }
    }

    /** Those that this vCenter knows: an old one has not all that there are for tags. */
    private static List<String> needed(VimConnection connection, List<String> privileges) {
        List<String> young = privileges.stream()
                .filter(privilege -> privilege.startsWith(YOUNG))
                .toList();
        List<String> known = connection.authority().known(young);
        return privileges.stream()
                .filter(privilege -> !young.contains(privilege) || known.contains(privilege))
                .toList();
    }

    /** Tags are a convenience: without them a registration is one all the same, and {@code check} tells what is missing. */
    private void makeTags(VimConnection connection, Credentials bootstrap) {
        try (Tagging tagging = tagging(connection, bootstrap)) {
            tagging.make();
        } catch (VcenterException e) {
            LOG.warn("the VMs of members in vCenter {} get no tags: {}", address, e.getMessage());
        }
    }

    private Tagging tagging(VimConnection connection, Credentials account) {
        return RestTagging.open(
                vertx, address, thumbprint, account, connection.about().apiVersion(), PATIENCE);
    }

    private static Set<String> missing(VimConnection connection, List<String> privileges) {
        List<String> needed = needed(connection, privileges);
        Set<String> missing = new TreeSet<>(needed);
        missing.removeAll(connection.authority().held(connection.rootFolder(), needed));
        return missing;
    }

    private static boolean putExtension(Extensions extensions, ExtensionRecord record) {
        Optional<Node> found = extensions.find(record.key());
        if (found.isEmpty()) {
            extensions.register(record);
            return true;
        }
        String registered = found.get().text("version").orElse("0");
        if (About.atLeast(registered, record.version()) && !registered.equals(record.version())) {
            throw new VcenterException(
                    Kind.CONFLICT,
                    "the extension " + record.key() + " is registered in version " + registered + ", newer than this"
                            + " appliance's " + record.version()
                            + ": upgrade the appliance, or remove the newer one first");
        }
        if (RecordDifference.between(found.get(), record, extensions.keepsCertificate())
                .isEmpty()) {
            return false;
        }
        extensions.update(record);
        return true;
    }

    private static int putRole(VimConnection connection) {
        Authority authority = connection.authority();
        List<String> privileges = needed(connection, SERVICE_PRIVILEGES);
        Optional<Role> role = authority.role(ROLE);
        if (role.isEmpty()) {
            return authority.addRole(ROLE, privileges);
        }
        if (!role.get().privileges().containsAll(privileges)) {
            authority.updateRole(role.get(), privileges);
        }
        return role.get().id();
    }

    private <T> T as(Credentials account, Function<VimConnection, T> work) {
        try (VimConnection connection = VimConnection.open(vertx, address, thumbprint, PATIENCE)) {
            try {
                connection.login(account);
            } catch (VcenterException e) {
                if (e.kind() == Kind.LOGIN_REFUSED) {
                    throw VcenterException.ofFault(
                            Kind.LOGIN_REFUSED,
                            e.fault(),
                            "vCenter " + address + " refuses the account " + account.user() + ": " + e.fault());
                }
                throw e;
            }
            try {
                return work.apply(connection);
            } finally {
                connection.logout();
            }
        }
    }
}
