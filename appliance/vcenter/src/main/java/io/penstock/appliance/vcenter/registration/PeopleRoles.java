package io.penstock.appliance.vcenter.registration;

import io.penstock.appliance.vcenter.soap.Authority;
import io.penstock.appliance.vcenter.soap.Authority.Role;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Roles that a vCenter's administrator finds ready and gives to people. They are made when they are missing and never changed: whoever
 * changes one has a reason. docs/vcenter.md has the same table.
 */
final class PeopleRoles {
    /** The roles' names, and the privileges of ours in each. */
    static final Map<String, List<String>> ROLES = Map.of(
            "Penstock viewer", List.of("View"),
            "Penstock operator", List.of("View", "ManageClients"),
            "Penstock administrator", PluginRecord.PRIVILEGES);

    private static final Logger LOG = LoggerFactory.getLogger(PeopleRoles.class);
    private static final String SYSTEM = "System."; // vCenter puts these into every role

    private PeopleRoles() {}

    /** Makes those that are missing; the extension's privileges must be known by now. */
    static void make(Authority authority) {
        new TreeMap<>(ROLES).forEach((name, privileges) -> {
            if (authority.role(name).isEmpty()) {
                authority.addRole(name, ids(privileges));
            }
        });
    }

    /**
     * Deletes them, and the permissions that use them. One to which somebody gave privileges of others stays, without ours: people would
     * lose more than the pool.
     */
    static void remove(Authority authority) {
        for (String name : new TreeSet<>(ROLES.keySet())) {
            Optional<Role> role = authority.role(name);
            if (role.isEmpty()) {
                continue;
            }
            List<String> others = role.get().privileges().stream()
                    .filter(Predicate.not(PeopleRoles::isOurs))
                    .filter(privilege -> !privilege.startsWith(SYSTEM))
                    .sorted()
                    .toList();
            if (others.isEmpty()) {
                authority.removeRole(role.get());
            } else {
                LOG.warn("the role '{}' stays, since it has privileges that are not Penstock's: {}", name, others);
                authority.updateRole(role.get(), others);
            }
        }
    }

    private static boolean isOurs(String privilege) {
        return privilege.startsWith(PluginRecord.KEY + ".");
    }

    private static List<String> ids(List<String> privileges) {
        return privileges.stream().map(name -> PluginRecord.KEY + "." + name).toList();
    }
}
