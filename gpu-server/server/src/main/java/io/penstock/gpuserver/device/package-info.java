/** Which GPUs this server has, as logic over what NVML or the software GPU says; no session state. */
@NullMarked
package io.penstock.gpuserver.device;

import org.jspecify.annotations.NullMarked;
