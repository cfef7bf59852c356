package io.penstock.appliance.vcenter;

/** A vCenter did not do what was asked; the message says which one, what it was asked, and why, for people. */
public final class VcenterException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** The classes of failures. */
    public enum Kind {
        /** It does not answer, or not in time. */
        UNREACHABLE,
        /** It presents another certificate than the one that was confirmed. */
        CERTIFICATE_DIFFERS,
        /** Its certificate does not name the host, or is not valid now. */
        CERTIFICATE_BAD,
        /** What it answered cannot be understood. */
        BAD_ANSWER,
        /** The account or its password is refused. */
        LOGIN_REFUSED,
        /** There is no session, or it has ended. */
        NOT_AUTHENTICATED,
        /** The account lacks a privilege. */
        NO_PERMISSION,
        /** What was asked for is not there, or no longer. */
        NOT_FOUND,
        /** It is there already. */
        ALREADY_EXISTS,
        /** It needs another state, or somebody else is at it. */
        CONFLICT,
        /** It belongs to another appliance. */
        TAKEN,
        /** Any other refusal. */
        REFUSED
    }

    private final Kind kind;
    private final String fault;

    /** A failure that another one caused. */
    public VcenterException(Kind kind, String text, Throwable cause) {
        super(text, cause);
        this.kind = kind;
        this.fault = "";
    }

    /** A failure of its own. */
    public VcenterException(Kind kind, String text) {
        this(kind, "", text, true);
    }

    private VcenterException(Kind kind, String fault, String text, boolean own) {
        super(text, null, own, true);
        this.kind = kind;
        this.fault = fault;
    }

    /** A fault that a vCenter answered, by its type such as {@code NoPermission}. */
    public static VcenterException ofFault(Kind kind, String fault, String text) {
        return new VcenterException(kind, fault, text, true);
    }

    /** The class. */
    public Kind kind() {
        return kind;
    }

    /** The vCenter's own word for it; empty where the failure is not one of its faults. */
    public String fault() {
        return fault;
    }
}
