/** The measured promises: programs that print figures, each beside a floor taken in the same run. */
@NullMarked
package io.penstock.bench;

import org.jspecify.annotations.NullMarked;
