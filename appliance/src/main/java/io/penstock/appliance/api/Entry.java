package io.penstock.appliance.api;

import io.penstock.appliance.refusal.Refusal;
import io.penstock.appliance.refusal.Refusal.Reason;
import io.penstock.appliance.signin.Privilege;
import io.penstock.appliance.signin.VsphereObject;
import io.vertx.core.json.JsonArray;
import io.vertx.openapi.contract.Operation;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Who may call an operation, as the contract says: {@code x-callers}, {@code x-privilege}, {@code x-object}, {@code x-origin}.
 *
 * @param anyone whether everybody may
 * @param ownPage whether what a browser sends must come from the appliance's own page, whoever the caller is
 * @param machines the kinds of machines that may
 * @param privilege what a person needs; null where no person may
 * @param objectType the type of the vCenter object that the path names; null where it names none
 */
record Entry(
        boolean anyone,
        boolean ownPage,
        Set<String> machines,
        @Nullable Privilege privilege,
        @Nullable String objectType) {
    private static final Set<String> MACHINES = Set.of("client", "server");
    private static final String ANYONE = "anyone";
    private static final String OWN = "own";
    private static final Pattern OBJECT = Pattern.compile("/v1/vcenters/([^/]+)/(?:vms|hosts)/([^/]+)(?:/.*)?");
    private static final Pattern MOREF = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,79}"); // the contract's
    private static final Pattern VCENTER = Pattern.compile("/v1/vcenters/([^/]+)/.*");

    /**
     * Reads it.
     *
     * @throws IllegalStateException when the contract does not say it, or says something unknown
     */
    static Entry of(Operation operation) {
        Map<String, Object> said = operation.getExtensions();
        List<String> callers = said.get("x-callers") instanceof JsonArray list
                ? list.stream().map(String.class::cast).toList()
                : List.of();
        Privilege privilege = said.get("x-privilege") instanceof String word ? Privilege.of(word) : null;
        String objectType = said.get("x-object") instanceof String type ? type : null;
        if (callers.isEmpty() && privilege == null) {
            throw new IllegalStateException(Api.CONTRACT + " does not say who may call " + operation.getOperationId());
        }
        if (!callers.stream().allMatch(one -> one.equals(ANYONE) || MACHINES.contains(one))) {
            throw new IllegalStateException(
                    Api.CONTRACT + " names unknown callers of " + operation.getOperationId() + ": " + callers);
        }
        Object origin = said.get("x-origin");
        if (origin != null && !origin.equals(OWN)) {
            throw new IllegalStateException(
                    Api.CONTRACT + " names an unknown origin of " + operation.getOperationId() + ": " + origin);
        }
        return new Entry(callers.contains(ANYONE), origin != null, Set.copyOf(callers), privilege, objectType);
    }

    /**
     * The object that a path of this operation names, if it names one.
     *
     * @throws Refusal when no object can have the id
     */
    @Nullable
    VsphereObject object(String path) {
        Matcher found = OBJECT.matcher(path);
        if (objectType == null || !found.matches()) {
            return null;
        }
        String moref = decoded(found.group(2));
        if (!MOREF.matcher(moref).matches()) {
            throw new Refusal(Reason.INVALID, "bad_request", "no object of a vCenter has such an id");
        }
        return new VsphereObject(objectType, moref);
    }

    private static String decoded(String segment) {
        try {
            return new URI("/" + segment).getPath().substring(1);
        } catch (URISyntaxException e) {
            return "";
        }
    }

    /** The vCenter that a path names, if it names one. */
    static @Nullable String vcenter(String path) {
        Matcher found = VCENTER.matcher(path);
        return found.matches() ? found.group(1) : null;
    }

    /** The callers, for people. */
    String shown() {
        String people = privilege == null ? "" : "people with the privilege " + privilege.word();
        String separator = machines.isEmpty() || people.isEmpty() ? "" : ", ";
        return String.join(", ", machines) + separator + people;
    }
}
