package io.penstock.appliance.vsphere;

import io.penstock.appliance.identity.Enrolment;
import io.penstock.appliance.identity.Vault;
import io.penstock.appliance.lease.LeaseLedger;
import io.penstock.appliance.store.Database;
import io.penstock.appliance.vcenter.ExtensionRecord;
import io.penstock.appliance.vcenter.registration.PluginRecord;
import io.vertx.core.Vertx;
import java.net.URI;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * What the vSphere half of the appliance needs of its other half.
 *
 * @param url how vCenter and guests reach the appliance
 * @param certificate what the appliance presents there
 * @param authority the authority's certificate
 * @param version of this software
 * @param changed told when pages have something new to show
 * @param deletedMember told of members whose certificates are void from now on
 */
public record VsphereRooms(
        Vertx vertx,
        Database.Worker store,
        Vault vault,
        Enrolment enrolment,
        LeaseLedger ledger,
        InstantSource clock,
        Supplier<URI> url,
        Supplier<X509Certificate> certificate,
        X509Certificate authority,
        String version,
        Runnable changed,
        Consumer<String> deletedMember) {
    /** What vCenters are told of the appliance. */
    ExtensionRecord record() {
        return PluginRecord.of(url.get(), certificate.get(), version);
    }
}
