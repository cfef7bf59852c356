package io.penstock.appliance.pool;

import io.penstock.protocol.identity.LeasedGpu;
import java.util.List;

/** What placement decided about one request. */
public sealed interface Decision {
    /**
     * There it goes.
     *
     * @param server the server's id
     * @param gpus as many as were asked for, by their numbers on the server
     */
    record Placed(String server, List<LeasedGpu> gpus) implements Decision {
        /** Copies the list. */
        public Placed {
            gpus = List.copyOf(gpus);
        }
    }

    /**
     * It goes nowhere.
     *
     * @param obstacle what would have to change
     * @param reason a sentence with the numbers
     */
    record Refused(Obstacle obstacle, String reason) implements Decision {}

    /** What keeps a request from its GPUs. */
    enum Obstacle {
        /** Others hold them, or a server among others is silent. */
        TAKEN,
        /** No server that might have them answers. */
        SILENT,
        /** The pool has no such GPU: no release of a lease would help, nor a server that answers again. */
        NONE_SUCH
    }
}
