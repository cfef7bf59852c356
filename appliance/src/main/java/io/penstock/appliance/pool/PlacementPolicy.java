package io.penstock.appliance.pool;

/** What placement prefers where several places would do. */
public enum PlacementPolicy {
    /** Fill what is already in use, so that whole GPUs and whole servers stay free for those who need them. */
    PACK,
    /** Take what is least in use, so that programs disturb each other least. */
    SPREAD
}
