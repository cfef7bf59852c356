package io.penstock.appliance.vsphere;

import io.penstock.appliance.vcenter.ObjectRef;
import io.penstock.appliance.vcenter.tagging.PoolTag;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A tag of Penstock's that a VM gets or loses.
 *
 * @param attached whether it gets it
 */
record TagChange(PoolTag tag, ObjectRef machine, boolean attached) {
    /**
     * What must change; what a VM loses comes before what one gets. A pure function.
     *
     * @param wanted which VMs are to carry which tag
     * @param found which objects carry it
     * @param shown the VMs that the vCenter shows us; others, such as those of a vCenter linked to it, are left alone
     */
    static List<TagChange> between(
            Map<PoolTag, Set<ObjectRef>> wanted, Map<PoolTag, Set<ObjectRef>> found, Set<ObjectRef> shown) {
        List<TagChange> changes = new ArrayList<>();
        for (PoolTag tag : PoolTag.values()) {
            add(changes, tag, found, wanted, shown, false);
        }
        for (PoolTag tag : PoolTag.values()) {
            add(changes, tag, wanted, found, shown, true);
        }
        return changes;
    }

    private static void add(
            List<TagChange> changes,
            PoolTag tag,
            Map<PoolTag, Set<ObjectRef>> these,
            Map<PoolTag, Set<ObjectRef>> butNot,
            Set<ObjectRef> shown,
            boolean attached) {
        Set<ObjectRef> objects = new LinkedHashSet<>(these.getOrDefault(tag, Set.of()));
        objects.removeAll(butNot.getOrDefault(tag, Set.of()));
        objects.retainAll(shown);
        objects.forEach(object -> changes.add(new TagChange(tag, object, attached)));
    }
}
