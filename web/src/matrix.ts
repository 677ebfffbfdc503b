// The matrix: a row and a column for each box of the map. A column imports what its marked rows are, importers first, so that what is marked
// above the diagonal goes back.

import { type App, toggleOpen } from "./app";
import { announce, count, h, s } from "./dom";
import type { Front, Link } from "./front";
import { MARK_WORDS, markOf, visible } from "./map";

/** The side of a cell, in pixels: small projects have room. */
const cellOf = (rows: number): number => rows <= 20 ? 32 : 22;

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

export class MatrixView {
    readonly element = h("div", { class: "matrix", tabindex: "0", role: "region", "aria-label": "Matrix of imports" });
    private cell = 22;
    private cells = new Map<number, Link>();
    private order: number[] = [];
    private front: Front = { shown: [], links: [], at: new Int32Array() };
    private cursor: [number, number] = [0, 0];
    private marker: SVGRectElement = s("rect");

    constructor(private readonly app: App) {}

    draw(): void {
        const { app } = this;
        const front = this.front = visible(app);
        const part = components(front.shown.length, front.links);
        const sizes = new Map<number, number>();
        for (const number of part) sizes.set(number, (sizes.get(number) ?? 0) + 1);
        // What is in no layer stands above if it imports more of the layers than these import of it, and else below.
        const lean = new Int32Array(front.shown.length);
        for (const link of front.links) {
            if (front.shown[link.to].layer >= 0) lean[link.from] += link.imports;
            if (front.shown[link.from].layer >= 0) lean[link.to] -= link.imports;
        }
        const rank = (position: number) => {
            const { layer, kind } = front.shown[position];
            if (kind === "external") return 2e6;
            return layer >= 0 ? app.project.raw.layers[layer].rank : lean[position] > 0 ? -1 : 1e6;
        };
        const isLayered = front.shown.some(shown => shown.layer >= 0);
        this.order = front.shown.map((_, position) => position).sort((a, b) => (isLayered ? rank(a) - rank(b) : 0) || part[b] - part[a] || a - b);
        const place = new Int32Array(front.shown.length);
        this.order.forEach((position, at) => { place[position] = at; });
        const cell = this.cell = cellOf(this.order.length);
        const size = this.order.length * cell;
        this.cells = new Map(front.links.map(link => [place[link.to] * this.order.length + place[link.from], link]));
        const blocks = this.blocks(part, sizes, rank, isLayered);
        const most = Math.max(1, ...front.links.map(link => link.imports));
        const marks = front.links.map(link => {
            const [row, column] = [place[link.to], place[link.from]];
            const mark = markOf(link.flags);
            const label = this.describe(row, column);
            const group = s("g", { class: `cell ${mark} ${row < column ? "back" : ""}`, "data-from": front.shown[link.from].name, "data-to": front.shown[link.to].name, transform: `translate(${column * cell},${row * cell})` },
                s("title", {}, label),
                s("rect", { x: 1, y: 1, width: cell - 2, height: cell - 2, rx: 3, "fill-opacity": (0.35 + 0.65 * Math.log2(1 + link.imports) / Math.log2(1 + most)).toFixed(2) }),
                s("text", { x: cell / 2, y: cell / 2 + 4, "text-anchor": "middle" }, link.imports > 999 ? "…" : String(link.imports)));
            group.addEventListener("click", () => { this.choose(row, column); });
            return group;
        });
        this.marker = s("rect", { class: "cursor", width: cell, height: cell, rx: 3 });
        const svg = s("svg", { class: "cells", width: size + 1, height: size + 1, role: "img", tabindex: "0", "aria-label": `${count(this.order.length, "module")} and ${count(front.links.length, "import relation")}; the arrows move from cell to cell, Enter shows what is in one` },
            ...this.order.map((_, at) => s("rect", { class: `stripe ${at % 2 === 0 ? "even" : "odd"}`, x: 0, y: at * cell, width: size, height: cell })),
            ...blocks,
            ...this.order.map((_, at) => s("rect", { class: "diagonal", x: at * cell, y: at * cell, width: cell, height: cell })),
            ...marks, this.marker);
        svg.addEventListener("keydown", event => { this.key(event); });
        const rows = this.order.map((position, at) => this.header(position, at));
        const columns = h("div", { class: "columns", "aria-hidden": "true" }, ...this.order.map((_, at) => h("span", {}, String(at + 1))));
        const backward = front.links.filter(link => place[link.to] < place[link.from]).length;
        this.element.replaceChildren(
            h("p", { class: "hint" }, `A column imports the rows that are marked in it. ${count(backward, "relation")} of ${front.links.length} ${backward === 1 ? "stands" : "stand"} above the diagonal and ${backward === 1 ? "goes" : "go"} back.`),
            h("div", { class: `grid ${cell > 22 ? "roomy" : ""}` }, h("div", { class: "corner" }), columns, h("div", { class: "rows" }, ...rows), svg));
        this.move(0, 0);
    }

    /** Frames around what is one layer, or one cycle. */
    private blocks(part: Int32Array, sizes: Map<number, number>, rank: (position: number) => number, isLayered: boolean): SVGElement[] {
        const cell = this.cell;
        const frames: SVGElement[] = [];
        const add = (className: string, key: (position: number) => number, isShown: (first: number, length: number) => boolean) => {
            for (let first = 0; first < this.order.length;) {
                let end = first + 1;
                while (end < this.order.length && key(this.order[end]) === key(this.order[first])) end++;
                if (isShown(this.order[first], end - first)) {
                    frames.push(s("rect", { class: className, x: first * cell, y: first * cell, width: (end - first) * cell, height: (end - first) * cell }));
                }
                first = end;
            }
        };
        if (isLayered) add("layer", rank, position => this.front.shown[position].layer >= 0);
        add("cycle", position => part[position], (position, length) => (sizes.get(part[position]) ?? 0) > 1 && length > 1);
        return frames;
    }

    private header(position: number, at: number): HTMLElement {
        const shown = this.front.shown[position];
        const { app } = this;
        return h("div", { class: "row" },
            shown.canOpen
                ? h("button", { type: "button", class: "twist", "aria-label": `Open ${shown.name}`, click: () => { app.update(toggleOpen(app, shown.module, false), "expand"); } }, "▸")
                : shown.kind === "self" ? h("button", { type: "button", class: "twist", "aria-label": `Close ${app.project.names[shown.module]}`, click: () => { app.update(toggleOpen(app, shown.module, true), "collapse"); } }, "▾") : h("span", { class: "twist" }),
            h("span", { class: "label", title: shown.name }, h("bdi", { dir: "ltr" }, shown.kind === "external" || shown.kind === "rest" ? shown.label : shown.name)),
            h("span", { class: "number" }, String(at + 1)));
    }

    private describe(row: number, column: number): string {
        const [imported, importer] = [this.front.shown[this.order[row]].name, this.front.shown[this.order[column]].name];
        const link = this.cells.get(row * this.order.length + column);
        if (row === column) return importer;
        return link === undefined ? `${importer} does not import ${imported}` : `${importer} imports ${imported}: ${count(link.imports, "import")}, ${MARK_WORDS[markOf(link.flags)]}${row < column ? ", goes back" : ""}`;
    }

    private choose(row: number, column: number): void {
        const link = this.cells.get(row * this.order.length + column);
        if (link === undefined) return;
        this.app.update({ selection: { kind: "edge", from: this.front.shown[link.from].name, to: this.front.shown[link.to].name } }, "select");
        this.move(row, column);
    }

    private move(row: number, column: number): void {
        const last = this.order.length - 1;
        this.cursor = [Math.max(0, Math.min(last, row)), Math.max(0, Math.min(last, column))];
        this.marker.setAttribute("x", String(this.cursor[1] * this.cell));
        this.marker.setAttribute("y", String(this.cursor[0] * this.cell));
    }

    private key(event: KeyboardEvent): void {
        const [row, column] = this.cursor;
        const step = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] }[event.key];
        if (step !== undefined && this.order.length > 0) {
            this.move(row + step[0], column + step[1]);
            announce(this.describe(...this.cursor));
        } else if (event.key === "Enter") this.choose(row, column);
        else return;
        event.preventDefault();
    }
}
