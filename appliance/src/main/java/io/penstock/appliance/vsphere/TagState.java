package io.penstock.appliance.vsphere;

import io.penstock.appliance.vcenter.VcenterException;
import io.penstock.appliance.vcenter.VcenterException.Kind;
import io.penstock.appliance.vcenter.registration.Finding;
import io.penstock.appliance.vcenter.registration.Finding.State;
import io.penstock.appliance.vcenter.registration.Registration;
import io.penstock.appliance.vcenter.tagging.PoolTag;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What came of a look at the tags of one vCenter.
 *
 * @param missing whether the category or a tag is not there, or not to be seen
 * @param servers how many VMs are to carry the one tag
 * @param clients how many the other
 * @param proven whether the service account was seen to assign or unassign a tag
 * @param failure the first thing that went wrong
 */
record TagState(
        boolean missing,
        int servers,
        int clients,
        boolean proven,
        @Nullable VcenterException failure) {
    static TagState failed(VcenterException failure) {
        return new TagState(false, 0, 0, false, failure);
    }

    static TagState absent() {
        return new TagState(true, 0, 0, false, null);
    }

    /** Why the tags are not as they should be; empty when they are. */
    String trouble() {
        if (failure != null) {
            return String.valueOf(failure.getMessage());
        }
        return missing
                ? "the category '" + PoolTag.CATEGORY
                        + "' or one of its tags is not there, or the service account may not" + " see it"
                : "";
    }

    /**
     * What {@code check} tells of it.
     *
     * @param service the name of the service account
     */
    Finding finding(String service) {
        String globally = "in the vSphere Client, under Administration > Access Control > Global Permissions, give "
                + service + " the role '" + Registration.ROLE + "', propagating to children";
        if (missing) {
            return broken(
                    "The VMs of members get no tags: " + trouble() + ".",
                    "repair with an account that may make tags makes them; where they are there, " + globally,
                    List.of("bootstrap"));
        }
        if (failure != null) {
            return broken(
                    "The VMs of members do not have their tags: " + trouble() + ".",
                    failure.kind() == Kind.NO_PERMISSION ? globally : "look again in a moment",
                    List.of());
        }
        String carried = servers + " VMs carry the tag '" + PoolTag.GPU_SERVER.label() + "' and " + clients
                + " the tag '" + PoolTag.CLIENT.label() + "'";
        return proven
                ? new Finding("tags", State.HOLDS, carried + "; " + service + " may assign them.", "", List.of())
                : new Finding(
                        "tags",
                        State.UNKNOWN,
                        carried + "; whether " + service
                                + " may assign them was not tried: there is no VM to try it on.",
                        "",
                        List.of());
    }

    private static Finding broken(String text, String remedy, List<String> needs) {
        return new Finding("tags", State.BROKEN, text, remedy, needs);
    }
}
