package io.penstock.appliance.api;

import io.penstock.appliance.refusal.Refusal;
import io.penstock.appliance.refusal.Refusal.Reason;
import io.penstock.appliance.vcenter.Credentials;
import io.penstock.appliance.vcenter.Thumbprint;
import io.penstock.appliance.vcenter.VcenterAddress;
import io.penstock.appliance.vsphere.Registrations;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The vCenters that the appliance belongs to. */
final class VcenterOperations {
    private static final int PORT = 443;

    private final Registrations registrations;
    private final NewVcenters fresh;

    VcenterOperations(Registrations registrations, NewVcenters fresh) {
        this.registrations = registrations;
        this.fresh = fresh;
    }

    Map<String, Operation> byName() {
        return Map.of(
                "listVcenters",
                call -> Future.succeededFuture(Answer.ok(new JsonObject().put("vcenters", registrations.list()))),
                "showVcenterCertificate",
                this::showCertificate,
                "addVcenter",
                this::add,
                "checkVcenter",
                call -> registrations.check(call.parameter("vcenter")).map(Answer::ok),
                "repairVcenter",
                this::repair,
                "removeVcenter",
                this::remove);
    }

    private Future<Answer> showCertificate(Call call) {
        VcenterAddress address = address(call.body());
        return fresh.at(call, address, () -> registrations.certificate(address)).map(Answer::ok);
    }

    private Future<Answer> add(Call call) {
        JsonObject body = call.body();
        VcenterAddress address = address(body);
        return fresh.at(
                        call,
                        address,
                        () -> registrations.add(
                                address,
                                thumbprint(body.getString("thumbprint")),
                                Credentials.of(body.getString("user"), body.getString("password")),
                                Credentials.of(body.getString("serviceUser"), body.getString("servicePassword")),
                                body.getBoolean("takeOver", false),
                                call.caller().shown()))
                .map(Answer::created);
    }

    private Future<Answer> repair(Call call) {
        String thumbprint = call.body().getString("thumbprint");
        return registrations
                .repair(
                        call.parameter("vcenter"),
                        thumbprint == null ? null : thumbprint(thumbprint),
                        bootstrap(call.body()),
                        call.body().getString("servicePassword"),
                        call.caller().shown())
                .map(Answer::ok);
    }

    private Future<Answer> remove(Call call) {
        return registrations
                .remove(
                        call.parameter("vcenter"),
                        bootstrap(call.body()),
                        call.body().getBoolean("forget", false),
                        call.caller().shown())
                .map(Answer::ok);
    }

    private static @Nullable Credentials bootstrap(JsonObject body) {
        String user = body.getString("user");
        String password = body.getString("password");
        if ((user == null) != (password == null)) {
            throw new Refusal(Reason.INVALID, "bad_request", "a user comes with a password");
        }
        return user == null ? null : Credentials.of(user, password);
    }

    private static VcenterAddress address(JsonObject body) {
        return new VcenterAddress(body.getString("host"), body.getInteger("port", PORT));
    }

    private static Thumbprint thumbprint(String text) {
        try {
            return Thumbprint.of(text);
        } catch (IllegalArgumentException e) {
            throw new Refusal(Reason.INVALID, "bad_request", String.valueOf(e.getMessage()));
        }
    }
}
