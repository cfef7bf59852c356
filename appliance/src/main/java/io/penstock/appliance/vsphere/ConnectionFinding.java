package io.penstock.appliance.vsphere;

import io.penstock.appliance.vcenter.LinkState;
import io.penstock.appliance.vcenter.VcenterAddress;
import io.penstock.appliance.vcenter.registration.Finding;
import io.penstock.appliance.vcenter.registration.Finding.State;
import java.util.List;

/** What there is to say of a registration while its vCenter is not connected; a pure function. */
final class ConnectionFinding {
    private ConnectionFinding() {}

    static Finding of(VcenterAddress address, LinkState state) {
        String text = "vCenter " + address + ": " + state.text();
        return switch (state.kind()) {
            case CONNECTED, CONNECTING ->
                new Finding("connection", State.UNKNOWN, text, "look again in a moment", List.of());
            case UNREACHABLE ->
                new Finding(
                        "connection",
                        State.BROKEN,
                        text,
                        "see that it runs and that the network lets the appliance through",
                        List.of());
            case CERTIFICATE_CHANGED ->
                new Finding(
                        "certificate",
                        State.BROKEN,
                        text,
                        "compare the new certificate with the vCenter's own and confirm its thumbprint",
                        List.of("thumbprint"));
            case LOGIN_REFUSED ->
                new Finding(
                        "service_account",
                        State.BROKEN,
                        text,
                        "give the account's new password, after unlocking it if it is locked",
                        List.of("servicePassword"));
        };
    }
}
