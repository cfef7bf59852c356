package io.penstock.appliance.api;

import io.penstock.protocol.identity.PeerIdentity;

/** Who calls an operation; what the gate made sure of. */
sealed interface Caller {
    /** The word in {@code x-callers}. */
    String word();

    /** How the audit log names the caller. */
    String shown();

    /** Nobody showed any credentials. */
    record Anyone() implements Caller {
        @Override
        public String word() {
            return "anyone";
        }

        @Override
        public String shown() {
            return "anyone";
        }
    }

    /** An enrolled machine, by its certificate, not disabled. */
    record Machine(PeerIdentity peer, String name) implements Caller {
        @Override
        public String word() {
            return peer.kind().word();
        }

        @Override
        public String shown() {
            return peer.uri();
        }
    }

    /** A person or program that administers the pool. */
    record Administrator(String name) implements Caller {
        @Override
        public String word() {
            return "administrator";
        }

        @Override
        public String shown() {
            return "administrator " + name;
        }
    }
}
