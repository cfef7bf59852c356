package io.penstock.appliance.api;

import io.penstock.appliance.feed.VersionFeed;
import io.penstock.appliance.identity.CertificateAuthority;
import io.penstock.appliance.identity.Enrolment;
import io.penstock.appliance.lease.LeaseLedger;
import io.penstock.appliance.pool.PlacementPolicy;
import io.penstock.appliance.pool.Vitals;
import io.penstock.appliance.signin.AdministratorPassword;
import io.penstock.appliance.signin.WebSessions;
import io.penstock.appliance.store.Database;
import io.penstock.appliance.vsphere.Vsphere;
import io.penstock.protocol.identity.LeaseSigner;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.ext.web.Router;
import io.vertx.openapi.contract.OpenAPIContract;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The rooms whose work the REST interface offers.
 *
 * @param servers tells servers that there is something new they must not honour
 * @param pages tells pages that there is something new to show
 * @param vcenterPorts on which users of a vCenter may add another
 */
public record ApiRooms(
        Database.Worker store,
        CertificateAuthority authority,
        Enrolment enrolment,
        LeaseLedger ledger,
        Vitals vitals,
        VersionFeed servers,
        VersionFeed pages,
        WebSessions sessions,
        Vsphere vsphere,
        List<String> vcenterPorts) {
    /** Under which name the pages listen. */
    public static final String PAGES = "pages";

    /** The contract, read and checked: {@code openapi.yaml}. */
    public static Future<OpenAPIContract> contract(Vertx vertx) {
        return OpenAPIContract.from(vertx, Api.CONTRACT);
    }

    /** Whether this installation has the files of the web page. */
    public static boolean hasSite() {
        return Site.folder() != null;
    }

    /**
     * The router over all operations of the contract.
     *
     * @param signer the lease signer of the moment
     * @param policy the placement policy of the moment
     * @param version what {@code health} answers
     */
    public Router router(
            Vertx vertx,
            OpenAPIContract contract,
            InstantSource clock,
            Supplier<LeaseSigner> signer,
            Supplier<PlacementPolicy> policy,
            String version) {
        AdministratorPassword password = new AdministratorPassword(vertx, store, sessions, clock);
        Map<String, Operation> operations = new HashMap<>();
        operations.putAll(new GeneralOperations(vertx, version, clock).byName());
        operations.putAll(new OverviewOperations(this, clock, version).byName());
        operations.putAll(new SessionOperations(store, password, sessions, clock).byName());
        operations.putAll(new EnrolmentOperations(store, authority, enrolment, clock).byName());
        operations.putAll(new ServerOperations(this, clock).byName());
        operations.putAll(new LeaseOperations(store, ledger, servers, signer, policy, clock).byName());
        operations.putAll(new MemberOperations(store, ledger, vitals, servers, vsphere, clock).byName());
        operations.putAll(
                new VcenterOperations(vsphere.registrations(), new NewVcenters(vcenterPorts, clock)).byName());
        operations.putAll(new InventoryOperations(vsphere.inventories(), authority).byName());
        operations.putAll(new PluginOperations(vsphere.users()).byName());
        Gate gate = new Gate(store, sessions, vsphere.users(), clock);
        return Api.router(vertx, contract, gate, operations, () -> pages.changed(PAGES));
    }
}
