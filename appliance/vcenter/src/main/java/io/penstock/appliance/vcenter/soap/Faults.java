package io.penstock.appliance.vcenter.soap;

import io.penstock.appliance.vcenter.VcenterException;
import io.penstock.appliance.vcenter.VcenterException.Kind;

/** A vCenter's SOAP faults as failures of ours. */
final class Faults {
    private static final String SUFFIX = "Fault";

    private Faults() {}

    /** The failure that a fault is. */
    static VcenterException of(Element fault, String method, String vcenter) {
        Element detail = fault.child("detail")
                .filter(found -> !found.children.isEmpty())
                .map(found -> found.children.getFirst())
                .orElse(null);
        String type = "unknown fault";
        if (detail != null) {
            String element = detail.name.endsWith(SUFFIX)
                    ? detail.name.substring(0, detail.name.length() - SUFFIX.length())
                    : detail.name;
            type = detail.xsiType == null ? element : detail.xsiType;
        }
        String said = fault.child("faultstring").map(Element::text).orElse("").strip();
        String more = detail == null ? "" : details(type, detail);
        String text = "vCenter " + vcenter + " refused " + method + ": " + type
                + (more.isEmpty() ? "" : " (" + more + ")") + (said.isEmpty() ? "" : ": " + said);
        return VcenterException.ofFault(kind(type), type, text);
    }

    /** The kind of a fault of this type. */
    static Kind kind(String type) {
        return switch (type) {
            case "InvalidLogin", "InvalidLocale", "NoClientCertificate", "PasswordExpired" -> Kind.LOGIN_REFUSED;
            case "NotAuthenticated" -> Kind.NOT_AUTHENTICATED;
            case "NoPermission", "RestrictedVersion", "AuthMinimumAdminPermission" -> Kind.NO_PERMISSION;
            case "ManagedObjectNotFound", "NotFound", "UserNotFound", "InvalidCollectorVersion" -> Kind.NOT_FOUND;
            case "AlreadyExists", "DuplicateName" -> Kind.ALREADY_EXISTS;
            case "ConcurrentAccess",
                    "TaskInProgress",
                    "InvalidState",
                    "InvalidPowerState",
                    "ResourceInUse",
                    "RemoveFailed",
                    "MethodDisabled" -> Kind.CONFLICT;
            default -> Kind.REFUSED;
        };
    }

    private static String details(String type, Element detail) {
        return switch (type) {
            case "NoPermission" ->
                "privilege " + detail.child("privilegeId").map(Element::text).orElse("unknown") + " on "
                        + detail.child("object")
                                .map(object -> object.reference + ":" + object.text())
                                .orElse("an object that it does not name");
            case "ManagedObjectNotFound" ->
                detail.child("obj")
                        .map(object -> object.reference + ":" + object.text())
                        .orElse("");
            case "InvalidArgument" ->
                detail.child("invalidProperty").map(Element::text).orElse("");
            case "MethodNotFound" -> detail.child("method").map(Element::text).orElse("");
            default -> "";
        };
    }
}
