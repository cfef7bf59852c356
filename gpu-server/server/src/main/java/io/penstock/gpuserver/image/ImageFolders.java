package io.penstock.gpuserver.image;

import io.penstock.protocol.identity.PrivateFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/**
 * Where a server keeps images: below this folder, one for each client.
 *
 * @param bytes each client may have
 * @param count each client may have
 */
public record ImageFolders(Path folder, long bytes, int count) {
    /** Makes the folder, for the server alone. */
    public ImageFolders {
        try {
            PrivateFile.folder(folder);
        } catch (IOException e) {
            throw new UncheckedIOException("the images' folder " + folder + " cannot be made", e);
        }
    }

    /** The place of one client, whose certificate has been seen. */
    public ImagePlace of(String client) {
        return new ImagePlace(folder.resolve(client), bytes, count);
    }
}
