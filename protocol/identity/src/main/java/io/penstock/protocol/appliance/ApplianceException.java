package io.penstock.protocol.appliance;

/**
 * The appliance said no, or did not answer. {@link #getMessage} is a sentence for people and says what to do;
 * {@link #code} is for programs.
 */
public final class ApplianceException extends RuntimeException {
    /** The code when no appliance could be reached. */
    public static final String UNREACHABLE = "unreachable";
    /** The code when no GPU satisfies a request now. */
    public static final String NO_GPU_FREE = "no_gpu_free";
    /** The code when no GPU of the pool satisfies a request, free or not. */
    public static final String NEVER_FITS = "never_fits";
    /** The code when none of the servers that a request may go to answers. */
    public static final String NO_SERVER = "no_server";
    /** The code when the appliance has forgotten this server (or never knew it): register again. */
    public static final String NOT_REGISTERED = "not_registered";
    /** The code when whoever asks was deleted, or never was a member. */
    public static final String NOT_A_MEMBER = "not_a_member";
    /** The code when the lease has ended. */
    public static final String LEASE_ENDED = "lease_ended";

    private static final long serialVersionUID = 1;

    private final int status;
    private final String code;

    /** A refusal with its HTTP status; 0 when there was no answer. */
    public ApplianceException(int status, String code, String message) {
        super(message);
        this.status = status;
        this.code = code;
    }

    /** No answer, and why. */
    public ApplianceException(String message, Throwable cause) {
        super(message, cause);
        this.status = 0;
        this.code = UNREACHABLE;
    }

    /** The HTTP status; 0 when there was no answer. */
    public int status() {
        return status;
    }

    /** The reason's class, a word in snake case. */
    public String code() {
        return code;
    }
}
