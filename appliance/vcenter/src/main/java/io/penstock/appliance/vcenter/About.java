package io.penstock.appliance.vcenter;

/**
 * What a vCenter says of itself.
 *
 * @param instanceUuid tells it from all others
 * @param name such as {@code VMware vCenter Server}
 * @param version the product's
 * @param apiVersion the API's, such as {@code 8.0.3.0}
 */
public record About(String instanceUuid, String name, String version, String apiVersion) {
    /** Whether its API is of this version or a newer one. */
    public boolean atLeast(String wanted) {
        return atLeast(apiVersion, wanted);
    }

    /** Whether a version in dotted numbers is this one or a newer one. */
    public static boolean atLeast(String version, String wanted) {
        String[] own = version.split("\\.", -1);
        String[] other = wanted.split("\\.", -1);
        for (int i = 0; i < Math.max(own.length, other.length); i++) {
            int difference = Integer.compare(part(own, i), part(other, i));
            if (difference != 0) {
                return difference > 0;
            }
        }
        return true;
    }

    private static int part(String[] parts, int index) {
        return index < parts.length && parts[index].matches("[0-9]{1,6}") ? Integer.parseInt(parts[index]) : 0;
    }
}
