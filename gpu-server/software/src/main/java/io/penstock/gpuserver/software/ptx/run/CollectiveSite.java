package io.penstock.gpuserver.software.ptx.run;

/**
 * One such instruction of a function: where in a frame its operands are. A row is -1 where the kind has no such operand.
 *
 * @param key word row: the lanes that a lane names, or the number of the block's barrier
 * @param sameKey whether that is known to be the same in every lane
 * @param to word row that gets the result
 * @param toPredicate predicate that gets the result
 * @param said predicate row that is voted with
 * @param first word row, or long row for the kinds of longs
 * @param second word row
 * @param third word row
 */
public record CollectiveSite(
        Collective kind,
        int key,
        boolean sameKey,
        int to,
        int toPredicate,
        int said,
        int first,
        int second,
        int third) {}
