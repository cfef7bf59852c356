package io.penstock.protocol.identity;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An identity on disk: {@code key.pem} (mode 0600), {@code certificate.pem}, {@code ca.pem} and {@code identity.json}
 * in a folder of mode 0700.
 *
 * <p>Each file is replaced whole. {@code certificate.pem} and {@code key.pem} belong together, so a rotation writes the
 * new pair as one file, {@code key.pem}, which holds the key and its certificates; {@code certificate.pem} is the public
 * copy for people and other programs. A crash at any point leaves a pair that fits.
 *
 * <p>An identity of the whole machine is for the members of a group besides: {@code key.pem} has mode 0640, its folder 0750.
 */
public final class IdentityStore {
    private static final String KEY = "key.pem";
    private static final String CERTIFICATE = "certificate.pem";
    private static final String AUTHORITY = "ca.pem";
    private static final String DESCRIPTION = "identity.json";

    private final Path folder;
    private final @Nullable String group; // who may read it besides the owner

    /** A store in this folder; nothing is touched yet. */
    public IdentityStore(Path folder) {
        this(folder, null);
    }

    private IdentityStore(Path folder, @Nullable String group) {
        this.folder = folder;
        this.group = group;
    }

    /**
     * A store whose identity the members of a group may use; nothing is touched yet.
     *
     * @param group need not exist for reading
     */
    public static IdentityStore ofMachine(Path folder, String group) {
        return new IdentityStore(folder, group);
    }

    /** Where the identity lies. */
    public Path folder() {
        return folder;
    }

    /** Whether an identity was saved here. */
    public boolean exists() {
        return Files.exists(folder.resolve(DESCRIPTION));
    }

    /**
     * Makes the folder if there is none, so that what is fetched for it is not lost.
     *
     * @throws IdentityException when it cannot be made or written to
     */
    public void requireWritable() {
        PrivateFile.requireWritable(folder, "");
    }

    /**
     * Writes the identity over any earlier one of the same member.
     *
     * @throws IdentityException when the folder cannot be written; then the earlier one stays
     */
    public void save(Identity identity) {
        write(identity, false);
    }

    /**
     * Writes the identity over one of another authority or another member: there is either none or a whole one at any time.
     * The earlier one goes when all of the new one lies beside it.
     *
     * @throws IdentityException when the folder cannot be written; then the earlier one stays
     */
    public void replace(Identity identity) {
        write(identity, true);
    }

    private void write(Identity identity, boolean ofAnother) {
        List<PrivateFile.Draft> drafts = new ArrayList<>();
        try {
            try {
                draft(identity, drafts);
                if (ofAnother) {
                    Files.deleteIfExists(folder.resolve(DESCRIPTION));
                }
                for (PrivateFile.Draft draft : drafts) {
                    draft.publish();
                }
            } finally {
                for (PrivateFile.Draft draft : drafts) {
                    draft.discard();
                }
            }
        } catch (IOException e) {
            throw new IdentityException("the identity cannot be written to " + folder + ": " + e.getMessage(), e);
        }
    }

    /** The four files in the order in which they are to be published: whoever sees the last sees all. */
    private void draft(Identity identity, List<PrivateFile.Draft> drafts) throws IOException {
        if (group == null) {
            PrivateFile.folder(folder);
        } else {
            PrivateFile.folder(folder, group);
        }
        JsonArray appliances = new JsonArray();
        identity.appliances().forEach(uri -> appliances.add(uri.toString()));
        String certificates = Pem.encodeCertificates(identity.chain());
        String pair = Pem.encodeKey(identity.key()) + certificates;
        String authority = Pem.encodeCertificates(List.of(identity.authority()));
        JsonObject description = new JsonObject()
                .put("name", identity.peer().uri())
                .put("appliances", appliances)
                .put("expires", identity.certificate().getNotAfter().toInstant().toString());
        drafts.add(draft(KEY, pair, group == null ? PrivateFile.SECRET : PrivateFile.GROUP));
        drafts.add(draft(CERTIFICATE, certificates, PrivateFile.PUBLIC));
        drafts.add(draft(AUTHORITY, authority, PrivateFile.PUBLIC));
        drafts.add(draft(DESCRIPTION, description.encodePrettily() + "\n", PrivateFile.PUBLIC));
    }

    private PrivateFile.Draft draft(String name, String text, Set<PosixFilePermission> mode) throws IOException {
        return PrivateFile.draft(folder.resolve(name), text, mode, group);
    }

    /**
     * Reads the identity.
     *
     * @throws IdentityException when there is none, a file is broken, or others may read the key
     */
    public Identity load() {
        if (!exists()) {
            throw new IdentityException("no identity in " + folder + ": this machine is not enrolled");
        }
        Path keyFile = folder.resolve(KEY);
        try {
            if (group == null) {
                PrivateFile.requireSecret(keyFile);
            } else {
                PrivateFile.requireGroupSecret(keyFile);
            }
            String pair = Files.readString(keyFile);
            Path authorityFile = folder.resolve(AUTHORITY);
            return new Identity(
                    Pem.decodeKey(pair, keyFile.toString()),
                    Pem.decodeCertificates(pair.substring(pair.indexOf("-----BEGIN CERT")), keyFile.toString()),
                    Pem.decodeCertificates(Files.readString(authorityFile), authorityFile.toString())
                            .getFirst(),
                    appliances());
        } catch (IndexOutOfBoundsException e) {
            throw new IdentityException(keyFile + " holds no certificate", e);
        } catch (IOException e) {
            throw new IdentityException("the identity in " + folder + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** Removes the identity; what else lies in the folder stays. */
    public void delete() {
        try {
            for (String name : List.of(DESCRIPTION, KEY, CERTIFICATE, AUTHORITY)) {
                Files.deleteIfExists(folder.resolve(name));
            }
        } catch (IOException e) {
            throw new IdentityException("the identity in " + folder + " cannot be removed: " + e.getMessage(), e);
        }
    }

    private List<URI> appliances() throws IOException {
        Path file = folder.resolve(DESCRIPTION);
        try {
            JsonArray uris = new JsonObject(Files.readString(file)).getJsonArray("appliances", new JsonArray());
            return uris.stream().map(uri -> URI.create((String) uri)).toList();
        } catch (DecodeException | ClassCastException | IllegalArgumentException e) {
            throw new IdentityException(file + " is not the description of an identity", e);
        }
    }
}
