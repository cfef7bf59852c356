package io.penstock.appliance.vcenter;

import io.penstock.protocol.config.Ports;

/**
 * Where a vCenter is.
 *
 * @param host a DNS name or an IP address, an IPv6 one without brackets
 * @param port 443 on most
 */
public record VcenterAddress(String host, int port) {
    /** Checks the range. */
    public VcenterAddress {
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        }
        if (host.isEmpty() || port < 1 || port > Ports.MAX) {
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
