package io.penstock.gpuserver.driver;

import static io.penstock.gpuserver.driver.NvmlQuestion.Value.i32;
import static io.penstock.gpuserver.driver.NvmlQuestion.Value.u32;
import static io.penstock.gpuserver.driver.NvmlQuestion.Value.u64;

import io.penstock.gpuserver.driver.NvmlQuestion.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * What is asked of NVML about a device, and how often it is worth asking. The keys are those of protocol.md section 4.1,
 * the functions and layouts those of nvml.h. Adding one is adding a line here and one in the shim.
 */
final class NvmlQuestions {
    /** nvmlClockType_t, by number. */
    static final List<String> CLOCKS = List.of("graphics", "sm", "memory", "video");

    private static final int PCI_INFO_EXT_BYTES = 64;
    private static final int SRAM_STATUS_BYTES = 104;
    private static final int ATTRIBUTES_BYTES = 40;
    private static final int THRESHOLDS = 8;
    private static final int INFOROM_OBJECTS = 4;
    private static final int ENCODERS = 3;
    private static final int FANS = 4;
    private static final int MEMORY_LOCATIONS = 8;
    private static final int[] POLICIES = {0, 1, 2, 3, 4, 5, 10, 11};
    private static final List<String> SRAM = List.of(
            "aggregate.parity",
            "aggregate.secded",
            "aggregate.corrected",
            "volatile.parity",
            "volatile.secded",
            "volatile.corrected",
            "bucket.l2",
            "bucket.sm",
            "bucket.pcie",
            "bucket.mcu",
            "bucket.other");

    private NvmlQuestions() {}

    private static NvmlQuestion ask(String function) {
        return NvmlQuestion.of("nvmlDeviceGet" + function);
    }

    /** What a device is. */
    static List<NvmlQuestion> once() {
        List<NvmlQuestion> list = new ArrayList<>(List.of(
                ask("Serial").text("serial"),
                ask("VbiosVersion").text("vbios"),
                ask("BoardPartNumber").text("board.part"),
                ask("BoardId").u32("board.id"),
                ask("MultiGpuBoard").u32("board.multi"),
                ask("MinorNumber").u32("minor"),
                ask("ModuleId").u32("module"),
                ask("Brand").u32("brand"),
                ask("Architecture").u32("architecture"),
                ask("BusType").u32("bus"),
                ask("NumGpuCores").u32("cores"),
                ask("MemoryBusWidth").u32("memory.bus"),
                ask("PciInfo_v3").struct(NvmlDevice.PCI_INFO_BYTES, u32("pci.id", 28), u32("pci.subsystem", 32)),
                ask("PciInfoExt").versioned(1, PCI_INFO_EXT_BYTES, u32("pci.class.base", 24), u32("pci.class.sub", 28)),
                ask("MaxPcieLinkGeneration").u32("pcie.generation.max"),
                ask("GpuMaxPcieLinkGeneration").u32("pcie.generation.device"),
                ask("MaxPcieLinkWidth").u32("pcie.width.max"),
                ask("PcieLinkMaxSpeed").u32("pcie.speed.max"),
                ask("PowerManagementLimitConstraints").u32("power.limit.min").u32("power.limit.max"),
                ask("PowerManagementDefaultLimit").u32("power.limit.default"),
                ask("PowerManagementMode").u32("power.management"),
                ask("NumFans").u32("fans"),
                ask("MinMaxFanSpeed").u32("fan.min").u32("fan.max"),
                ask("SupportedClocksThrottleReasons").u64("reasons.supported"),
                ask("SupportedMemoryClocks").numbers("clocks.memory"),
                ask("AdaptiveClockInfoStatus").u32("clock.adaptive"),
                ask("DefaultEccMode").u32("ecc.default"),
                ask("InforomImageVersion").text("inforom.image"),
                ask("InforomConfigurationChecksum").u32("inforom.checksum"),
                ask("GspFirmwareVersion").unboundedText("gsp"),
                ask("GspFirmwareMode").u32("gsp.enabled").u32("gsp.default"),
                ask("VirtualizationMode").u32("virtualisation"),
                ask("AccountingBufferSize").u32("accounting.buffer"),
                attributes()));
        each(list, THRESHOLDS, n -> ask("TemperatureThreshold").given(n).u32("temperature.threshold." + n));
        each(list, INFOROM_OBJECTS, n -> ask("InforomVersion").given(n).text("inforom." + n));
        each(list, ENCODERS, n -> ask("EncoderCapacity").given(n).u32("encoder.capacity." + n));
        clocks(list, "MaxClockInfo", ".max");
        clocks(list, "MaxCustomerBoostClock", ".boost");
        clocks(list, "DefaultApplicationsClock", ".default");
        return list;
    }

    /** The graphics clocks that go with a memory clock. */
    static NvmlQuestion graphicsClocks(int memoryClock) {
        return ask("SupportedGraphicsClocks").given(memoryClock).numbers("clocks.graphics." + memoryClock);
    }

    /** What an administrator sets, what wears out, and what takes NVML long (PCIe throughput: 20 ms a direction). */
    static List<NvmlQuestion> seldom() {
        List<NvmlQuestion> list = new ArrayList<>(List.of(
                ask("PersistenceMode").u32("persistence"),
                ask("ComputeMode").u32("compute.mode"),
                ask("EccMode").u32("ecc").u32("ecc.pending"),
                ask("MigMode").u32("mig").u32("mig.pending"),
                ask("GpuOperationMode").u32("operation").u32("operation.pending"),
                ask("AutoBoostedClocksEnabled").u32("boost").u32("boost.default"),
                ask("DisplayMode").u32("display.mode"),
                ask("DisplayActive").u32("display.active"),
                ask("PowerManagementLimit").u32("power.limit"),
                ask("EnforcedPowerLimit").u32("power.limit.enforced"),
                ask("PowerSource").u32("power.source"),
                ask("PcieReplayCounter").u32("pcie.replay"),
                ask("PcieThroughput").given(0).u32("pcie.throughput.0"),
                ask("PcieThroughput").given(1).u32("pcie.throughput.1"),
                ask("RetiredPagesPendingStatus").u32("pages.pending"),
                ask("RemappedRows")
                        .u32("rows.correctable")
                        .u32("rows.uncorrectable")
                        .u32("rows.pending")
                        .u32("rows.failure"),
                ask("RowRemapperHistogram")
                        .struct(
                                20,
                                u32("rows.histogram.max", 0),
                                u32("rows.histogram.high", 4),
                                u32("rows.histogram.partial", 8),
                                u32("rows.histogram.low", 12),
                                u32("rows.histogram.none", 16)),
                ask("RepairStatus").versioned(1, 12, u32("repair.channel", 4), u32("repair.tpc", 8)),
                NvmlQuestion.of("nvmlDeviceValidateInforom").success("inforom.valid"),
                sram()));
        clocks(list, "ApplicationsClock", ".application");
        each(list, FANS, n -> ask("FanSpeed_v2").given(n).u32("fan." + n));
        each(list, 4, n -> ask("TotalEccErrors").given(n / 2).given(n % 2).u64("ecc.total." + n / 2 + "." + n % 2));
        each(list, 4 * MEMORY_LOCATIONS, n -> eccCount(n / 2 % 2, n % 2, n / 4));
        for (int policy : POLICIES) {
            String key = "violation." + policy;
            list.add(ask("ViolationStatus").given(policy).struct(16, u64(key + ".reference", 0), u64(key, 8)));
        }
        return list;
    }

    /** How a device is doing. */
    static List<NvmlQuestion> always() {
        List<NvmlQuestion> list = new ArrayList<>(List.of(
                ask("UtilizationRates").struct(8, u32("utilisation.gpu", 0), u32("utilisation.memory", 4)),
                ask("EncoderUtilization").u32("utilisation.encoder").u32("utilisation.encoder.period"),
                ask("DecoderUtilization").u32("utilisation.decoder").u32("utilisation.decoder.period"),
                ask("JpgUtilization").u32("utilisation.jpeg").u32("utilisation.jpeg.period"),
                ask("OfaUtilization").u32("utilisation.ofa").u32("utilisation.ofa.period"),
                ask("EncoderStats").u32("encoder.sessions").u32("encoder.fps").u32("encoder.latency"),
                ask("FBCStats")
                        .struct(12, u32("capture.sessions", 0), u32("capture.fps", 4), u32("capture.latency", 8)),
                ask("Temperature").given(NvmlLibrary.TEMPERATURE_GPU).u32("temperature"),
                ask("MarginTemperature").versioned(1, 8, i32("temperature.margin", 4)),
                ask("PowerUsage").u32("power"),
                ask("TotalEnergyConsumption").u64("energy"),
                ask("PerformanceState").u32("performance"),
                ask("CurrentClocksThrottleReasons").u64("reasons"),
                ask("FanSpeed").u32("fan"),
                ask("CurrPcieLinkGeneration").u32("pcie.generation"),
                ask("CurrPcieLinkWidth").u32("pcie.width"),
                ask("PcieSpeed").u32("pcie.speed"),
                ask("BAR1MemoryInfo").struct(24, u64("bar1.total", 0), u64("bar1.free", 8), u64("bar1.used", 16))));
        clocks(list, "ClockInfo", "");
        return list;
    }

    private static void each(List<NvmlQuestion> list, int count, IntFunction<NvmlQuestion> question) {
        IntStream.range(0, count).mapToObj(question).forEach(list::add);
    }

    private static void clocks(List<NvmlQuestion> list, String function, String suffix) {
        each(list, CLOCKS.size(), type -> ask(function).given(type).u32("clock." + CLOCKS.get(type) + suffix));
    }

    /** The nvmlMemoryErrorType_t 0 corrected, 1 uncorrected; the nvmlEccCounterType_t 0 volatile, 1 aggregate. */
    private static NvmlQuestion eccCount(int error, int counter, int location) {
        return ask("MemoryErrorCounter")
                .given(error)
                .given(counter)
                .given(location)
                .u64("ecc.count." + error + "." + counter + "." + location);
    }

    private static NvmlQuestion sram() {
        List<Value> values = new ArrayList<>();
        for (String name : SRAM) {
            values.add(u64("sram." + name, Long.BYTES * (values.size() + 1)));
        }
        values.add(u32("sram.exceeded", Long.BYTES * (values.size() + 1)));
        return ask("SramEccErrorStatus").versioned(1, SRAM_STATUS_BYTES, values.toArray(Value[]::new));
    }

    /** All of nvmlDeviceAttributes_t but the memory, which is the lease's affair. */
    private static NvmlQuestion attributes() {
        return ask("Attributes_v2")
                .struct(
                        ATTRIBUTES_BYTES,
                        u32("attributes.multiprocessors", 0),
                        u32("attributes.copy", 4),
                        u32("attributes.decoder", 8),
                        u32("attributes.encoder", 12),
                        u32("attributes.jpeg", 16),
                        u32("attributes.ofa", 20),
                        u32("attributes.slices.gpu", 24),
                        u32("attributes.slices.compute", 28));
    }
}
