package io.penstock.appliance.vcenter.discovery;

import io.penstock.appliance.vcenter.soap.VimConnection;

/** Who is told of a link. */
public interface LinkListener {
    /** Its state or its inventory is another now; must be quick. */
    void changed();

    /** A session has begun; what this throws is only logged. Done before the inventory is looked at. */
    void greet(VimConnection session);

    /** A session's first inventory is complete: everything is known that changed meanwhile. Must be quick. */
    void connected(String vcenter);
}
