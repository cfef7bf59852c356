package io.penstock.appliance.signin;

import io.vertx.core.Future;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A user of the vSphere Client, known by a session that vCenter cloned for us; vCenter decides what the user may do. */
public interface VsphereUser {
    /** The user's name, as vCenter tells it. */
    String name();

    /** The instance UUID of the vCenter that knows the user. */
    String vcenter();

    /**
     * Which of our privileges the user has.
     *
     * @param on the object, or null for the root folder
     */
    Future<Set<Privilege>> privileges(@Nullable VsphereObject on);
}
