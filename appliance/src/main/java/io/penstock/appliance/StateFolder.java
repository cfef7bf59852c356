package io.penstock.appliance;

import io.penstock.appliance.identity.CertificateAuthority;
import io.penstock.protocol.config.ConfigFile;
import io.penstock.protocol.identity.FolderOwner;
import io.penstock.protocol.identity.IdentityException;
import io.penstock.protocol.identity.Pem;
import io.penstock.protocol.identity.PrivateFile;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The folder (mode 0700) in which an appliance keeps everything: {@code authority.pem}, {@code ca.pem}, {@code hosts},
 * {@code admin.token} (mode 0600), {@code appliance.mv.db}, {@code endpoint.json} while it serves, and the configuration
 * {@code appliance.yaml} or {@code appliance.properties}, if there is one.
 *
 * @param path where it is
 */
public record StateFolder(Path path) {
    private static final Set<String> LOOPBACK = Set.of("127.0.0.1", "localhost");
    private static final List<String> CONFIGURATIONS = List.of("appliance.yaml", "appliance.properties");

    /** Where an appliance listens. */
    public record Endpoint(URI url, URI local) {}

    /** Whether {@code init} was done here. */
    public boolean initialised() {
        return CertificateAuthority.exists(path);
    }

    /**
     * Demands that {@code init} was done.
     *
     * @throws IdentityException when it was not, saying how to do it
     */
    public void requireInitialised() {
        if (!initialised()) {
            throw new IdentityException("there is no appliance in " + path + "; "
                    + FolderOwner.other(path)
                            .map(StateFolder::ofService)
                            .orElse("make one: penstock-appliance init --state " + path));
        }
    }

    /**
     * Makes the folder if there is none, and demands that it can be written to.
     *
     * @throws IdentityException when it cannot, saying by what another is chosen
     */
    public void requireWritable() {
        PrivateFile.requireWritableState(path);
    }

    /** Whoever only comes by must not make with one user's rights what another user is to run. */
    private static String ofService(String owner) {
        return "the service of the user " + owner + " makes and runs it: systemctl start penstock-appliance"
                + " (what it says: journalctl -u penstock-appliance; as another user than root you do not see into that folder)";
    }

    /** The configuration file, if there is one. */
    public @Nullable Path configFile() {
        return CONFIGURATIONS.stream()
                .map(path::resolve)
                .filter(Files::exists)
                .findFirst()
                .orElse(null);
    }

    /** The configuration: the file's, or the defaults. */
    public ApplianceConfig config() {
        Path file = configFile();
        return file == null ? ApplianceConfig.defaults() : ConfigFile.load(file, ApplianceConfig.defaults());
    }

    /** The appliance's names and addresses, one a line in {@code hosts}; the first is what machines are told. */
    public List<String> hosts() throws IOException {
        List<String> hosts = Files.readAllLines(path.resolve("hosts")).stream()
                .map(String::strip)
                .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                .toList();
        if (hosts.isEmpty()) {
            throw new IdentityException(path.resolve("hosts") + " names no host");
        }
        return hosts;
    }

    /**
     * The address to listen on where the command line names none: the configuration's, but never more than this machine
     * when every name of the appliance is this machine's own.
     */
    public String listenAddress(ApplianceConfig config) throws IOException {
        boolean everywhere = config.host().equals(ApplianceConfig.defaults().host());
        return everywhere && LOOPBACK.containsAll(hosts()) ? "127.0.0.1" : config.host();
    }

    /** Whether only this machine reaches what listens there. */
    public static boolean isLoopback(String address) {
        return LOOPBACK.contains(address);
    }

    /** Writes the names. */
    public void writeHosts(List<String> hosts) throws IOException {
        PrivateFile.write(path.resolve("hosts"), String.join("\n", hosts) + "\n", PrivateFile.PUBLIC);
    }

    /** The API token of the administrator on this machine. */
    public String adminToken() throws IOException {
        Path file = path.resolve("admin.token");
        PrivateFile.requireSecret(file);
        return Files.readString(file).strip();
    }

    /** Writes the token. */
    public void writeAdminToken(String token) throws IOException {
        PrivateFile.write(path.resolve("admin.token"), token + "\n", PrivateFile.SECRET);
    }

    /** The authority's certificate. */
    public X509Certificate authority() throws IOException {
        Path file = path.resolve("ca.pem");
        return Pem.decodeCertificates(Files.readString(file), file.toString()).getFirst();
    }

    /**
     * Where the appliance listens now.
     *
     * @throws IdentityException when it does not
     */
    public Endpoint endpoint() throws IOException {
        if (!Files.exists(endpointFile())) {
            throw new IdentityException("the appliance of " + path + " is not running; "
                    + FolderOwner.other(path)
                            .map(StateFolder::ofService)
                            .orElse("start it: penstock-appliance serve --state " + path));
        }
        JsonObject endpoint = new JsonObject(Files.readString(endpointFile()));
        return new Endpoint(URI.create(endpoint.getString("url")), URI.create(endpoint.getString("local")));
    }

    /** Tells where the appliance listens. */
    public void writeEndpoint(Endpoint endpoint) throws IOException {
        JsonObject json = new JsonObject()
                .put("url", endpoint.url().toString())
                .put("local", endpoint.local().toString());
        PrivateFile.write(endpointFile(), json.encode() + "\n", PrivateFile.PUBLIC);
    }

    /** The appliance does not listen any more. */
    public void removeEndpoint() throws IOException {
        Files.deleteIfExists(endpointFile());
    }

    private Path endpointFile() {
        return path.resolve("endpoint.json");
    }
}
