/** Tests of the images on disk. */
@NullMarked
package io.penstock.gpuserver.image;

import org.jspecify.annotations.NullMarked;
