package io.penstock.gpuserver.driver;

import java.util.ArrayList;
import java.util.List;

/**
 * An active NVLink of a device.
 *
 * @param number of the link on its device
 * @param version as nvmlDeviceGetNvLinkVersion counts
 * @param capabilities bit N: what nvmlNvLinkCapability_t N names
 * @param remoteType nvmlIntNvLinkDeviceType_t of what is at the other end
 * @param remotePci where that is; empty when it is not told
 * @param megabytesPerSecond its speed; 0 when it is not told
 */
public record NvLink(
        int number, int version, int capabilities, int remoteType, String remotePci, int megabytesPerSecond) {
    /** nvmlIntNvLinkDeviceType_t: another GPU. */
    public static final int REMOTE_GPU = 0;

    /** nvmlIntNvLinkDeviceType_t: a switch. */
    public static final int REMOTE_SWITCH = 2;

    private static final int REMOTE_UNKNOWN = 0xFF;
    private static final int LINKS_MAX = 36;
    private static final int CAPABILITIES = 6;
    private static final int PCI_ID_OFFSET = 36;
    private static final int SPEED_FIELD = 164;

    /**
     * The links of a device.
     *
     * @param count the highest number plus one, active or not; 0 when it has no NVLink
     * @param active those that are up
     */
    public record All(int count, List<NvLink> active) {}

    static All read(NvmlLibrary nvml, long device) {
        List<NvLink> active = new ArrayList<>();
        int count = 0;
        try (Scratch scratch = new Scratch()) {
            long out = scratch.room(NvmlDevice.PCI_INFO_BYTES);
            for (int link = 0;
                    link < LINKS_MAX;
                    link++) { // numbers may be left out: bridges use some links of a device
                if (nvml.call("nvmlDeviceGetNvLinkState", device, link, out) == NvmlLibrary.SUCCESS) {
                    count = link + 1;
                    if (NativeMemory.getInt(out) != 0) {
                        active.add(one(nvml, device, link, out));
                    }
                }
            }
        }
        return new All(count, active);
    }

    private static NvLink one(NvmlLibrary nvml, long device, int link, long out) {
        int capabilities = 0;
        for (int bit = 0; bit < CAPABILITIES; bit++) {
            NativeMemory.putInt(out, 0);
            int result = nvml.call("nvmlDeviceGetNvLinkCapability", device, link, bit, out);
            capabilities |= result == NvmlLibrary.SUCCESS && NativeMemory.getInt(out) != 0 ? 1 << bit : 0;
        }
        int version = number(nvml, "nvmlDeviceGetNvLinkVersion", device, link, out, 0);
        int type = number(nvml, "nvmlDeviceGetNvLinkRemoteDeviceType", device, link, out, REMOTE_UNKNOWN);
        NativeMemory.fill(out, NvmlDevice.PCI_INFO_BYTES, (byte) 0);
        int result = nvml.call("nvmlDeviceGetNvLinkRemotePciInfo_v2", device, link, out);
        String pci = result == NvmlLibrary.SUCCESS ? NativeMemory.getString(out + PCI_ID_OFFSET) : "";
        return new NvLink(link, version, capabilities, type, pci, NvmlFields.number(nvml, device, SPEED_FIELD, link));
    }

    private static int number(NvmlLibrary nvml, String function, long device, int link, long out, int unknown) {
        return nvml.call(function, device, link, out) == NvmlLibrary.SUCCESS ? NativeMemory.getInt(out) : unknown;
    }
}
