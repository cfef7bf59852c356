package io.penstock.appliance.signin;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a page in the vSphere Client shows of its user.
 *
 * @param token the session's token, a secret
 * @param vcenters the instance UUIDs of the vCenters that the page may be about. One where it is about an object; several where it is
 *     about none and the client is that of linked vCenters: then it is about the client's own, or else the first that is known
 * @param client the URL of the user interface's endpoint at the vCenter whose client it is, as that client tells it; null where it does
 *     not. Only its host and port count, and only where they are those of a vCenter that this appliance belongs to
 */
public record VsphereSession(
        String token, List<String> vcenters, @Nullable String client) {
    /** The same about an object of this vCenter's. */
    public VsphereSession about(String vcenter) {
        return new VsphereSession(token, List.of(vcenter), client);
    }

    /** Never the token. */
    @Override
    public String toString() {
        return "a session of the vSphere Client at " + vcenters;
    }
}
