/** Tests of the package of the same name. */
@NullMarked
package io.penstock.gpuserver.session;

import org.jspecify.annotations.NullMarked;
