/** Tests of the agent against a program's end of the channel written in Java. */
@NullMarked
package io.penstock.agent;

import org.jspecify.annotations.NullMarked;
