package io.penstock.gpuserver.device;

import io.penstock.protocol.appliance.GpuReport;
import io.penstock.protocol.appliance.GpuUsage;

/** One GPU of this server: what it is, and how it fared when we looked. */
public record Gpu(GpuReport report, GpuUsage usage, String pciBusId) {}
