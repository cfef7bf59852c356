package io.penstock.appliance.api;

import io.penstock.appliance.api.Caller.Administrator;
import io.penstock.appliance.api.Caller.Anyone;
import io.penstock.appliance.api.Caller.Machine;
import io.penstock.appliance.api.Caller.Person;
import io.penstock.appliance.api.Caller.Vsphere;
import io.penstock.appliance.refusal.Refusal;
import io.penstock.appliance.refusal.Refusal.Reason;
import io.penstock.appliance.signin.AdministratorPassword;
import io.penstock.appliance.signin.Privilege;
import io.penstock.appliance.signin.WebSessions;
import io.penstock.appliance.store.Database;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.InstantSource;
import java.util.Map;
import java.util.Set;

/** Signing in at the appliance's own page, and who one is. */
final class SessionOperations {
    private final Database.Worker store;
    private final AdministratorPassword password;
    private final WebSessions sessions;
    private final InstantSource clock;

    SessionOperations(
            Database.Worker store, AdministratorPassword password, WebSessions sessions, InstantSource clock) {
        this.store = store;
        this.password = password;
        this.sessions = sessions;
        this.clock = clock;
    }

    Map<String, Operation> byName() {
        return Map.of(
                "showSession", call -> show(call.caller()),
                "signIn", this::signIn,
                "signOut", this::signOut,
                "setUp", this::setUp,
                "createSetUpLink", this::createSetUpLink,
                "changePassword", this::changePassword);
    }

    private Future<Answer> show(Caller caller) {
        return store.submit(AdministratorPassword::isSet)
                .compose(set -> privileges(caller).map(privileges -> {
                    JsonObject session = new JsonObject()
                            .put("kind", kind(caller))
                            .put("privileges", new JsonArray(Privilege.words(privileges)))
                            .put("setUpNeeded", !set);
                    if (caller instanceof Person person) {
                        session.put("name", person.name());
                    }
                    if (caller instanceof Administrator administrator && administrator.expires() != null) {
                        session.put("expires", administrator.expires().toString());
                    }
                    return Answer.ok(session);
                }));
    }

    private Future<Answer> signIn(Call call) {
        String given = call.body().getString("password");
        return signedIn(password.signIn(given, call.from()));
    }

    private Future<Answer> setUp(Call call) {
        String secret = call.body().getString("secret");
        String wanted = call.body().getString("password");
        return signedIn(password.setUp(secret, wanted, call.from()));
    }

    /** A vCenter's grants end at the pool; the appliance's own password is none of theirs. */
    private Future<Answer> createSetUpLink(Call call) {
        if (!(call.caller() instanceof Administrator)) {
            throw new Refusal(
                    Reason.FORBIDDEN,
                    "forbidden",
                    call.caller().shown() + " may not change the appliance's own password");
        }
        return store.submit(handle -> AdministratorPassword.createLink(handle, clock.instant()))
                .map(secret -> Answer.created(new JsonObject().put("secret", secret)));
    }

    private Future<Answer> changePassword(Call call) {
        String current = call.body().getString("current");
        String wanted = call.body().getString("password");
        return password.change(current, wanted, call.from())
                .map(session -> Answer.done().withCookie(SessionCookie.set(session)));
    }

    private Future<Answer> signOut(Call call) {
        if (call.session() != null) {
            sessions.end(call.session());
        }
        return Future.succeededFuture(Answer.done().withCookie(SessionCookie.clear()));
    }

    private Future<Answer> signedIn(Future<String> session) {
        return session.compose(secret -> {
            Administrator administrator =
                    Administrator.ofPage(sessions.use(secret, clock.instant()).orElse(null));
            return show(administrator).map(answer -> answer.withCookie(SessionCookie.set(secret)));
        });
    }

    private static Future<Set<Privilege>> privileges(Caller caller) {
        return caller instanceof Person person ? person.privileges(null) : Future.succeededFuture(Set.of());
    }

    private static String kind(Caller caller) {
        return switch (caller) {
            case Anyone nobody -> "nobody";
            case Machine machine -> "nobody";
            case Administrator administrator -> "administrator";
            case Vsphere vsphere -> "vsphere";
        };
    }
}
