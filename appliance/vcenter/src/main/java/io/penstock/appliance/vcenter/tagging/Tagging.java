package io.penstock.appliance.vcenter.tagging;

import io.penstock.appliance.vcenter.ObjectRef;
import io.penstock.appliance.vcenter.VcenterException;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Penstock's category and tags in one vCenter, as one account sees them. Each step may be done again. For one thread at a time;
 * every method but {@link #close} throws {@link VcenterException}, of kind {@code NO_PERMISSION} with the name of the privilege where
 * the account may not do it.
 */
public interface Tagging extends AutoCloseable {
    /** Attaches and detaches; counts only as a global permission. */
    String ATTACH = "InventoryService.Tagging.AttachTag";

    /** Lets an object have tags; on the object, or above it. */
    String ATTACHABLE = "InventoryService.Tagging.ObjectAttachable";

    /** What making and removing need, as global permissions. */
    List<String> MAKING = List.of(
            "InventoryService.Tagging.CreateCategory",
            "InventoryService.Tagging.CreateTag",
            "InventoryService.Tagging.DeleteCategory",
            "InventoryService.Tagging.DeleteTag");

    /**
     * Makes of the category and the tags what is not there.
     *
     * @throws VcenterException of kind {@code ALREADY_EXISTS} when somebody else's is in the way
     */
    void make();

    /** The objects that carry a tag; empty when there is no such tag, or when the account may not see it. */
    Optional<Set<ObjectRef>> carriers(PoolTag tag);

    /**
     * Attaches a tag; one that is attached already is no error.
     *
     * @throws VcenterException of kind {@code NOT_FOUND} when there is no such tag
     */
    void attach(PoolTag tag, ObjectRef object);

    /** Detaches a tag; one that is not attached is no error, but needs the same privilege. */
    void detach(PoolTag tag, ObjectRef object);

    /** Takes the category and its tags away, from every object too; what is not there is no error. */
    void remove();

    /** Ends the session, if one began. */
    @Override
    void close();
}
