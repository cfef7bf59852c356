package io.penstock.appliance.vcenter.tagging;

import io.penstock.appliance.vcenter.Credentials;
import io.penstock.appliance.vcenter.Thumbprint;
import io.penstock.appliance.vcenter.VcenterAddress;
import java.time.Duration;

/** Tags over REST, in the form that vCenters before 7.0 Update 2 speak. */
class LegacyRestTaggingIT extends TaggingContract {
    @Override
    Tagging open(VcenterAddress address, Thumbprint thumbprint, Credentials account, Duration patience) {
        return RestTagging.open(vertx, address, thumbprint, account, apiVersion(), patience);
    }

    @Override
    String apiVersion() {
        return "7.0.1.0";
    }
}
