/* The management library over a snapshot that an agent made here gives it. */
#define _GNU_SOURCE
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "nvml.h"

typedef struct versioned {
    unsigned int version;
    unsigned int values[30];
} versioned_t;

typedef struct field {
    unsigned int id, scope;
    long long timestamp, latency;
    unsigned int type, result;
    unsigned long long value;
} field_t;


/* As nvml.h declares them; the library's own header has only what its rooms share. */
nvml_result_t nvmlInit_v2(void);
nvml_result_t nvmlShutdown(void);
const char *nvmlErrorString(nvml_result_t result);
nvml_result_t nvmlSystemGetDriverVersion(char *, unsigned int);
nvml_result_t nvmlSystemGetNVMLVersion(char *, unsigned int);
nvml_result_t nvmlSystemGetDriverBranch(void *, unsigned int);
nvml_result_t nvmlSystemGetProcessName(unsigned int, char *, unsigned int);
nvml_result_t nvmlSystemGetTopologyGpuSet(unsigned int, unsigned int *, nvml_device_t *);
nvml_result_t nvmlSystemGetConfComputeSettings(void *);
nvml_result_t nvmlDeviceGetCount_v2(unsigned int *);
nvml_result_t nvmlDeviceGetHandleByIndex_v2(unsigned int, nvml_device_t *);
nvml_result_t nvmlDeviceGetHandleByUUIDV(const void *, nvml_device_t *);
nvml_result_t nvmlDeviceGetHandleByPciBusId_v2(const char *, nvml_device_t *);
nvml_result_t nvmlDeviceGetUtilizationRates(nvml_device_t, unsigned int *);
nvml_result_t nvmlDeviceGetPowerUsage(nvml_device_t, unsigned int *);
nvml_result_t nvmlDeviceGetTotalEnergyConsumption(nvml_device_t, unsigned long long *);
nvml_result_t nvmlDeviceGetPowerManagementLimitConstraints(nvml_device_t, unsigned int *, unsigned int *);
nvml_result_t nvmlDeviceGetVbiosVersion(nvml_device_t, char *, unsigned int);
nvml_result_t nvmlDeviceGetMaxPcieLinkGeneration(nvml_device_t, unsigned int *);
nvml_result_t nvmlDeviceGetFanSpeed(nvml_device_t, unsigned int *);
nvml_result_t nvmlDeviceGetTemperatureThreshold(nvml_device_t, unsigned int, unsigned int *);
nvml_result_t nvmlDeviceGetTemperatureV(nvml_device_t, void *);
nvml_result_t nvmlDeviceGetMarginTemperature(nvml_device_t, void *);
nvml_result_t nvmlDeviceGetClockInfo(nvml_device_t, unsigned int, unsigned int *);
nvml_result_t nvmlDeviceGetClock(nvml_device_t, unsigned int, unsigned int, unsigned int *);
nvml_result_t nvmlDeviceGetMemoryInfo_v2(nvml_device_t, void *);
nvml_result_t nvmlDeviceGetPciInfo_v3(nvml_device_t, nvml_pci_info_t *);
nvml_result_t nvmlDeviceGetPciInfoExt(nvml_device_t, void *);
nvml_result_t nvmlDeviceGetTotalEccErrors(nvml_device_t, unsigned int, unsigned int, unsigned long long *);
nvml_result_t nvmlDeviceGetDetailedEccErrors(nvml_device_t, unsigned int, unsigned int, unsigned long long *);
nvml_result_t nvmlDeviceGetSupportedMemoryClocks(nvml_device_t, unsigned int *, unsigned int *);
nvml_result_t nvmlDeviceGetSupportedGraphicsClocks(nvml_device_t, unsigned int, unsigned int *, unsigned int *);
nvml_result_t nvmlDeviceGetP2PStatus(nvml_device_t, nvml_device_t, unsigned int, unsigned int *);
nvml_result_t nvmlDeviceGetTopologyCommonAncestor(nvml_device_t, nvml_device_t, unsigned int *);
nvml_result_t nvmlDeviceGetTopologyNearestGpus(nvml_device_t, unsigned int, unsigned int *, nvml_device_t *);
nvml_result_t nvmlDeviceGetCpuAffinity(nvml_device_t, unsigned int, unsigned long *);
nvml_result_t nvmlDeviceGetNvLinkState(nvml_device_t, unsigned int, unsigned int *);
nvml_result_t nvmlDeviceGetNvLinkCapability(nvml_device_t, unsigned int, unsigned int, unsigned int *);
nvml_result_t nvmlDeviceGetNvLinkRemotePciInfo_v2(nvml_device_t, unsigned int, nvml_pci_info_t *);
nvml_result_t nvmlDeviceGetFieldValues(nvml_device_t, int, field_t *);
nvml_result_t nvmlDeviceGetComputeRunningProcesses_v3(nvml_device_t, unsigned int *, unsigned int *);
nvml_result_t nvmlDeviceGetGraphicsRunningProcesses_v3(nvml_device_t, unsigned int *, unsigned int *);
nvml_result_t nvmlDeviceGetRunningProcessDetailList(nvml_device_t, void *);
nvml_result_t nvmlDeviceGetGpuFabricInfoV(nvml_device_t, void *);
nvml_result_t nvmlDeviceSetPowerManagementLimit(nvml_device_t, unsigned int);
nvml_result_t nvmlDeviceSetComputeMode(nvml_device_t, unsigned int);
nvml_result_t nvmlDeviceGetAccountingMode(nvml_device_t, unsigned int *);
nvml_result_t nvmlEventSetCreate(const void **);
nvml_result_t nvmlEventSetWait_v2(const void *, void *, unsigned int);
nvml_result_t nvmlInternalGetExportTable(const void **, const unsigned char *);

static const char snapshot[] =
    "cuda 13000\ndriver 580.105.08\nnvml 13.580.105.08\nbranch r580_00\n"
    "device 0\nname NVIDIA H100 80GB HBM3\nuuid GPU-00112233-4455-6677-8899-aabbccddeeff\npci 00000000:1B:00.0\n"
    "memory.total 1000\nmemory.used 300\nmemory.free 600\ncapability 9.0\n"
    "utilisation.gpu 37\nutilisation.memory 12\npower 70123\nenergy 5000000000\npower.limit.min 200000\n"
    "power.limit.max 700000\nvbios 96.00.5E\npcie.generation.max 5\ntemperature 33\ntemperature.margin -4\n"
    "temperature.threshold.0 95\nclock.graphics 1755\nclock.sm 1980\nclock.sm.application 1830\n"
    "clocks.memory 2619 1593\nclocks.graphics.2619 1980 1965 345\npci.id 590352606\npci.class.base 3\n"
    "ecc.total.1.0 7\necc.count.1.0.2 7\nfield.186 1 70123\nfield.83 3 5000000000\n"
    "nvlink.links 3\nnvlink.1 6 37 2 26562 00000000:83:00.0\n"
    "topology.0 0\ntopology.1 50\np2p.0.0 0\np2p.0.1 0\np2p.2.1 5\nprocess.0 1 4096\nprocess.1 4242 8192\n"
    "device 1\nname NVIDIA H100 80GB HBM3\nuuid GPU-2\npci 00000000:1C:00.0\nmemory.total 1000\n";

static nvml_device_t first;
static nvml_device_t second;

/* ---- the agent: every byte is answered with the snapshot ---- */

static int listening;
static char folder[] = "/tmp/nvml_test.XXXXXX";
static struct sockaddr_un address = {.sun_family = AF_UNIX};

static void *serve(void *unused) {
    (void)unused;
    for (int program; (program = accept(listening, NULL, NULL)) >= 0; (void)close(program)) {
        char hello[24];
        char question;
        const uint32_t length = sizeof snapshot - 1;
        if (recv(program, hello, sizeof hello, MSG_WAITALL) != (ssize_t)sizeof hello) {
            continue;
        }
        while (recv(program, &question, 1, 0) == 1) {
            if (send(program, &length, sizeof length, MSG_NOSIGNAL) < 0
                || send(program, snapshot, length, MSG_NOSIGNAL) < 0) {
                break;
            }
        }
    }
    return NULL;
}

static int start(void **state) {
    pthread_t agent;
    (void)state;
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s/agent", folder);
    listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(listening, (struct sockaddr *)&address, sizeof address) != 0 || listen(listening, 4) != 0
        || setenv("PENSTOCK_SOCKET", address.sun_path, 1) != 0 || pthread_create(&agent, NULL, serve, NULL) != 0) {
        return -1;
    }
    (void)pthread_detach(agent);
    return nvmlInit_v2() != NVML_SUCCESS || nvmlDeviceGetHandleByIndex_v2(0, &first) != NVML_SUCCESS
           || nvmlDeviceGetHandleByIndex_v2(1, &second) != NVML_SUCCESS;
}

static int stop(void **state) {
    (void)state;
    (void)unlink(address.sun_path);
    return nvmlShutdown() != NVML_SUCCESS || rmdir(folder) != 0;
}

/* ---- tests ---- */

static void the_driver_is_the_servers(void **state) {
    (void)state;
    char text[80];
    versioned_t branch = {.version = 1 << 24 | 84};
    assert_int_equal(nvmlSystemGetDriverVersion(text, sizeof text), NVML_SUCCESS);
    assert_string_equal(text, "580.105.08");
    assert_int_equal(nvmlSystemGetDriverVersion(text, 4), NVML_INSUFFICIENT_SIZE);
    assert_int_equal(nvmlSystemGetNVMLVersion(text, sizeof text), NVML_SUCCESS);
    assert_string_equal(text, "13.580.105.08");
    assert_int_equal(nvmlSystemGetDriverBranch(&branch, 80), NVML_SUCCESS);
    assert_string_equal((char *)branch.values, "r580_00");
}

static void numbers_and_texts_are_the_snapshots(void **state) {
    (void)state;
    unsigned int one = 0;
    unsigned int other = 0;
    unsigned long long energy = 0;
    char vbios[32];
    unsigned int rates[2] = {0, 0};
    assert_int_equal(nvmlDeviceGetPowerUsage(first, &one), NVML_SUCCESS);
    assert_int_equal(one, 70123);
    assert_int_equal(nvmlDeviceGetTotalEnergyConsumption(first, &energy), NVML_SUCCESS);
    assert_int_equal(energy, 5000000000);
    assert_int_equal(nvmlDeviceGetPowerManagementLimitConstraints(first, &one, &other), NVML_SUCCESS);
    assert_int_equal(one, 200000);
    assert_int_equal(other, 700000);
    assert_int_equal(nvmlDeviceGetVbiosVersion(first, vbios, sizeof vbios), NVML_SUCCESS);
    assert_string_equal(vbios, "96.00.5E");
    assert_int_equal(nvmlDeviceGetMaxPcieLinkGeneration(first, &one), NVML_SUCCESS);
    assert_int_equal(one, 5);
    assert_int_equal(nvmlDeviceGetUtilizationRates(first, rates), NVML_SUCCESS);
    assert_int_equal(rates[0], 37);
    assert_int_equal(rates[1], 12);
}

static void what_the_snapshot_lacks_is_not_supported_and_nothing_is_written(void **state) {
    (void)state;
    unsigned int value = 77;
    unsigned int rates[2] = {77, 77};
    assert_int_equal(nvmlDeviceGetFanSpeed(first, &value), NVML_NOT_SUPPORTED);
    assert_int_equal(nvmlDeviceGetPowerUsage(second, &value), NVML_NOT_SUPPORTED);
    assert_int_equal(nvmlDeviceGetUtilizationRates(second, rates), NVML_NOT_SUPPORTED);
    assert_int_equal(value, 77);
    assert_int_equal(rates[0], 77);
    assert_int_equal(nvmlDeviceGetPowerUsage(first, NULL), NVML_INVALID_ARGUMENT);
    assert_int_equal(nvmlDeviceGetPowerUsage(&nvml_devices[2], &value), NVML_INVALID_ARGUMENT);
    assert_int_equal(nvmlDeviceGetPowerUsage(NULL, &value), NVML_INVALID_ARGUMENT);
}

static void clocks_and_thresholds_are_chosen_by_number(void **state) {
    (void)state;
    unsigned int value = 0;
    assert_int_equal(nvmlDeviceGetClockInfo(first, 0, &value), NVML_SUCCESS);
    assert_int_equal(value, 1755);
    assert_int_equal(nvmlDeviceGetClock(first, 1, 1, &value), NVML_SUCCESS);
    assert_int_equal(value, 1830);
    assert_int_equal(nvmlDeviceGetClockInfo(first, 3, &value), NVML_NOT_SUPPORTED);
    assert_int_equal(nvmlDeviceGetClockInfo(first, 4, &value), NVML_INVALID_ARGUMENT);
    assert_int_equal(nvmlDeviceGetClock(first, 1, 4, &value), NVML_INVALID_ARGUMENT);
    assert_int_equal(nvmlDeviceGetTemperatureThreshold(first, 0, &value), NVML_SUCCESS);
    assert_int_equal(value, 95);
    assert_int_equal(nvmlDeviceGetTemperatureThreshold(first, 8, &value), NVML_INVALID_ARGUMENT);
}

static void lists_say_how_long_they_are(void **state) {
    (void)state;
    unsigned int clocks[3] = {0, 0, 0};
    unsigned int count = 0;
    assert_int_equal(nvmlDeviceGetSupportedMemoryClocks(first, &count, NULL), NVML_INSUFFICIENT_SIZE);
    assert_int_equal(count, 2);
    assert_int_equal(nvmlDeviceGetSupportedMemoryClocks(first, &count, clocks), NVML_SUCCESS);
    assert_int_equal(clocks[1], 1593);
    count = 3;
    assert_int_equal(nvmlDeviceGetSupportedGraphicsClocks(first, 2619, &count, clocks), NVML_SUCCESS);
    assert_int_equal(count, 3);
    assert_int_equal(clocks[2], 345);
    assert_int_equal(nvmlDeviceGetSupportedGraphicsClocks(first, 1, &count, clocks), NVML_NOT_FOUND);
    assert_int_equal(nvmlDeviceGetSupportedGraphicsClocks(second, 1, &count, clocks), NVML_NOT_SUPPORTED);
}

static void versioned_structs_are_checked(void **state) {
    (void)state;
    versioned_t value = {.version = 1 << 24 | 12};
    assert_int_equal(nvmlDeviceGetTemperatureV(first, &value), NVML_SUCCESS);
    assert_int_equal(value.values[1], 33);
    value.version = 1 << 24 | 8;
    assert_int_equal(nvmlDeviceGetMarginTemperature(first, &value), NVML_SUCCESS);
    assert_int_equal((int)value.values[0], -4);
    value.version = 2 << 24 | 40;
    assert_int_equal(nvmlDeviceGetMemoryInfo_v2(first, &value), NVML_SUCCESS);
    assert_int_equal(value.values[1], 1000);
    assert_int_equal(value.values[3], 100);
    value.version = 1 << 24 | 20;
    assert_int_equal(nvmlSystemGetConfComputeSettings(&value), NVML_SUCCESS);
    value.version = 3 << 24 | 40;
    assert_int_equal(nvmlDeviceGetGpuFabricInfoV(first, &value), NVML_SUCCESS);
    value.version = 3;
    assert_int_equal(nvmlDeviceGetTemperatureV(first, &value), NVML_VERSION_MISMATCH);
    assert_int_equal(nvmlDeviceGetMarginTemperature(first, &value), NVML_VERSION_MISMATCH);
    assert_int_equal(nvmlDeviceGetMemoryInfo_v2(first, &value), NVML_VERSION_MISMATCH);
    assert_int_equal(nvmlDeviceGetPciInfoExt(first, &value), NVML_VERSION_MISMATCH);
    assert_int_equal(nvmlDeviceGetGpuFabricInfoV(first, &value), NVML_VERSION_MISMATCH);
    assert_int_equal(nvmlSystemGetConfComputeSettings(&value), NVML_VERSION_MISMATCH);
    assert_int_equal(nvmlSystemGetDriverBranch(&value, 80), NVML_VERSION_MISMATCH);
    assert_int_equal(nvmlDeviceGetRunningProcessDetailList(first, &value), NVML_VERSION_MISMATCH);
}

static void a_device_is_found_by_its_names(void **state) {
    (void)state;
    nvml_device_t found = NULL;
    versioned_t uuid = {.version = 1 << 24 | 52, .values = {2, 0x33221100, 0x77665544, 0xbbaa9988, 0xffeeddcc}};
    nvml_pci_info_t pci;
    assert_int_equal(nvmlDeviceGetHandleByUUIDV(&uuid, &found), NVML_SUCCESS);
    assert_ptr_equal(found, first);
    uuid.values[0] = 1;
    memcpy(&uuid.values[1], "GPU-2", sizeof "GPU-2");
    assert_int_equal(nvmlDeviceGetHandleByUUIDV(&uuid, &found), NVML_SUCCESS);
    assert_ptr_equal(found, second);
    assert_int_equal(nvmlDeviceGetHandleByPciBusId_v2("0000:1b:00.0", &found), NVML_SUCCESS);
    assert_ptr_equal(found, first);
    assert_int_equal(nvmlDeviceGetPciInfo_v3(first, &pci), NVML_SUCCESS);
    assert_string_equal(pci.id, "00000000:1B:00.0");
    assert_int_equal(pci.device_id, 0x233010de);
}

static void errors_of_the_memory_are_counted(void **state) {
    (void)state;
    unsigned long long counts[4] = {1, 1, 1, 1};
    assert_int_equal(nvmlDeviceGetTotalEccErrors(first, 1, 0, counts), NVML_SUCCESS);
    assert_int_equal(counts[0], 7);
    assert_int_equal(nvmlDeviceGetTotalEccErrors(first, 0, 0, counts), NVML_NOT_SUPPORTED);
    assert_int_equal(nvmlDeviceGetTotalEccErrors(first, 2, 0, counts), NVML_INVALID_ARGUMENT);
    assert_int_equal(nvmlDeviceGetDetailedEccErrors(first, 1, 0, counts), NVML_SUCCESS);
    assert_int_equal(counts[0], 0);
    assert_int_equal(counts[2], 7);
    assert_int_equal(nvmlDeviceGetDetailedEccErrors(first, 0, 1, counts), NVML_NOT_SUPPORTED);
}

static void devices_of_a_lease_say_how_they_reach_each_other(void **state) {
    (void)state;
    unsigned int value = 9;
    nvml_device_t near[2] = {NULL, NULL};
    assert_int_equal(nvmlDeviceGetP2PStatus(first, first, 0, &value), NVML_SUCCESS);
    assert_int_equal(value, 0);
    assert_int_equal(nvmlDeviceGetP2PStatus(first, second, 2, &value), NVML_SUCCESS);
    assert_int_equal(value, 5);
    assert_int_equal(nvmlDeviceGetP2PStatus(second, second, 3, &value), NVML_SUCCESS);
    assert_int_equal(value, 0);
    assert_int_equal(nvmlDeviceGetP2PStatus(second, first, 0, &value), NVML_NOT_SUPPORTED);
    assert_int_equal(nvmlDeviceGetP2PStatus(first, second, 5, &value), NVML_INVALID_ARGUMENT);
    assert_int_equal(nvmlDeviceGetP2PStatus(first, &nvml_devices[9], 0, &value), NVML_INVALID_ARGUMENT);
    assert_int_equal(nvmlDeviceGetTopologyCommonAncestor(first, second, &value), NVML_SUCCESS);
    assert_int_equal(value, 50);
    unsigned int count = 2;
    assert_int_equal(nvmlDeviceGetTopologyNearestGpus(first, 50, &count, near), NVML_SUCCESS);
    assert_int_equal(count, 1);
    assert_ptr_equal(near[0], second);
    count = 2;
    assert_int_equal(nvmlDeviceGetTopologyNearestGpus(first, 0, &count, near), NVML_SUCCESS);
    assert_int_equal(count, 0);
    assert_int_equal(nvmlDeviceGetTopologyNearestGpus(second, 0, &count, near), NVML_NOT_SUPPORTED);
}

static void every_processor_is_as_near_as_any(void **state) {
    (void)state;
    unsigned long set[16] = {0};
    unsigned int count = 0;
    long bits = 0;
    assert_int_equal(nvmlDeviceGetCpuAffinity(first, 16, set), NVML_SUCCESS);
    for (int i = 0; i < 16; i++) {
        bits += __builtin_popcountl(set[i]);
    }
    assert_int_equal(bits, sysconf(_SC_NPROCESSORS_ONLN));
    assert_int_equal(nvmlSystemGetTopologyGpuSet(0, &count, NULL), NVML_SUCCESS);
    assert_int_equal(count, 2);
}

static void a_link_is_active_when_the_snapshot_has_it(void **state) {
    (void)state;
    unsigned int value = 9;
    nvml_pci_info_t pci;
    field_t fields[2] = {{.id = 164, .scope = 1}, {.id = 165, .scope = 0}};
    assert_int_equal(nvmlDeviceGetNvLinkState(first, 0, &value), NVML_SUCCESS);
    assert_int_equal(value, 0);
    assert_int_equal(nvmlDeviceGetNvLinkState(first, 1, &value), NVML_SUCCESS);
    assert_int_equal(value, 1);
    assert_int_equal(nvmlDeviceGetNvLinkState(first, 3, &value), NVML_INVALID_ARGUMENT);
    assert_int_equal(nvmlDeviceGetNvLinkState(second, 0, &value), NVML_NOT_SUPPORTED);
    assert_int_equal(nvmlDeviceGetNvLinkCapability(first, 1, 0, &value), NVML_SUCCESS);
    assert_int_equal(value, 1);
    assert_int_equal(nvmlDeviceGetNvLinkCapability(first, 1, 1, &value), NVML_SUCCESS);
    assert_int_equal(value, 0);
    assert_int_equal(nvmlDeviceGetNvLinkCapability(first, 0, 0, &value), NVML_NOT_SUPPORTED);
    assert_int_equal(nvmlDeviceGetNvLinkRemotePciInfo_v2(first, 1, &pci), NVML_SUCCESS);
    assert_string_equal(pci.id, "00000000:83:00.0");
    assert_int_equal(nvmlDeviceGetFieldValues(first, 2, fields), NVML_SUCCESS);
    assert_int_equal(fields[0].result, NVML_SUCCESS);
    assert_int_equal(fields[0].value, 26562);
    assert_int_equal(fields[1].value, 0);
}

static void fields_answer_each_for_itself(void **state) {
    (void)state;
    field_t fields[3] = {{.id = 186}, {.id = 82}, {.id = 83}};
    assert_int_equal(nvmlDeviceGetFieldValues(first, 3, fields), NVML_SUCCESS);
    assert_int_equal(fields[0].result, NVML_SUCCESS);
    assert_int_equal(fields[0].type, 1);
    assert_int_equal(fields[0].value, 70123);
    assert_true(fields[0].timestamp > 0);
    assert_int_equal(fields[1].result, NVML_NOT_SUPPORTED);
    assert_int_equal(fields[2].type, 3);
    assert_int_equal(fields[2].value, 5000000000);
    assert_int_equal(nvmlDeviceGetFieldValues(first, 0, fields), NVML_INVALID_ARGUMENT);
}

static void programs_are_those_of_the_lease(void **state) {
    (void)state;
    unsigned int found[2][6];
    unsigned int count = 0;
    char name[4096];
    assert_int_equal(nvmlDeviceGetComputeRunningProcesses_v3(first, &count, NULL), NVML_INSUFFICIENT_SIZE);
    assert_int_equal(count, 2);
    assert_int_equal(nvmlDeviceGetComputeRunningProcesses_v3(first, &count, found[0]), NVML_SUCCESS);
    assert_int_equal(found[1][0], 4242);
    assert_int_equal(found[1][2], 8192);
    assert_int_equal(found[1][4], 0xffffffff);
    assert_int_equal(nvmlDeviceGetComputeRunningProcesses_v3(second, &count, found[0]), NVML_SUCCESS);
    assert_int_equal(count, 0);
    count = 2;
    assert_int_equal(nvmlDeviceGetGraphicsRunningProcesses_v3(first, &count, found[0]), NVML_SUCCESS);
    assert_int_equal(count, 0);
    assert_int_equal(nvmlSystemGetProcessName((unsigned int)getpid(), name, sizeof name), NVML_SUCCESS);
    assert_non_null(strstr(name, "nvml_test"));
    assert_int_equal(nvmlSystemGetProcessName(0x7fffffff, name, sizeof name), NVML_NOT_FOUND);
}

static void nvidia_smi_lists_programs_by_its_private_table(void **state) {
    (void)state;
    typedef nvml_result_t (*list_t)(nvml_device_t, unsigned int *, void *);
    enum { STRIDE = 4128, NAME = 32 };
    static const unsigned char id[16] = {0xc4, 0xfe, 0x3e, 0x6c, 0xc9, 0x8f, 0x6c, 0x4e,
                                         0xa3, 0x27, 0xee, 0x69, 0x6e, 0x12, 0xf7, 0xc4};
    const void *table = NULL;
    list_t list = NULL;
    unsigned int count = 2;
    static char found[2 * STRIDE];
    assert_int_equal(nvmlInternalGetExportTable(&table, id), NVML_SUCCESS);
    memcpy(&list, (const char *)table + 213 * sizeof list, sizeof list);
    assert_int_equal(list(first, &count, found), NVML_SUCCESS);
    assert_int_equal(count, 2);
    assert_memory_equal(found + STRIDE, &(unsigned int){4242}, sizeof(unsigned int));
    assert_true(found[NAME] != 0 && found[STRIDE + NAME] != 0);
    memcpy(&list, (const char *)table + 214 * sizeof list, sizeof list);
    assert_int_equal(list(first, &count, found), NVML_SUCCESS);
    assert_int_equal(count, 0);
}

static void what_is_not_a_guests_to_change_is_refused(void **state) {
    (void)state;
    unsigned int mode = 9;
    assert_int_equal(nvmlDeviceSetPowerManagementLimit(first, 100000), NVML_NO_PERMISSION);
    assert_int_equal(nvmlDeviceSetComputeMode(second, 3), NVML_NO_PERMISSION);
    assert_int_equal(nvmlDeviceSetComputeMode(&nvml_devices[5], 3), NVML_INVALID_ARGUMENT);
    assert_int_equal(nvmlDeviceGetAccountingMode(first, &mode), NVML_SUCCESS);
    assert_int_equal(mode, 0);
    assert_string_equal(nvmlErrorString(NVML_NO_PERMISSION), "Insufficient Permissions");
    assert_string_equal(nvmlErrorString(NVML_UNKNOWN), "Unknown Error");
}

static void waiting_for_events_is_all_waiting(void **state) {
    (void)state;
    const void *set = NULL;
    unsigned int event[8];
    assert_int_equal(nvmlEventSetCreate(&set), NVML_SUCCESS);
    assert_int_equal(nvmlEventSetWait_v2(set, event, 1), NVML_TIMEOUT);
}

static void nothing_is_answered_before_the_library_is_initialised(void **state) {
    (void)state;
    unsigned int value = 0;
    assert_int_equal(nvmlShutdown(), NVML_SUCCESS);
    assert_int_equal(nvmlDeviceGetPowerUsage(first, &value), NVML_UNINITIALIZED);
    assert_int_equal(nvmlDeviceSetComputeMode(first, 0), NVML_UNINITIALIZED);
    assert_int_equal(nvmlSystemGetTopologyGpuSet(0, &value, NULL), NVML_UNINITIALIZED);
    assert_int_equal(nvmlInit_v2(), NVML_SUCCESS);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_driver_is_the_servers),
        cmocka_unit_test(numbers_and_texts_are_the_snapshots),
        cmocka_unit_test(what_the_snapshot_lacks_is_not_supported_and_nothing_is_written),
        cmocka_unit_test(clocks_and_thresholds_are_chosen_by_number),
        cmocka_unit_test(lists_say_how_long_they_are),
        cmocka_unit_test(versioned_structs_are_checked),
        cmocka_unit_test(a_device_is_found_by_its_names),
        cmocka_unit_test(errors_of_the_memory_are_counted),
        cmocka_unit_test(devices_of_a_lease_say_how_they_reach_each_other),
        cmocka_unit_test(every_processor_is_as_near_as_any),
        cmocka_unit_test(a_link_is_active_when_the_snapshot_has_it),
        cmocka_unit_test(fields_answer_each_for_itself),
        cmocka_unit_test(programs_are_those_of_the_lease),
        cmocka_unit_test(nvidia_smi_lists_programs_by_its_private_table),
        cmocka_unit_test(what_is_not_a_guests_to_change_is_refused),
        cmocka_unit_test(waiting_for_events_is_all_waiting),
        cmocka_unit_test(nothing_is_answered_before_the_library_is_initialised),
    };
    return cmocka_run_group_tests_name("nvml", tests, start, stop);
}
