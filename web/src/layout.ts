// Where boxes go. dagre ranks and orders them; layers are bands of ranks, and a rank with too many boxes for the width goes on in rows below.

import { Graph, layout } from "@dagrejs/dagre";
import type { Front, Shown } from "./front";
import type { Project } from "./project";

export interface Box {
    x: number;
    y: number;
    width: number;
    height: number;
}

export interface Band {
    title: string;
    y: number;
    height: number;
}

export interface Placed {
    boxes: Box[];
    /** By link: the points that it leads over, where it does not lead straight. */
    routes: ([number, number][] | undefined)[];
    bands: Band[];
    width: number;
    height: number;
}

const HEIGHT = 34;
const GAP = 18;
const ROW = 40;
const BAND = 30;
const WIDEST = 1250;
/** Only the strongest links of a box say where it goes; all are drawn. */
const MOST_LINKS = 3;
/** As many links are led past the boxes. */
const MOST_ROUTED = 48;

export function widthOf(shown: Shown): number {
    return Math.min(240, Math.max(64, shown.label.length * 7.3 + 26 + (shown.canOpen ? 14 : 0) + (shown.errors > 0 ? 22 : 0)));
}

/** Which band each box is in, from the top, and what the bands are called. */
function bandsOf(project: Project, front: Front): { of: number[]; titles: string[] } {
    const { layers } = project.raw;
    const isLayered = front.shown.some(shown => shown.layer >= 0);
    const ranks = [...new Set(layers.map(layer => layer.rank))].sort((a, b) => a - b);
    const titles = isLayered
        ? ranks.map(rank => layers.map((layer, at) => ({ layer, name: project.layerName(at) })).filter(({ layer }) => layer.rank === rank).map(({ layer, name }) => layer.closed ? `${name}, closed` : name).join("  |  "))
        : [];
    const own = titles.length;
    const of = front.shown.map(shown => shown.kind === "external" ? own + 1 : shown.layer >= 0 ? ranks.indexOf(layers[shown.layer].rank) : own);
    titles.push(isLayered ? "in no layer" : "", "outside the project");
    return { of, titles };
}

export function place(project: Project, front: Front): Placed {
    const { of, titles } = bandsOf(project, front);
    const used = [...new Set(of)].sort((a, b) => a - b);
    const graph = new Graph({ multigraph: true });
    graph.setGraph({ rankdir: "TB", ranksep: ROW, nodesep: GAP, edgesep: 7, acyclicer: "greedy", ranker: front.shown.length > 36 ? "longest-path" : "network-simplex" });
    graph.setDefaultEdgeLabel(() => ({}));
    front.shown.forEach((shown, position) => { graph.setNode(String(position), { width: widthOf(shown), height: HEIGHT }); });
    const isSmall = front.links.length <= MOST_ROUTED;
    // Where links are led past the boxes, bands have to be apart for dagre, too; where not, only the order within each counts, and this is quick.
    if (used.length > 1 && isSmall) {
        used.forEach((band, position) => {
            for (const end of ["top", "end"]) graph.setNode(`${end}${band}`, { width: 1, height: 1 });
            if (position > 0) graph.setEdge(`end${used[position - 1]}`, `top${band}`, { minlen: 1, weight: 0 });
        });
        of.forEach((band, position) => {
            graph.setEdge(`top${band}`, String(position), { minlen: 1, weight: 0 });
            graph.setEdge(String(position), `end${band}`, { minlen: 1, weight: 0 });
        });
    }
    const taken = new Map<number, number>();
    for (const link of [...front.links].sort((a, b) => b.imports - a.imports)) {
        const [outgoing, incoming] = [taken.get(link.from) ?? 0, taken.get(link.to) ?? 0];
        if (!isSmall && (outgoing >= MOST_LINKS || incoming >= MOST_LINKS)) continue;
        taken.set(link.from, outgoing + 1);
        taken.set(link.to, incoming + 1);
        // What goes back up is drawn so, and says nothing of where its ends belong.
        const goesBack = of[link.from] > of[link.to];
        const [from, to] = goesBack ? [link.to, link.from] : [link.from, link.to];
        // Whole weights only: dagre adds them up, and takes a sum that is not quite 0 for less.
        graph.setEdge(String(from), String(to), { weight: goesBack ? 0 : 1 + Math.round(Math.log2(1 + link.imports)), minlen: 1 }, String(link.from));
    }
    layout(graph);
    const at = (position: number) => graph.node(String(position)) as { x: number; y: number };
    const placed = arrange(front, of, used, titles, at);
    if (placed.isWrapped || !isSmall) return placed;
    // dagre leads links past the boxes; its heights are not ours, as bands have titles.
    const heights = front.shown.map((_, position): [number, number] => [at(position).y, placed.boxes[position].y + HEIGHT / 2]).sort((a, b) => a[0] - b[0]);
    placed.routes = front.links.map(link => {
        const goesBack = of[link.from] > of[link.to];
        const [from, to] = goesBack ? [link.to, link.from] : [link.from, link.to];
        const edge = graph.edge(String(from), String(to), String(link.from)) as { points?: { x: number; y: number }[] } | undefined;
        // Where there are boxes; between, a line bends as it likes.
        const atBoxes = edge?.points?.filter((point, number, all) => number === 0 || number === all.length - 1 || heights.some(([theirs]) => Math.abs(theirs - point.y) < 4));
        const points = atBoxes?.map(({ x, y }): [number, number] => [x + placed.shift, interpolated(heights, y)]);
        return goesBack ? points?.reverse() : points;
    });
    const all = placed.routes.flatMap(route => route?.map(([x]) => x) ?? []);
    const [left, right] = [Math.min(0, ...all), Math.max(placed.width, ...all)];
    for (const box of placed.boxes) box.x -= left;
    for (const route of placed.routes) route?.forEach(point => { point[0] -= left; });
    placed.width = right - left;
    return placed;
}

/** What a height of dagre's is here, between those of boxes. */
function interpolated(heights: [number, number][], y: number): number {
    const next = heights.findIndex(([theirs]) => theirs >= y);
    if (next <= 0) return heights[next < 0 ? heights.length - 1 : 0][1] + y - heights[next < 0 ? heights.length - 1 : 0][0];
    const [[y1, ours1], [y2, ours2]] = [heights[next - 1], heights[next]];
    return ours1 + (ours2 - ours1) * (y - y1) / Math.max(1, y2 - y1);
}

function arrange(front: Front, of: number[], used: number[], titles: string[], at: (position: number) => { x: number; y: number }): Placed & { isWrapped: boolean; shift: number } {
    const boxes: Box[] = front.shown.map(shown => ({ x: 0, y: 0, width: widthOf(shown), height: HEIGHT }));
    const rows: { band: number; row: number[] }[] = [];
    let isWrapped = false;
    for (const band of used) {
        const inBand = front.shown.map((_, position) => position).filter(position => of[position] === band);
        const byRank = new Map<number, number[]>();
        for (const position of inBand) {
            const rank = Math.round(at(position).y);
            byRank.set(rank, [...(byRank.get(rank) ?? []), position]);
        }
        for (const rank of [...byRank.keys()].sort((a, b) => a - b)) {
            const members = byRank.get(rank)!.sort((a, b) => at(a).x - at(b).x || a - b);
            const parts = wrapped(members, boxes);
            isWrapped ||= parts.length > 1;
            rows.push(...parts.map(row => ({ band, row })));
        }
    }
    const widths = rows.map(({ row }) => row.reduce((sum, position) => sum + boxes[position].width + GAP, -GAP));
    const lefts = boxes.map((box, position) => at(position).x - box.width / 2);
    const shift = -Math.min(...lefts);
    // A narrow picture stands in the middle of its bands.
    const spread = shift + Math.max(...boxes.map((box, position) => lefts[position] + box.width));
    isWrapped ||= spread > WIDEST * 1.2;
    const width = isWrapped ? Math.max(...widths, 320) : Math.max(spread, 320);
    const indent = shift + (width - spread) / 2;
    const bands: Band[] = [];
    // Many lines need room to be told apart.
    const gap = front.links.length > 60 ? ROW * 1.5 : ROW;
    let y = 0;
    rows.forEach(({ band, row }, number) => {
        if (number === 0 || rows[number - 1].band !== band) {
            if (number > 0) y += BAND / 2;
            bands.push({ title: titles[band], y, height: 0 });
            y += titles[band] === "" ? 14 : BAND;
        }
        let x = (width - widths[number]) / 2;
        for (const position of row) {
            boxes[position].x = isWrapped ? x : lefts[position] + indent;
            boxes[position].y = y;
            x += boxes[position].width + GAP;
        }
        y += HEIGHT + gap;
        bands[bands.length - 1].height = y - bands[bands.length - 1].y - gap / 2;
    });
    return { boxes, bands, width, height: y, routes: [], isWrapped, shift: indent };
}

function wrapped(members: number[], boxes: Box[]): number[][] {
    const rows: number[][] = [];
    const total = members.reduce((sum, position) => sum + boxes[position].width + GAP, 0);
    const most = total / Math.max(1, Math.ceil(total / WIDEST));
    let width = Infinity;
    for (const position of members) {
        if (width > most - 1) {
            rows.push([]);
            width = 0;
        }
        rows[rows.length - 1].push(position);
        width += boxes[position].width + GAP;
    }
    return rows;
}
