/**
 * Configuration files turned into records: typed values with units, defaults in one place, and no key that nobody reads.
 *
 * <p>A component has one record; {@link io.penstock.protocol.config.ConfigFile} fills it. Nothing here knows what any
 * key means.
 */
@NullMarked
package io.penstock.protocol.config;

import org.jspecify.annotations.NullMarked;
