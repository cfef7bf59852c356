package io.penstock.appliance.vcenter.soap;

import com.vmware.vim25.DynamicProperty;
import com.vmware.vim25.ManagedObjectReference;
import com.vmware.vim25.ObjectContent;
import com.vmware.vim25.ObjectSpec;
import com.vmware.vim25.PropertyFilterSpec;
import com.vmware.vim25.PropertySpec;
import com.vmware.vim25.RetrieveOptions;
import com.vmware.vim25.RetrieveResult;
import com.vmware.vim25.VimPortType;
import io.penstock.appliance.vcenter.ObjectRef;
import io.penstock.appliance.vcenter.VcenterException;
import io.penstock.appliance.vcenter.VcenterException.Kind;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Properties of objects as they are now. */
public final class Properties {
    private final VimPortType port;
    private final ManagedObjectReference collector;

    Properties(VimPortType port, ManagedObjectReference collector) {
        this.port = port;
        this.collector = collector;
    }

    /**
     * Some properties of one object, in the types of {@link io.penstock.appliance.vcenter.Node}; unset ones are not there.
     *
     * @throws VcenterException {@link Kind#NOT_FOUND} when there is no such object any more
     */
    public Map<String, Object> of(ObjectRef object, List<String> paths) {
        ObjectSpec which = new ObjectSpec();
        which.obj = Yavi.theirs(object);
        which.skip = false;
        PropertySpec properties = new PropertySpec();
        properties.type = object.type();
        properties.all = false;
        properties.pathSet = paths.toArray(String[]::new);
        PropertyFilterSpec filter = new PropertyFilterSpec();
        filter.objectSet = new ObjectSpec[] {which};
        filter.propSet = new PropertySpec[] {properties};
        RetrieveResult result = Yavi.ask(
                () -> port.retrievePropertiesEx(collector, new PropertyFilterSpec[] {filter}, new RetrieveOptions()));
        if (result == null || result.objects == null || result.objects.length == 0) {
            throw new VcenterException(Kind.NOT_FOUND, "vCenter shows no " + object);
        }
        Map<String, Object> values = new LinkedHashMap<>();
        for (ObjectContent content : result.objects) {
            if (content.propSet != null) {
                for (DynamicProperty property : content.propSet) {
                    if (property.val != null) {
                        values.put(property.name, property.val);
                    }
                }
            }
        }
        return values;
    }
}
