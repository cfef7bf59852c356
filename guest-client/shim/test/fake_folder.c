#define _GNU_SOURCE
#include "fake_folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool fake_folder_make(char *socket, size_t bytes) {
    static const char name[] = "/agent";
    const char *temporary = getenv("TMPDIR");
    int length = snprintf(socket, bytes, "%s/penstock-test-XXXXXX", temporary == NULL ? "/tmp" : temporary);
    if (length < 0 || (size_t)length + sizeof name > bytes || mkdtemp(socket) == NULL) {
        return false;
    }
    memcpy(socket + length, name, sizeof name);
    return true;
}

void fake_folder_remove(const char *socket) {
    char folder[128];
    (void)snprintf(folder, sizeof folder, "%s", socket);
    *strrchr(folder, '/') = 0;
    (void)unlink(socket);
    (void)rmdir(folder);
}
