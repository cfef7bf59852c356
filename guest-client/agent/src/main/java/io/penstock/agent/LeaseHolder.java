package io.penstock.agent;

import io.penstock.protocol.appliance.ApplianceClient;
import io.penstock.protocol.appliance.ApplianceException;
import io.penstock.protocol.appliance.Grant;
import io.penstock.protocol.appliance.LeaseRequest;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * Holds a lease: renews it while it is in use and gives it back at the end. An appliance that cannot be reached is asked
 * again and again, since servers honour a lease without it; one that says no ends the lease. Event loop only.
 */
public final class LeaseHolder {
    private static final Duration RETRY = Duration.ofSeconds(5);
    private static final int STATUS_CLIENT_ERROR = 400;
    private static final int STATUS_SERVER_ERROR = 500;

    private final Vertx vertx;
    private final ApplianceClient appliance;
    private final Consumer<String> notices;
    private Consumer<Grant> renewed = grant -> {};
    private Consumer<String> lost = reason -> {};
    private Grant grant;
    private boolean unreachable;
    private boolean over;
    private long timer;

    private LeaseHolder(Vertx vertx, ApplianceClient appliance, Grant grant, Consumer<String> notices) {
        this.vertx = vertx;
        this.appliance = appliance;
        this.grant = grant;
        this.notices = notices;
        this.timer = vertx.setTimer(grant.renewEvery().toMillis(), now -> renew());
    }

    /**
     * Asks for GPUs and keeps them from then on.
     *
     * @param notices takes sentences for the person at the terminal
     */
    public static Future<LeaseHolder> acquire(
            Vertx vertx, ApplianceClient appliance, LeaseRequest request, Consumer<String> notices) {
        return appliance.acquire(request).map(grant -> new LeaseHolder(vertx, appliance, grant, notices));
    }

    /** The lease as it was renewed last. */
    public Grant grant() {
        return grant;
    }

    /** Says who is told of each renewal, and once of the lease's loss. */
    void watch(Consumer<Grant> onRenewal, Consumer<String> onLoss) {
        renewed = onRenewal;
        lost = onLoss;
    }

    /** Gives the lease back; never fails, since what is not given back ends by itself. */
    public Future<Void> release() {
        if (over) {
            return Future.succeededFuture();
        }
        over = true;
        vertx.cancelTimer(timer);
        return appliance.release(grant.lease().id()).recover(failed -> {
            notices.accept("the GPUs could not be given back and will be taken back when the lease ends: "
                    + failed.getMessage());
            return Future.succeededFuture();
        });
    }

    private void renew() {
        appliance.renew(grant.lease().id()).onComplete(answer -> {
            if (over) {
                return;
            }
            if (answer.succeeded()) {
                if (unreachable) {
                    notices.accept("the appliance answers again");
                    unreachable = false;
                }
                grant = answer.result();
                renewed.accept(grant);
                renewIn(grant.renewEvery());
            } else if (isFinal(answer.cause())) {
                over = true;
                lost.accept("the lease has ended: " + answer.cause().getMessage());
            } else {
                if (!unreachable) {
                    notices.accept("the appliance does not answer; programs go on: "
                            + answer.cause().getMessage());
                    unreachable = true;
                }
                renewIn(RETRY);
            }
        });
    }

    private void renewIn(Duration delay) {
        timer = vertx.setTimer(delay.toMillis(), now -> renew());
    }

    /** Whether the appliance itself said no, rather than being away or in trouble. */
    private static boolean isFinal(Throwable cause) {
        return cause instanceof ApplianceException refusal
                && refusal.status() >= STATUS_CLIENT_ERROR
                && refusal.status() < STATUS_SERVER_ERROR;
    }
}
