package io.penstock.appliance.vcenter;

import io.penstock.appliance.vcenter.VcenterException.Kind;
import java.util.regex.Pattern;

/**
 * A managed object; unique within one vCenter only. Its id and type are plain words: they go into messages that nobody escapes
 * them for.
 *
 * @param type such as {@code VirtualMachine}
 * @param id such as {@code vm-58}
 */
public record ObjectRef(String type, String id) {
    private static final Pattern TYPE = Pattern.compile("[A-Za-z][A-Za-z0-9]{0,79}");
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,79}");

    /**
     * A reference.
     *
     * @throws VcenterException {@link Kind#NOT_FOUND} when no object can have this type or id
     */
    public ObjectRef {
        if (!isOne(type, id)) {
            throw new VcenterException(Kind.NOT_FOUND, "no object of a vCenter has the type and id that were given");
        }
    }

    /** Whether a type and an id can be an object's. */
    public static boolean isOne(String type, String id) {
        return TYPE.matcher(type).matches() && ID.matcher(id).matches();
    }

    @Override
    public String toString() {
        return type + ":" + id;
    }
}
