package io.penstock.protocol.appliance;

import io.penstock.protocol.identity.Identity;
import io.penstock.protocol.identity.Predecessor;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import org.jspecify.annotations.Nullable;

/**
 * The end of an identity that another one has replaced: once the new one is there, the old member leaves its installation, so
 * that it is in no list and its certificate is void. Where that fails the machine has its new identity all the same, and its
 * user is told who must do the rest.
 */
public final class Departure {
    private Departure() {}

    /**
     * Has the predecessor's member leave; never fails.
     *
     * @return the end of the sentence that tells of the new identity; empty where there was none before
     */
    public static Future<String> of(Vertx vertx, Predecessor before) {
        Identity old = before.identity();
        if (old == null || !before.good()) {
            return Future.succeededFuture(before.farewell() + remains(old, "its certificate has expired"));
        }
        ApplianceClient appliance = ApplianceClient.machine(vertx, old);
        return appliance
                .leave()
                .map(left -> before.farewell() + ", which is deleted")
                .otherwise(failed -> before.farewell()
                        + (isNoMember(failed) ? ", which was deleted before" : remains(old, failed.getMessage())))
                .eventually(appliance::close);
    }

    private static boolean isNoMember(Throwable failed) {
        return failed instanceof ApplianceException refused && ApplianceException.NOT_A_MEMBER.equals(refused.code());
    }

    private static String remains(@Nullable Identity old, @Nullable String why) {
        if (old == null) {
            return "";
        }
        return "; that one is still in the appliance's list (" + why + "): an administrator deletes it there with:"
                + " penstock-appliance " + old.peer().kind().word() + " delete "
                + old.peer().id();
    }
}
