/**
 * Penstock's own tags in a vCenter, by one small interface; other people's tags and categories are neither read nor touched.
 * Nothing here knows which machines are members. Calls block and are for virtual threads.
 */
@NullMarked
package io.penstock.appliance.vcenter.tagging;

import org.jspecify.annotations.NullMarked;
