package io.penstock.appliance.api;

import io.penstock.appliance.api.Caller.Person;
import io.penstock.appliance.refusal.Refusal;
import io.penstock.appliance.refusal.Refusal.Reason;
import io.penstock.appliance.signin.Privilege;
import io.penstock.appliance.signin.VsphereObject;
import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/** What an operation needs besides what the contract says of it, since only its subject tells: who may deal with this very thing. */
final class PrivilegeOn {
    private PrivilegeOn() {}

    /** The caller, if it may deal with GPU servers: one is more than a client. {@code on} as in {@link #require}. */
    static Future<Person> requireServers(Call call, @Nullable VsphereObject on) {
        return require(call, Privilege.MANAGE_SERVERS, on);
    }

    /**
     * The caller, if it has this privilege.
     *
     * @param on the object it is about; null = the pool
     */
    static Future<Person> require(Call call, Privilege needed, @Nullable VsphereObject on) {
        Person person = (Person) call.caller();
        return person.privileges(on).map(held -> {
            if (!held.contains(needed)) {
                throw new Refusal(
                        Reason.FORBIDDEN,
                        "privilege_missing",
                        person.shown() + " lacks the privilege " + needed.vsphereId()
                                + (on == null ? "" : " on " + on.moref()));
            }
            return person;
        });
    }
}
