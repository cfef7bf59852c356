package io.penstock.gpuserver.software.ptx.check;

import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The special registers that stay the same while a block runs; a warp keeps one array for each. */
public enum SpecialRegister {
    TID_X("%tid.x"),
    TID_Y("%tid.y"),
    TID_Z("%tid.z"),
    NTID_X("%ntid.x"),
    NTID_Y("%ntid.y"),
    NTID_Z("%ntid.z"),
    CTAID_X("%ctaid.x"),
    CTAID_Y("%ctaid.y"),
    CTAID_Z("%ctaid.z"),
    NCTAID_X("%nctaid.x"),
    NCTAID_Y("%nctaid.y"),
    NCTAID_Z("%nctaid.z"),
    LANEID("%laneid"),
    WARPID("%warpid"),
    NWARPID("%nwarpid"),
    SMID("%smid"),
    NSMID("%nsmid"),
    LANEMASK_EQ("%lanemask_eq"),
    LANEMASK_LE("%lanemask_le"),
    LANEMASK_LT("%lanemask_lt"),
    LANEMASK_GE("%lanemask_ge"),
    LANEMASK_GT("%lanemask_gt"),
    DYNAMIC_SMEM_SIZE("%dynamic_smem_size"),
    TOTAL_SMEM_SIZE("%total_smem_size"),
    /** The upper half of the address of the grid's workspace, and the lower: zero where the grid is not cooperative. */
    ENVREG1("%envreg1"),
    ENVREG2("%envreg2"),
    /** Where the shared memory that a system keeps for itself begins and ends, how large it is, and what lies in it. */
    RESERVED_SMEM_BEGIN("%reserved_smem_offset_begin"),
    RESERVED_SMEM_END("%reserved_smem_offset_end"),
    RESERVED_SMEM_CAP("%reserved_smem_offset_cap"),
    RESERVED_SMEM_0("%reserved_smem_offset_0"),
    RESERVED_SMEM_1("%reserved_smem_offset_1"),
    /**
     * Always zero: the fourth component of a vector, the driver-defined registers and counters of events that nobody counts.
     */
    ZERO("%tid.w");

    private static final Pattern ZEROS =
            Pattern.compile("%(?:n?(?:tid|ctaid)\\.w|envreg(?:[0-9]|[12][0-9]|3[01])|pm[0-7])");

    private static final Map<String, SpecialRegister> BY_NAME =
            Stream.of(values()).collect(Collectors.toUnmodifiableMap(r -> r.spelled, r -> r));

    private final String spelled;

    SpecialRegister(String spelled) {
        this.spelled = spelled;
    }

    /** The register spelled so, or null. */
    public static @Nullable SpecialRegister of(String name) {
        SpecialRegister known = BY_NAME.get(name);
        return known == null && ZEROS.matcher(name).matches() ? ZERO : known;
    }

    /** Whether it tells of the shared memory that a system keeps for itself. */
    public boolean ofReservedShared() {
        return spelled.startsWith("%reserved_smem");
    }

    /** Its row in a table that has one for each, in the order above. */
    @SuppressWarnings("EnumOrdinal") // the order is the table's, nothing outside this run of the program depends on it
    public int row() {
        return ordinal();
    }
}
