package io.penstock.appliance.api;

import io.penstock.appliance.identity.CertificateAuthority;
import io.penstock.appliance.identity.Enrolment;
import io.penstock.appliance.identity.RevocationFeed;
import io.penstock.appliance.lease.LeaseLedger;
import io.penstock.appliance.pool.PlacementPolicy;
import io.penstock.appliance.pool.Vitals;
import io.penstock.appliance.store.Database;
import io.penstock.protocol.identity.LeaseSigner;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.ext.web.Router;
import io.vertx.openapi.contract.OpenAPIContract;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;

/** The rooms whose work the REST interface offers. */
public record ApiRooms(
        Database.Worker store,
        CertificateAuthority authority,
        Enrolment enrolment,
        LeaseLedger ledger,
        Vitals vitals,
        RevocationFeed feed) {
    /** The contract, read and checked: {@code openapi.yaml}. */
    public static Future<OpenAPIContract> contract(Vertx vertx) {
        return OpenAPIContract.from(vertx, Api.CONTRACT);
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
        Map<String, Operation> operations = new HashMap<>();
        operations.putAll(new GeneralOperations(vertx, version, clock).byName());
        operations.putAll(new EnrolmentOperations(store, authority, enrolment, clock).byName());
        operations.putAll(new ServerOperations(store, ledger, vitals, feed, clock).byName());
        operations.putAll(new LeaseOperations(store, ledger, feed, signer, policy, clock).byName());
        operations.putAll(new MemberOperations(store, ledger, vitals, feed).byName());
        return Api.router(vertx, contract, new Gate(store), operations);
    }
}
