package io.penstock.appliance.api;

import io.penstock.appliance.signin.Privilege;
import io.penstock.appliance.signin.VsphereObject;
import io.penstock.appliance.signin.VsphereUser;
import io.penstock.protocol.identity.PeerIdentity;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Who calls an operation; what the gate made sure of. */
sealed interface Caller {
    /** How the audit log names the caller. */
    String shown();

    /** Nobody showed any credentials, or none that are good. */
    record Anyone() implements Caller {
        @Override
        public String shown() {
            return "anyone";
        }
    }

    /** An enrolled machine, by its certificate, not disabled. */
    record Machine(PeerIdentity peer, String name) implements Caller {
        @Override
        public String shown() {
            return peer.uri();
        }
    }

    /** Somebody whose privileges count. */
    sealed interface Person extends Caller {
        /** The name by which people know the person. */
        String name();

        /** How the person signs what people read in vCenter: tasks, events, the ends of hand-overs. */
        String signature();

        /**
         * Which privileges the person has.
         *
         * @param on the object of a vCenter that it is about, or null for the whole pool
         */
        Future<Set<Privilege>> privileges(@Nullable VsphereObject on);
    }

    /**
     * A person or program that administers the pool.
     *
     * @param expires when the session ends, or null where there is none
     */
    record Administrator(String name, @Nullable Instant expires) implements Person {
        private static final String PASSWORD = "administrator";

        /** Whoever has the password of the appliance's own page: there is one such person, and no name to go with it. */
        static Administrator ofPage(@Nullable Instant expires) {
            return new Administrator(PASSWORD, expires);
        }

        @Override
        public String shown() {
            return expires == null ? "administrator " + name : "administrator at the appliance's page";
        }

        /** A vCenter has administrators of its own; this one is not of theirs. */
        @Override
        public String signature() {
            return name + " (Penstock)";
        }

        @Override
        public Future<Set<Privilege>> privileges(@Nullable VsphereObject on) {
            return Future.succeededFuture(Privilege.all());
        }
    }

    /** A user of the vSphere Client. */
    record Vsphere(VsphereUser user) implements Person {
        @Override
        public String name() {
            return user.name();
        }

        @Override
        public String signature() {
            return user.name();
        }

        @Override
        public String shown() {
            return "vSphere user " + user.name() + " of vCenter " + user.vcenter();
        }

        @Override
        public Future<Set<Privilege>> privileges(@Nullable VsphereObject on) {
            return user.privileges(on);
        }
    }
}
