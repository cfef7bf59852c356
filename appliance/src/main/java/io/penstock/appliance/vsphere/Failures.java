package io.penstock.appliance.vsphere;

import io.penstock.appliance.refusal.Refusal;
import io.penstock.appliance.refusal.Refusal.Reason;
import io.penstock.appliance.vcenter.VcenterException;

/** A vCenter's failures as refusals of the appliance's. */
final class Failures {
    private Failures() {}

    /** The refusal that a failure is for whoever asked. */
    static Refusal of(VcenterException failure) {
        String text = String.valueOf(failure.getMessage());
        return switch (failure.kind()) {
            case UNREACHABLE -> new Refusal(Reason.UPSTREAM, "vcenter_unreachable", text);
            case CERTIFICATE_DIFFERS -> new Refusal(Reason.CONFLICT, "certificate_differs", text);
            case CERTIFICATE_BAD -> new Refusal(Reason.CONFLICT, "certificate_bad", text);
            case LOGIN_REFUSED -> new Refusal(Reason.FORBIDDEN, "login_refused", text);
            case NO_PERMISSION -> new Refusal(Reason.FORBIDDEN, "privileges_missing", text);
            case NOT_FOUND -> new Refusal(Reason.NOT_FOUND, "vcenter_object_unknown", text);
            case TAKEN -> new Refusal(Reason.CONFLICT, "extension_taken", text);
            case ALREADY_EXISTS, CONFLICT -> new Refusal(Reason.CONFLICT, "vcenter_conflict", text);
            case BAD_ANSWER, NOT_AUTHENTICATED, REFUSED -> new Refusal(Reason.UPSTREAM, "vcenter_failed", text);
        };
    }
}
