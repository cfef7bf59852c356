package io.penstock.testkit;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/** A simulated vCenter in a process of its own (testkit/vcsim), on loopback, with its control port. */
public final class Vcsim implements AutoCloseable {
    /** The administrator of every simulated vCenter. */
    public static final String ADMINISTRATOR = "administrator@vsphere.local";

    /** The administrator's password. */
    public static final String PASSWORD = "admin-password";

    private static final String BINARY = "penstock.vcsim";
    private static final int STOP_SECONDS_MAX = 5;

    private final Process process;
    private final JsonObject addresses;

    private Vcsim(Process process, JsonObject addresses) {
        this.process = process;
        this.addresses = addresses;
    }

    /**
     * Starts one.
     *
     * @param fixture as testkit/vcsim/README.md describes it; the administrator is added
     */
    public static Vcsim start(Path folder, TestCertificate certificate, JsonObject fixture) throws IOException {
        String binary = Objects.requireNonNull(
                System.getProperty(BINARY), "say where vcsim is: -D" + BINARY + "=FILE; ./dev test vcenter does");
        JsonObject whole = fixture.copy();
        JsonArray users = whole.getJsonArray("users", new JsonArray());
        users.add(new JsonObject()
                .put("name", ADMINISTRATOR)
                .put("password", PASSWORD)
                .put("role", "Admin"));
        whole.put("users", users);
        Path file = Files.createTempFile(folder, "fixture", ".json");
        Files.writeString(file, whole.encode());
        ProcessBuilder starting = new ProcessBuilder(List.of(
                        binary,
                        "-cert",
                        certificate.certificateFile().toString(),
                        "-key",
                        certificate.keyFile().toString(),
                        "-fixture",
                        file.toString()))
                .redirectError(folder.resolve("vcsim.log").toFile());
        // it keeps its datastores there, however it ends
        starting.environment().put("TMPDIR", folder.toString());
        Process process = starting.start();
        @SuppressWarnings("StreamResourceLeak") // ends with the process
        BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        String line = out.readLine();
        if (line == null) {
            process.destroyForcibly();
            throw new IOException("vcsim did not start: " + Files.readString(folder.resolve("vcsim.log")));
        }
        return new Vcsim(process, new JsonObject(line));
    }

    /** Hosts without GPUs and idle Linux VMs, all of one name with numbers. */
    public static JsonObject plain(int hosts, int machines) {
        JsonArray hostList = new JsonArray();
        for (int i = 0; i < hosts; i++) {
            hostList.add(new JsonObject().put("name", "esx" + i));
        }
        JsonArray machineList = new JsonArray();
        for (int i = 0; i < machines; i++) {
            machineList.add(new JsonObject().put("name", "vm" + i).put("host", "esx" + i % hosts));
        }
        return new JsonObject().put("hosts", hostList).put("vms", machineList);
    }

    /** The port on 127.0.0.1 where the vCenter is. */
    public int port() {
        String address = addresses.getString("vcenter");
        return Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
    }

    /** Its instance UUID. */
    public String instanceUuid() {
        return addresses.getString("instanceUuid");
    }

    /** Changes something by the control port. */
    public JsonObject control(String method, String path, JsonObject body) throws IOException {
        HttpURLConnection connection = (HttpURLConnection)
                URI.create(addresses.getString("control") + path).toURL().openConnection();
        connection.setRequestMethod(method);
        if (!method.equals("GET")) {
            connection.setDoOutput(true);
            connection.getOutputStream().write(body.encode().getBytes(StandardCharsets.UTF_8));
        }
        if (connection.getResponseCode() != HttpURLConnection.HTTP_OK) {
            String why = new String(connection.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
            throw new IOException(method + " " + path + ": " + why);
        }
        return new JsonObject(new String(connection.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
    }

    /** Makes calls go wrong; see the README for the rule's fields. */
    public void fault(String method, String action, JsonObject more) throws IOException {
        control("POST", "/faults", more.copy().put("method", method).put("action", action));
    }

    /** Makes calls go right again. */
    public void healed() throws IOException {
        control("DELETE", "/faults", new JsonObject());
    }

    /**
     * What another client than ours does with tags: govmomi's own, as the administrator.
     *
     * @param command as {@code testkit/vcsim/tags.go} describes it
     */
    public JsonObject tags(Path folder, String... command) throws IOException {
        Path station = Files.createTempFile(folder, "station", ".json");
        JsonObject where = new JsonObject()
                .put("vcenter", addresses.getString("vcenter"))
                .put("user", ADMINISTRATOR)
                .put("password", PASSWORD);
        Files.writeString(station, where.encode());
        List<String> line = new ArrayList<>(
                List.of(Objects.requireNonNull(System.getProperty(BINARY)), "tags", station.toString()));
        line.addAll(List.of(command));
        Process client = new ProcessBuilder(line)
                .redirectError(folder.resolve("tags.log").toFile())
                .start();
        try (InputStream out = client.getInputStream()) {
            String answer = new String(out.readAllBytes(), StandardCharsets.UTF_8);
            if (answer.isBlank()) {
                throw new IOException(List.of(command) + ": " + Files.readString(folder.resolve("tags.log")));
            }
            return new JsonObject(answer);
        }
    }

    /** The categories that a vCenter has, by {@link #tags}. */
    public List<JsonObject> categories(Path folder) throws IOException {
        return tags(folder, "list").getJsonArray("categories").stream()
                .map(JsonObject.class::cast)
                .toList();
    }

    /** Logs a user in to the vSphere Client and answers the token that plug-ins get. */
    public String clientSession(String user, String password) throws IOException {
        return control("POST", "/sessions", new JsonObject().put("name", user).put("password", password))
                .getString("token");
    }

    /** Links two vCenters: the vSphere Client of each shows both, and has a session of its user's at the other one too. */
    public static void link(Vcsim one, Vcsim other) throws IOException {
        one.control("POST", "/linked", other.addresses);
        other.control("POST", "/linked", one.addresses);
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(STOP_SECONDS_MAX, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
