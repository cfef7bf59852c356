/* Both libraries as programs meet them: opened by name late in a process's life, asked before and without a session. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

typedef int (*init_t)(unsigned int);
typedef int (*nvml_init_t)(void);

static void *open_library(const char *path) {
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        (void)fprintf(stderr, "%s\n", dlerror());
        exit(1);
    }
    return library;
}

int main(int count, char **arguments) {
    if (count != 3) {
        return 2;
    }
    (void)unsetenv("PENSTOCK_SOCKET");
    void *cuda = open_library(arguments[1]);
    void *nvml = open_library(arguments[2]);
    init_t init = (init_t)dlsym(cuda, "cuInit");
    nvml_init_t nvml_init = (nvml_init_t)dlsym(nvml, "nvmlInit_v2");
    enum { NO_DEVICE = 100, DRIVER_NOT_LOADED = 9 };
    if (init == NULL || init(0) != NO_DEVICE || nvml_init == NULL || nvml_init() != DRIVER_NOT_LOADED) {
        (void)fprintf(stderr, "without an agent cuInit must answer 100 and nvmlInit 9\n");
        return 1;
    }
    return dlclose(cuda) != 0 || dlclose(nvml) != 0;
}
