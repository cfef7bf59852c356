package io.penstock.appliance.vcenter;

/**
 * Where a vCenter is.
 *
 * @param host a DNS name or an IP address, an IPv6 one without brackets
 * @param port 443 on most
 */
public record VcenterAddress(String host, int port) {
    private static final int PORT_MAX = 65535;

    /** Checks the range. */
    public VcenterAddress {
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        }
        if (host.isEmpty() || port < 1 || port > PORT_MAX) {
            throw new IllegalArgumentException("'" + host + "', port " + port + " is no address of a vCenter");
        }
    }

    /** As a URL has it. */
    public String authority() {
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
    }

    @Override
    public String toString() {
        return authority();
    }
}
