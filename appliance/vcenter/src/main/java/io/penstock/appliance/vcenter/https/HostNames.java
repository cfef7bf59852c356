package io.penstock.appliance.vcenter.https;

import io.netty.util.NetUtil;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;

/** Which hosts a certificate names (RFC 6125): its subject alternative names and nothing else. */
final class HostNames {
    private static final int DNS = 2;
    private static final int ADDRESS = 7;

    private HostNames() {}

    /** The DNS names and IP addresses of a certificate. */
    static List<String> of(X509Certificate certificate) {
        List<String> names = new ArrayList<>();
        Collection<List<?>> alternatives;
        try {
            alternatives = certificate.getSubjectAlternativeNames();
        } catch (CertificateParsingException e) {
            return names;
        }
        if (alternatives != null) {
            for (List<?> one : alternatives) {
                int kind = (Integer) one.getFirst();
                if (kind == DNS || kind == ADDRESS) {
                    names.add(String.valueOf(one.getLast()));
                }
            }
        }
        return names;
    }

    /** Whether one of these names is the host's; a wildcard stands for one whole first label. */
    static boolean match(List<String> names, String host) {
        String wanted = host.toLowerCase(Locale.ROOT);
        return names.stream().map(name -> name.toLowerCase(Locale.ROOT)).anyMatch(name -> matches(name, wanted));
    }

    private static boolean matches(String name, String host) {
        if (isAddress(host) || isAddress(name)) {
            return isAddress(host) && isAddress(name) && canonical(name).equals(canonical(host));
        }
        if (name.startsWith("*.")) {
            int dot = host.indexOf('.');
            return dot > 0 && host.substring(dot).equals(name.substring(1)) && name.indexOf('.', 2) > 0;
        }
        return name.equals(host);
    }

    private static boolean isAddress(String text) {
        return text.indexOf(':') >= 0 || text.matches("[0-9]{1,3}(\\.[0-9]{1,3}){3}");
    }

    private static String canonical(String address) {
        byte[] bytes = NetUtil.createByteArrayFromIpAddressString(address);
        return bytes == null ? address : HexFormat.of().formatHex(bytes);
    }
}
