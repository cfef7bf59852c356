package io.penstock.appliance.signin;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** What a person may do; the same words stand in {@code x-privilege} of the contract and in vCenter's roles. */
public enum Privilege {
    /** See the pool and who uses it. */
    VIEW("View"),
    /** Change the pool itself: its vCenters, its leases. */
    MANAGE_POOL("ManagePool"),
    /** Let GPU servers in and put them out. */
    MANAGE_SERVERS("ManageServers"),
    /** Let clients in and put them out. */
    MANAGE_CLIENTS("ManageClients");

    private static final String GROUP = "io.penstock.vsphere.";

    private final String word;

    Privilege(String word) {
        this.word = word;
    }

    /** All of them: what the administrator has. */
    public static Set<Privilege> all() {
        return EnumSet.allOf(Privilege.class);
    }

    /**
     * The privilege of this word.
     *
     * @throws IllegalArgumentException when there is none
     */
    public static Privilege of(String word) {
        return Arrays.stream(values())
                .filter(one -> one.word.equals(word))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("there is no privilege " + word));
    }

    /** The words of these, in their order. */
    public static List<String> words(Set<Privilege> privileges) {
        return privileges.stream().sorted().map(Privilege::word).toList();
    }

    /** Its word in the contract. */
    public String word() {
        return word;
    }

    /** Its id in vCenter. */
    public String vsphereId() {
        return GROUP + word;
    }
}
