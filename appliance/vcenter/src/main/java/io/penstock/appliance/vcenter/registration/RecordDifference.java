package io.penstock.appliance.vcenter.registration;

import io.penstock.appliance.vcenter.ExtensionRecord;
import io.penstock.appliance.vcenter.Node;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** How the record that a vCenter has differs from the one that it should have; a pure function. */
final class RecordDifference {
    private RecordDifference() {}

    /** What differs, for people; nothing when the record is up to date. */
    static List<String> between(Node registered, ExtensionRecord wanted, boolean withCertificate) {
        List<String> differences = new ArrayList<>();
        compare(differences, "version", registered.text("version").orElse(""), wanted.version());
        List<Node> servers = registered.nodes("server");
        List<Node> clients = registered.nodes("client");
        Node server = servers.isEmpty() ? new Node("", Map.of()) : servers.getFirst();
        Node client = clients.isEmpty() ? new Node("", Map.of()) : clients.getFirst();
        compare(differences, "URL of the server", server.text("url").orElse(""), wanted.manifest());
        compare(differences, "URL of the plug-in", client.text("url").orElse(""), wanted.manifest());
        compare(
                differences,
                "thumbprint",
                server.text("serverThumbprint").orElse("").toUpperCase(Locale.ROOT),
                wanted.thumbprint().toString());
        if (withCertificate && server.text("serverCertificate").isPresent()) {
            compare(
                    differences,
                    "certificate",
                    plain(server.text("serverCertificate").orElse("")),
                    plain(wanted.certificate()));
        }
        compareIds(differences, "privileges", registered, "privilegeList", "privID", wanted.privileges());
        compareIds(differences, "tasks", registered, "taskList", "taskID", wanted.tasks());
        compareIds(differences, "events", registered, "eventList", "eventID", wanted.events());
        compareIds(differences, "faults", registered, "faultList", "faultID", wanted.faults());
        return differences;
    }

    /**
     * Whether the record that a vCenter has is another appliance's: it names another address and presents another certificate.
     * One of ours whose address changed keeps its certificate, or the other way round.
     */
    static boolean isAnothers(Node registered, ExtensionRecord wanted) {
        List<Node> servers = registered.nodes("server");
        if (servers.isEmpty()) {
            return false;
        }
        String url = servers.getFirst().text("url").orElse("");
        String thumbprint = servers.getFirst().text("serverThumbprint").orElse("");
        return !url.isEmpty()
                && !origin(url).equals(origin(wanted.manifest()))
                && !thumbprint.equalsIgnoreCase(wanted.thumbprint().toString());
    }

    /** The URL of the appliance that a record points to. */
    static String server(Node registered) {
        return registered.nodes("server").stream()
                .findFirst()
                .flatMap(server -> server.text("url"))
                .map(RecordDifference::abbreviated)
                .orElse("");
    }

    private static String origin(String url) {
        return url.replaceFirst("^([A-Za-z]+://[^/]*).*$", "$1").toLowerCase(Locale.ROOT);
    }

    private static void compare(List<String> differences, String what, String is, String should) {
        if (!is.equals(should)) {
            differences.add(
                    what + " is " + (is.isEmpty() ? "missing" : abbreviated(is)) + ", not " + abbreviated(should));
        }
    }

    private static void compareIds(
            List<String> differences, String what, Node registered, String list, String field, List<String> wanted) {
        Set<String> is = registered.nodes(list).stream()
                .flatMap(node -> node.text(field).stream())
                .collect(Collectors.toCollection(TreeSet::new));
        if (!is.equals(new TreeSet<>(wanted))) {
            differences.add("the " + what + " are others");
        }
    }

    private static String abbreviated(String text) {
        return text.length() > 100 ? text.substring(0, 100) + "…" : text;
    }

    private static String plain(String pem) {
        return pem.replaceAll("\\s", "");
    }
}
