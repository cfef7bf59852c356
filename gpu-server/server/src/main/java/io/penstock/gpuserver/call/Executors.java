package io.penstock.gpuserver.call;

import io.penstock.gpuserver.image.ImageKeeper;

/** Every call whose server half needs thought; one a session. */
public final class Executors
        implements MemoryExecutors,
                CopyExecutors,
                ContextExecutors,
                StreamExecutors,
                WaitExecutors,
                ModuleExecutors,
                LinkExecutors,
                CaptureExecutors,
                ArrayExecutors,
                LaunchExecutors,
                GraphExecutors,
                GraphNodeExecutors,
                HostNodeExecutors {
    private final EventTable recorded = new EventTable();
    private final LaunchBlock launchBlock = new LaunchBlock();
    private final GraphMemory graphMemory = new GraphMemory();
    private final LinkTable links = new LinkTable();
    private final ImageKeeper images;

    /** @param images of the session's client */
    public Executors(ImageKeeper images) {
        this.images = images;
    }

    @Override
    public ImageKeeper images() {
        return images;
    }

    @Override
    public LinkTable links() {
        return links;
    }

    @Override
    public EventTable recorded() {
        return recorded;
    }

    @Override
    public GraphMemory graphMemory() {
        return graphMemory;
    }

    @Override
    public LaunchBlock launchBlock() {
        return launchBlock;
    }

    /** The session is over: no call follows. Executor thread. */
    public void close() {
        links.close();
    }
}
