package io.penstock.appliance.vcenter.tagging;

import io.penstock.appliance.vcenter.Credentials;
import io.penstock.appliance.vcenter.Thumbprint;
import io.penstock.appliance.vcenter.VcenterAddress;
import java.time.Duration;

/** Tags over REST, in the form of today. */
class RestTaggingIT extends TaggingContract {
    @Override
    Tagging open(VcenterAddress address, Thumbprint thumbprint, Credentials account, Duration patience) {
        return RestTagging.open(vertx, address, thumbprint, account, apiVersion(), patience);
    }

    @Override
    String apiVersion() {
        return "8.0.3.0";
    }
}
