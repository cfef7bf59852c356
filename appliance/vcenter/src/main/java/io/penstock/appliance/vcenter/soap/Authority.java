package io.penstock.appliance.vcenter.soap;

import com.vmware.vim25.EntityPrivilege;
import com.vmware.vim25.ManagedObjectReference;
import com.vmware.vim25.Permission;
import com.vmware.vim25.PrivilegeAvailability;
import com.vmware.vim25.VimPortType;
import io.penstock.appliance.vcenter.Node;
import io.penstock.appliance.vcenter.ObjectRef;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** Privileges, roles and permissions. */
public final class Authority {
    /**
     * A role.
     *
     * @param id tells it from all others of the vCenter
     */
    public record Role(int id, String name, Set<String> privileges) {}

    /** A permission of one account, or of a group of this name, on one object. */
    public record Grant(String principal, boolean group, int role, boolean propagates) {
        /** Whether it is this account's own. */
        public boolean isOf(String account) {
            return !group && same(principal, account);
        }
    }

    private final VimConnection connection;
    private final VimPortType port;
    private final ManagedObjectReference manager;

    Authority(VimConnection connection, VimPortType port, ManagedObjectReference manager) {
        this.connection = connection;
        this.port = port;
        this.manager = manager;
    }

    /** Which of these privileges this vCenter knows at all; an old one lacks young ones. */
    public List<String> known(List<String> privileges) {
        Set<String> all = new LinkedHashSet<>();
        Object list = connection
                .properties()
                .of(Yavi.ours(manager), List.of("privilegeList"))
                .get("privilegeList");
        for (Node privilege : Node.nodes(list)) {
            privilege.text("privId").ifPresent(all::add);
        }
        return privileges.stream().filter(all::contains).toList();
    }

    /** Which of these privileges the account that is logged in has on an object. */
    public Set<String> held(ObjectRef on, List<String> privileges) {
        EntityPrivilege[] answer = Yavi.ask(() -> port.hasPrivilegeOnEntities(
                manager,
                new ManagedObjectReference[] {Yavi.theirs(on)},
                connection.sessionKey(),
                privileges.toArray(String[]::new)));
        Set<String> held = new LinkedHashSet<>();
        for (EntityPrivilege entity : answer) {
            if (entity.privAvailability != null) {
                for (PrivilegeAvailability one : entity.privAvailability) {
                    if (one.isGranted) {
                        held.add(one.privId);
                    }
                }
            }
        }
        return held;
    }

    /** The role of this name. */
    public Optional<Role> role(String name) {
        return roles().stream().filter(role -> role.name().equals(name)).findFirst();
    }

    /** The role with this id. */
    public Optional<Role> role(int id) {
        return roles().stream().filter(role -> role.id() == id).findFirst();
    }

    private List<Role> roles() {
        Object list = connection
                .properties()
                .of(Yavi.ours(manager), List.of("roleList"))
                .get("roleList");
        return Node.nodes(list).stream()
                .map(role -> new Role(
                        (int) role.number("roleId"), role.text("name").orElse(""), Set.copyOf(role.texts("privilege"))))
                .toList();
    }

    /** Makes a role. */
    public int addRole(String name, List<String> privileges) {
        return Yavi.ask(() -> port.addAuthorizationRole(manager, name, privileges.toArray(String[]::new)));
    }

    /** Gives a role other privileges. */
    public void updateRole(Role role, List<String> privileges) {
        Yavi.tell(
                () -> port.updateAuthorizationRole(manager, role.id(), role.name(), privileges.toArray(String[]::new)));
    }

    /** Deletes a role, and the permissions that use it. */
    public void removeRole(Role role) {
        Yavi.tell(() -> port.removeAuthorizationRole(manager, role.id(), false));
    }

    /** The permissions that are set on this very object. */
    public List<Grant> grants(ObjectRef on) {
        Permission[] all = Yavi.ask(() -> port.retrieveEntityPermissions(manager, Yavi.theirs(on), false));
        return all == null
                ? List.of()
                : Arrays.stream(all)
                        .map(one -> new Grant(one.principal, one.group, one.roleId, one.propagate))
                        .toList();
    }

    /** Gives an account a role on an object and all below it; other accounts' permissions stay. */
    public void grant(ObjectRef on, String account, int role) {
        Permission permission = new Permission();
        permission.principal = principal(account);
        permission.group = false;
        permission.roleId = role;
        permission.propagate = true;
        Yavi.tell(() -> port.setEntityPermissions(manager, Yavi.theirs(on), new Permission[] {permission}));
    }

    /** Takes an account's permission on an object away. */
    public void withdraw(ObjectRef on, String account) {
        Yavi.tell(() -> port.removeEntityPermission(manager, Yavi.theirs(on), principal(account), false));
    }

    /** An account as permissions name it: {@code DOMAIN\\user}. */
    public static String principal(String account) {
        int at = account.lastIndexOf('@');
        return at < 0 ? account : account.substring(at + 1).toUpperCase(Locale.ROOT) + "\\" + account.substring(0, at);
    }

    /** Whether two names are the same account's, however they are written. */
    public static boolean same(String one, String other) {
        return principal(one).equalsIgnoreCase(principal(other));
    }
}
