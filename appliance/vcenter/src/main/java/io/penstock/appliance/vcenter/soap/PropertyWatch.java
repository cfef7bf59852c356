package io.penstock.appliance.vcenter.soap;

import com.vmware.vim25.ManagedObjectReference;
import com.vmware.vim25.MissingProperty;
import com.vmware.vim25.ObjectSpec;
import com.vmware.vim25.ObjectUpdate;
import com.vmware.vim25.ObjectUpdateKind;
import com.vmware.vim25.PropertyChange;
import com.vmware.vim25.PropertyFilterSpec;
import com.vmware.vim25.PropertyFilterUpdate;
import com.vmware.vim25.PropertySpec;
import com.vmware.vim25.SelectionSpec;
import com.vmware.vim25.ServiceContent;
import com.vmware.vim25.TraversalSpec;
import com.vmware.vim25.UpdateSet;
import com.vmware.vim25.VimPortType;
import com.vmware.vim25.WaitOptions;
import io.penstock.appliance.vcenter.ObjectRef;
import io.penstock.appliance.vcenter.VcenterException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Properties as they change: a collector of its own, one container view and one filter for each type. One thread at a time.
 */
public final class PropertyWatch implements AutoCloseable {
    /** So that an answer fits where every object is a host with 600 PCI devices, 20 elements each; see Element and SoapTransport. */
    private static final int OBJECTS_MAX = 40;

    /** What became of an object. */
    public enum Change {
        /** It is there, with all its watched properties. */
        ENTERED,
        /** Some of its properties are others now. */
        MODIFIED,
        /** It is no more. */
        LEFT
    }

    /**
     * What is new of an object.
     *
     * @param values the new values by path, in the types of {@link io.penstock.appliance.vcenter.Node}; null where one is unset
     * @param forbidden paths that the account may not read
     */
    public record Update(
            ObjectRef object, Change change, Map<String, @Nullable Object> values, Set<String> forbidden) {}

    /**
     * Some updates.
     *
     * @param complete whether these are all of the moment: otherwise more follow at once
     */
    public record Updates(List<Update> updates, boolean complete) {}

    private final VimPortType port;
    private final ManagedObjectReference collector;
    private final List<ManagedObjectReference> views = new ArrayList<>();
    private final Duration wait;
    private String version = "";
    private boolean broken;

    private PropertyWatch(VimPortType port, ManagedObjectReference collector, Duration wait) {
        this.port = port;
        this.collector = collector;
        this.wait = wait;
    }

    static PropertyWatch begin(VimPortType port, ServiceContent content, List<WatchedType> types, Duration wait) {
        ManagedObjectReference collector = Yavi.ask(() -> port.createPropertyCollector(content.propertyCollector));
        PropertyWatch watch = new PropertyWatch(port, collector, wait);
        for (WatchedType type : types) {
            ManagedObjectReference view = Yavi.ask(() -> port.createContainerView(
                    content.viewManager, content.rootFolder, new String[] {type.type()}, true));
            watch.views.add(view);
            Yavi.ask(() -> port.createFilter(collector, filter(view, type), false));
        }
        return watch;
    }

    private static PropertyFilterSpec filter(ManagedObjectReference view, WatchedType type) {
        TraversalSpec traversal = new TraversalSpec();
        traversal.name = "members";
        traversal.type = "ContainerView";
        traversal.path = "view";
        traversal.skip = false;
        ObjectSpec start = new ObjectSpec();
        start.obj = view;
        start.skip = true;
        start.selectSet = new SelectionSpec[] {traversal};
        PropertySpec properties = new PropertySpec();
        properties.type = type.type();
        properties.all = false;
        properties.pathSet = type.paths().toArray(String[]::new);
        PropertyFilterSpec filter = new PropertyFilterSpec();
        filter.objectSet = new ObjectSpec[] {start};
        filter.propSet = new PropertySpec[] {properties};
        filter.reportMissingObjectsInResults = true;
        return filter;
    }

    /** What is new; waits for something new, but not for ever: no updates when nothing happened. */
    public Updates next() {
        WaitOptions options = new WaitOptions();
        options.maxWaitSeconds = (int) wait.toSeconds();
        options.maxObjectUpdates = OBJECTS_MAX;
        UpdateSet set;
        try {
            set = Yavi.ask(() -> port.waitForUpdatesEx(collector, version, options));
        } catch (VcenterException e) {
            broken = true;
            throw e;
        }
        if (set == null) {
            return new Updates(List.of(), true);
        }
        if (set.version != null && !set.version.isEmpty()) {
            version = set.version; // the rest of a set that was cut may come without one
        }
        List<Update> updates = new ArrayList<>();
        if (set.filterSet != null) {
            for (PropertyFilterUpdate filter : set.filterSet) {
                if (filter.objectSet != null) {
                    for (ObjectUpdate update : filter.objectSet) {
                        updates.add(read(update));
                    }
                }
            }
        }
        return new Updates(updates, !Boolean.TRUE.equals(set.truncated));
    }

    private static Update read(ObjectUpdate update) {
        Change change = update.kind == ObjectUpdateKind.enter
                ? Change.ENTERED
                : update.kind == ObjectUpdateKind.leave ? Change.LEFT : Change.MODIFIED;
        Map<String, @Nullable Object> values = new LinkedHashMap<>();
        if (update.changeSet != null) {
            for (PropertyChange one : update.changeSet) {
                values.put(one.name, one.val);
            }
        }
        Set<String> forbidden = new TreeSet<>();
        if (update.missingSet != null) {
            for (MissingProperty missing : update.missingSet) {
                forbidden.add(missing.path);
            }
        }
        return new Update(Yavi.ours(update.obj), change, values, forbidden);
    }

    /** Takes the filters and views away; after a failure they go with their session. */
    @Override
    public void close() {
        if (broken) {
            return;
        }
        try {
            Yavi.tell(() -> port.destroyPropertyCollector(collector));
            views.forEach(view -> Yavi.tell(() -> port.destroyView(view)));
        } catch (VcenterException e) {
            // the session is over, and all that belonged to it
            broken = true;
        }
    }
}
