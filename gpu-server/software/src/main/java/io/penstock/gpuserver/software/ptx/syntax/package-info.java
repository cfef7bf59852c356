/** Text to tree: every statement of PTX with its line, and no meaning given to any of it. */
@NullMarked
package io.penstock.gpuserver.software.ptx.syntax;

import org.jspecify.annotations.NullMarked;
