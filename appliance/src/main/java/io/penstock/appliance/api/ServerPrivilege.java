package io.penstock.appliance.api;

import io.penstock.appliance.api.Caller.Person;
import io.penstock.appliance.refusal.Refusal;
import io.penstock.appliance.refusal.Refusal.Reason;
import io.penstock.appliance.signin.Privilege;
import io.penstock.appliance.signin.VsphereObject;
import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/** A GPU server is more than a client: whatever makes one or ends one needs the privilege for servers besides that of the operation. */
final class ServerPrivilege {
    private ServerPrivilege() {}

    /**
     * The caller, if it may deal with GPU servers.
     *
     * @param on the object it is about; null = the pool
     */
    static Future<Person> require(Call call, @Nullable VsphereObject on) {
        Person person = (Person) call.caller();
        return person.privileges(on).map(held -> {
            if (!held.contains(Privilege.MANAGE_SERVERS)) {
                throw new Refusal(
                        Reason.FORBIDDEN,
                        "privilege_missing",
                        person.shown() + " lacks the privilege " + Privilege.MANAGE_SERVERS.vsphereId()
                                + (on == null ? "" : " on " + on.moref()));
            }
            return person;
        });
    }
}
