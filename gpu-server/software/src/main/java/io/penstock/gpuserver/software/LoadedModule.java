package io.penstock.gpuserver.software;

/** The kernels and variables of one image in one context. */
final class LoadedModule {
    /** Gives the variables' memory back. */
    void unload() {
        // no module can be loaded yet, so there is none to give back
    }
}
