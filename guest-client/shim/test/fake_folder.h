/* The folder in which a fake agent's socket lies. */
#ifndef PENSTOCK_TEST_FAKE_FOLDER_H
#define PENSTOCK_TEST_FAKE_FOLDER_H

#include <stdbool.h>
#include <stddef.h>

/* Makes a new folder for temporary files; socket becomes the path of a socket in it, of at most so many bytes. */
bool fake_folder_make(char *socket, size_t bytes);

/* Removes the socket and its folder; nothing happens when they are gone. */
void fake_folder_remove(const char *socket);

#endif
