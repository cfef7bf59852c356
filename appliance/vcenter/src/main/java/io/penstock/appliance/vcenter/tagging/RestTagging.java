package io.penstock.appliance.vcenter.tagging;

import io.penstock.appliance.vcenter.Credentials;
import io.penstock.appliance.vcenter.ObjectRef;
import io.penstock.appliance.vcenter.Thumbprint;
import io.penstock.appliance.vcenter.VcenterAddress;
import io.penstock.appliance.vcenter.VcenterException;
import io.penstock.appliance.vcenter.VcenterException.Kind;
import io.penstock.appliance.vcenter.https.HttpsTransport;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Tags by the vAPI over REST, in whichever form the vCenter speaks; a session of its own, which begins with the first call. */
public final class RestTagging implements Tagging {
    private static final String CATEGORY = "category";
    private static final String TAG = "tag";
    private static final String ASSOCIATION = "tag-association";

    private final VcenterAddress address;
    private final RestForm form;
    private final RestSession session;

    private RestTagging(RestForm form, RestSession session, VcenterAddress address) {
        this.form = form;
        this.session = session;
        this.address = address;
    }

    /**
     * The tags as this account sees them; nothing is sent yet.
     *
     * @param thumbprint of the one certificate that is accepted
     * @param apiVersion what the vCenter says of itself
     * @param patience how long each call may take
     */
    public static Tagging open(
            Vertx vertx,
            VcenterAddress address,
            Thumbprint thumbprint,
            Credentials account,
            String apiVersion,
            Duration patience) {
        RestForm form = RestForm.of(apiVersion);
        HttpsTransport https = new HttpsTransport(vertx, address, thumbprint);
        return new RestTagging(form, new RestSession(https, form, account, patience), address);
    }

    @Override
    public void make() {
        if (!exists(CATEGORY, PoolTag.CATEGORY_ID)) {
            JsonObject wanted = new JsonObject()
                    .put("name", PoolTag.CATEGORY)
                    .put("description", PoolTag.CATEGORY_DESCRIPTION)
                    .put("cardinality", "MULTIPLE")
                    .put("associable_types", new JsonArray().add("VirtualMachine"))
                    .put("category_id", PoolTag.CATEGORY_ID);
            create(CATEGORY, PoolTag.CATEGORY_ID, "category '" + PoolTag.CATEGORY + "'", wanted, MAKING.getFirst());
        }
        for (PoolTag tag : PoolTag.values()) {
            if (!exists(TAG, tag.id())) {
                JsonObject wanted = new JsonObject()
                        .put("name", tag.label())
                        .put("description", tag.description())
                        .put("category_id", PoolTag.CATEGORY_ID)
                        .put("tag_id", tag.id());
                create(TAG, tag.id(), "tag '" + tag.label() + "'", wanted, MAKING.get(1));
            }
        }
    }

    private void create(String service, String id, String what, JsonObject wanted, String privilege) {
        try {
            session.call(
                    new RestSession.Call("make the " + what, privilege, HttpMethod.POST, form.uri(service, "", "")),
                    form.making(wanted));
        } catch (VcenterException e) {
            if (e.kind() != Kind.ALREADY_EXISTS) {
                throw e;
            }
            if (!exists(service, id)) {
                throw VcenterException.ofFault(
                        Kind.ALREADY_EXISTS,
                        e.fault(),
                        "vCenter " + address + " has a " + what + " that Penstock did not make: rename that one");
            }
        }
    }

    private boolean exists(String service, String id) {
        try {
            session.call(
                    new RestSession.Call("show a " + service, "", HttpMethod.GET, form.uri(service, id, "")), null);
            return true;
        } catch (VcenterException e) {
            if (e.kind() == Kind.NOT_FOUND) {
                return false;
            }
            throw e;
        }
    }

    @Override
    public Optional<Set<ObjectRef>> carriers(PoolTag tag) {
        if (!exists(TAG, tag.id())) {
            return Optional.empty();
        }
        String what = "list what carries the tag '" + tag.label() + "'";
        Object answer = session.call(
                new RestSession.Call(
                        what, "", HttpMethod.POST, form.uri(ASSOCIATION, "", "list-attached-objects-on-tags")),
                new JsonObject().put("tag_ids", new JsonArray().add(tag.id())));
        try {
            Set<ObjectRef> carriers = new LinkedHashSet<>();
            for (Object entry : list(answer)) {
                for (Object object : list(((JsonObject) entry).getValue("object_ids"))) {
                    JsonObject ref = (JsonObject) object;
                    carriers.add(new ObjectRef(ref.getString("type", ""), ref.getString("id", "")));
                }
            }
            return Optional.of(carriers);
        } catch (ClassCastException e) {
            throw new VcenterException(
                    Kind.BAD_ANSWER, "vCenter " + address + " answered something else when it was to " + what, e);
        }
    }

    private static JsonArray list(@Nullable Object value) {
        return value == null ? new JsonArray() : (JsonArray) value;
    }

    @Override
    public void attach(PoolTag tag, ObjectRef object) {
        associate("attach", tag, object);
    }

    @Override
    public void detach(PoolTag tag, ObjectRef object) {
        associate("detach", tag, object);
    }

    private void associate(String action, PoolTag tag, ObjectRef object) {
        JsonObject body = new JsonObject()
                .put("object_id", new JsonObject().put("type", object.type()).put("id", object.id()));
        String what = action + " the tag '" + tag.label() + "' (" + object + ")";
        session.call(
                new RestSession.Call(what, ATTACH, HttpMethod.POST, form.uri(ASSOCIATION, tag.id(), action)), body);
    }

    @Override
    public void remove() {
        try {
            session.call(
                    new RestSession.Call(
                            "delete the category '" + PoolTag.CATEGORY + "'",
                            MAKING.get(2),
                            HttpMethod.DELETE,
                            form.uri(CATEGORY, PoolTag.CATEGORY_ID, "")),
                    null);
        } catch (VcenterException e) {
            if (e.kind() != Kind.NOT_FOUND) {
                throw e;
            }
        }
    }

    @Override
    public void close() {
        session.close();
    }
}
