/** What a vCenter's inventory holds that matters to a pool of GPUs, as it changes. */
@NullMarked
package io.penstock.appliance.vcenter.discovery;

import org.jspecify.annotations.NullMarked;
