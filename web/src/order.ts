// The order of the matrix: layers from the top, importers first, cycles together.

import type { Front } from "./front";

/** By position: the number of its strong component; a component imports only those with lower numbers. */
export function components(nodes: number, links: { from: number; to: number }[]): Int32Array {
    const next: number[][] = Array.from({ length: nodes }, () => []);
    for (const link of links) next[link.from].push(link.to);
    const [low, met] = [new Int32Array(nodes).fill(-1), new Int32Array(nodes).fill(-1)];
    const part = new Int32Array(nodes).fill(-1);
    const open: number[] = [];
    let [time, parts] = [0, 0];
    for (let root = 0; root < nodes; root++) {
        if (met[root] >= 0) continue;
        const path: [number, number][] = [[root, 0]];
        while (path.length > 0) {
            const top = path[path.length - 1];
            const [node, followed] = top;
            if (followed === 0) {
                met[node] = low[node] = time++;
                open.push(node);
            }
            if (followed < next[node].length) {
                top[1]++;
                const to = next[node][followed];
                if (met[to] < 0) path.push([to, 0]);
                else if (part[to] < 0) low[node] = Math.min(low[node], met[to]);
                continue;
            }
            path.pop();
            const before = path.at(-1);
            if (before !== undefined) low[before[0]] = Math.min(low[before[0]], low[node]);
            if (low[node] === met[node]) {
                let member: number;
                do {
                    member = open.pop()!;
                    part[member] = parts;
                } while (member !== node);
                parts++;
            }
        }
    }
    return part;
}

/** What stands in no band of its own: below all, and at the end what lies elsewhere. */
const ELSEWHERE = 2e6;

/**
 * By position: how far down it stands. A layer has its rank. What is in no layer stands right below the lowest of what imports it, so that what leads
 * from layer to layer over it leads down all the way; what nothing imports stands above all.
 */
export function ranks(front: Front, rankOf: (layer: number) => number, part: Int32Array): Float64Array {
    const rank = Float64Array.from(front.shown, shown => shown.kind === "external" ? ELSEWHERE : shown.layer >= 0 ? rankOf(shown.layer) : -1);
    const importers: number[][] = front.shown.map(() => []);
    for (const link of front.links) if (link.from !== link.to) importers[link.to].push(link.from);
    // Whoever imports has a higher number, so that it has its rank already; of a cycle, what is in a layer has one.
    const free = [...front.shown.keys()].filter(position => front.shown[position].layer < 0 && front.shown[position].kind !== "external").sort((a, b) => part[b] - part[a]);
    for (let start = 0; start < free.length;) {
        let end = start;
        while (end < free.length && part[free[end]] === part[free[start]]) end++;
        const together = free.slice(start, end);
        const above = together.flatMap(position => importers[position].filter(importer => !together.includes(importer)).map(importer => rank[importer]));
        const lowest = above.length === 0 ? -1 : Math.max(...above);
        // Those between two layers are ordered by who imports whom.
        for (const position of together) rank[position] = lowest < 0 ? -1 : Math.floor(lowest) + 0.5;
        start = end;
    }
    return rank;
}

/** The positions as they stand, from the top. */
export function ordered(front: Front, rank: Float64Array, part: Int32Array): number[] {
    return front.shown.map((_, position) => position).sort((a, b) => rank[a] - rank[b] || part[b] - part[a] || a - b);
}
