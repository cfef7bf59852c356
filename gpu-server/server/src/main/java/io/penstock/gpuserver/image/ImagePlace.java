package io.penstock.gpuserver.image;

import java.nio.file.Path;

/**
 * Where the images of one client are kept, and how many.
 *
 * @param folder this client's and nobody else's: who knows a digest must not learn whether others have the image
 * @param bytes that all files together may have; 0 = nothing is kept
 * @param count of files
 */
public record ImagePlace(Path folder, long bytes, int count) {}
