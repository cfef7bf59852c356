package io.penstock.gpuserver.software.ptx.flow;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Immediate post-dominators by the iterative scheme of Cooper, Harvey and Kennedy, over the reversed graph. */
final class PostDominators {
    private static final int UNKNOWN = -2;

    private final int[][] successors;
    private final int exit;
    private final int[] rank;
    private final List<Integer> order = new ArrayList<>();
    private final int[] parent;

    private PostDominators(List<? extends BasicBlock<?>> blocks) {
        exit = blocks.size();
        successors = new int[exit + 1][];
        for (BasicBlock<?> block : blocks) {
            int[] of = block.successors().stream().mapToInt(Integer::intValue).toArray();
            for (int i = 0; i < of.length; i++) {
                of[i] = of[i] == ControlFlow.EXIT ? exit : of[i];
            }
            successors[block.number()] = of;
        }
        successors[exit] = new int[0];
        rank = new int[exit + 1];
        parent = new int[exit + 1];
        Arrays.fill(rank, UNKNOWN);
        Arrays.fill(parent, UNKNOWN);
    }

    /** For each block the number of its immediate post-dominator, or EXIT; EXIT too where no path leaves. */
    static int[] of(List<? extends BasicBlock<?>> blocks) {
        PostDominators all = new PostDominators(blocks);
        all.rankFromExit();
        all.iterate();
        int[] result = new int[blocks.size()];
        for (int i = 0; i < result.length; i++) {
            int found = all.parent[i];
            result[i] = found == UNKNOWN || found == all.exit ? ControlFlow.EXIT : found;
        }
        return result;
    }

    /** Numbers the blocks in reverse postorder of the reversed graph; blocks that never leave keep no rank. */
    private void rankFromExit() {
        List<List<Integer>> predecessors = new ArrayList<>();
        for (int i = 0; i <= exit; i++) {
            predecessors.add(new ArrayList<>());
        }
        for (int i = 0; i < exit; i++) {
            for (int successor : successors[i]) {
                predecessors.get(successor).add(i);
            }
        }
        List<Integer> postorder = new ArrayList<>();
        boolean[] seen = new boolean[exit + 1];
        int[] nextEdge = new int[exit + 1];
        List<Integer> stack = new ArrayList<>(List.of(exit));
        seen[exit] = true;
        while (!stack.isEmpty()) {
            int node = stack.getLast();
            if (nextEdge[node] < predecessors.get(node).size()) {
                int before = predecessors.get(node).get(nextEdge[node]++);
                if (!seen[before]) {
                    seen[before] = true;
                    stack.add(before);
                }
            } else {
                stack.removeLast();
                postorder.add(node);
            }
        }
        order.addAll(postorder.reversed());
        for (int i = 0; i < order.size(); i++) {
            rank[order.get(i)] = i;
        }
    }

    private void iterate() {
        parent[exit] = exit;
        for (boolean changed = true; changed; ) {
            changed = false;
            for (int node : order) {
                if (node != exit) {
                    int meet = meetOfSuccessors(node);
                    changed |= parent[node] != meet;
                    parent[node] = meet;
                }
            }
        }
    }

    private int meetOfSuccessors(int node) {
        int meet = UNKNOWN;
        for (int successor : successors[node]) {
            if (parent[successor] != UNKNOWN) {
                meet = meet == UNKNOWN ? successor : intersect(meet, successor);
            }
        }
        return meet;
    }

    private int intersect(int first, int second) {
        int a = first;
        int b = second;
        while (a != b) {
            while (rank[a] > rank[b]) {
                a = parent[a];
            }
            while (rank[b] > rank[a]) {
                b = parent[b];
            }
        }
        return a;
    }
}
