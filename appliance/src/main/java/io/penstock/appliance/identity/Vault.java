package io.penstock.appliance.identity;

import io.penstock.protocol.identity.IdentityException;
import io.penstock.protocol.identity.PrivateFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Seals the passwords that the appliance must be able to use, so that the database alone gives none away: AES-256-GCM under
 * the key in {@code vault.key} (mode 0600) of the state folder. What it is for is authenticated with it, so that a sealed
 * text cannot be moved to another place.
 */
public final class Vault {
    private static final String FILE = "vault.key";
    private static final int KEY_BYTES = 32;
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final SecretKeySpec key;

    private Vault(byte[] key) {
        this.key = new SecretKeySpec(key, "AES");
    }

    /** The vault of a state folder; its key is made when there is none. */
    public static Vault open(Path folder) throws IOException {
        Path file = folder.resolve(FILE);
        if (!Files.exists(file)) {
            byte[] fresh = new byte[KEY_BYTES];
            RANDOM.nextBytes(fresh);
            PrivateFile.write(file, Base64.getEncoder().encodeToString(fresh) + "\n", PrivateFile.SECRET);
        }
        PrivateFile.requireSecret(file);
        byte[] key = Base64.getDecoder().decode(Files.readString(file).strip());
        if (key.length != KEY_BYTES) {
            throw new IdentityException(file + " holds no key of " + KEY_BYTES + " bytes");
        }
        return new Vault(key);
    }

    /** Seals a secret that is for this purpose. */
    public String seal(String secret, String purpose) {
        byte[] nonce = new byte[NONCE_BYTES];
        RANDOM.nextBytes(nonce);
        try {
            byte[] sealed =
                    cipher(Cipher.ENCRYPT_MODE, nonce, purpose).doFinal(secret.getBytes(StandardCharsets.UTF_8));
            byte[] all = Arrays.copyOf(nonce, NONCE_BYTES + sealed.length);
            System.arraycopy(sealed, 0, all, NONCE_BYTES, sealed.length);
            return Base64.getEncoder().encodeToString(all);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java runtime has AES-256-GCM", e);
        }
    }

    /**
     * Opens what was sealed for this purpose.
     *
     * @throws IdentityException when it was sealed with another key or for another purpose, or was changed
     */
    public String open(String sealed, String purpose) {
        try {
            byte[] all = Base64.getDecoder().decode(sealed);
            byte[] nonce = Arrays.copyOf(all, NONCE_BYTES);
            byte[] secret = cipher(Cipher.DECRYPT_MODE, nonce, purpose)
                    .doFinal(all, NONCE_BYTES, Math.max(0, all.length - NONCE_BYTES));
            return new String(secret, StandardCharsets.UTF_8);
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new IdentityException("what is sealed for " + purpose + " does not fit the key in " + FILE, e);
        }
    }

    private Cipher cipher(int mode, byte[] nonce, String purpose) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
        cipher.updateAAD(purpose.getBytes(StandardCharsets.UTF_8));
        return cipher;
    }
}
