package io.penstock.appliance.vcenter.tagging;

import io.penstock.appliance.vcenter.VcenterAddress;
import io.penstock.appliance.vcenter.VcenterException;
import io.penstock.appliance.vcenter.VcenterException.Kind;

/** The vAPI's errors as failures of ours; pure functions. */
final class RestErrors {
    private RestErrors() {}

    /**
     * The failure that an answer is.
     *
     * @param error such as {@code ALREADY_EXISTS}; empty when the answer has none
     * @param user whose session it is
     */
    static VcenterException of(int status, String error, RestSession.Call call, String user, VcenterAddress vcenter) {
        Kind kind = kind(status, error);
        String named = error.isEmpty() ? "HTTP " + status : error;
        String text = "vCenter " + vcenter + " did not " + call.what() + ": " + named;
        if (kind == Kind.NO_PERMISSION && !call.privilege().isEmpty()) {
            // the vAPI does not say which one; for tags, what is granted on the root folder does not count
            text += ". " + user + " needs " + call.privilege() + " as a global permission";
        }
        return VcenterException.ofFault(kind, error, text);
    }

    /** The kind of an error, by its name, and where it has none by the status. */
    static Kind kind(int status, String error) {
        return switch (error) {
            case "UNAUTHENTICATED" -> Kind.NOT_AUTHENTICATED;
            case "UNAUTHORIZED" -> Kind.NO_PERMISSION;
            case "NOT_FOUND" -> Kind.NOT_FOUND;
            case "ALREADY_EXISTS" -> Kind.ALREADY_EXISTS;
            case "CONCURRENT_CHANGE", "NOT_ALLOWED_IN_CURRENT_STATE", "RESOURCE_BUSY", "RESOURCE_IN_USE" ->
                Kind.CONFLICT;
            case "SERVICE_UNAVAILABLE", "RESOURCE_INACCESSIBLE", "TIMED_OUT" -> Kind.UNREACHABLE;
            case "" ->
                switch (status) {
                    case 401 -> Kind.NOT_AUTHENTICATED;
                    case 403 -> Kind.NO_PERMISSION;
                    case 404 -> Kind.NOT_FOUND;
                    case 502, 503, 504 -> Kind.UNREACHABLE;
                    default -> Kind.BAD_ANSWER;
                };
            default -> Kind.REFUSED;
        };
    }
}
