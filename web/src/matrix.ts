// The matrix: a row and a column for each box of the map. A column imports what its marked rows are, importers first, so that what is marked
// above the diagonal goes back.

import { type App, toggleOpen } from "./app";
import { announce, count, h, s } from "./dom";
import type { Front, Link } from "./front";
import { MARK_WORDS, markOf } from "./marks";
import { components, ordered, ranks } from "./order";
import { visible } from "./visible";

/** The side of a cell, in pixels: small projects have room. */
const cellOf = (rows: number): number => rows <= 20 ? 32 : 22;

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
        const isLayered = front.shown.some(shown => shown.layer >= 0);
        const { layers } = app.project.raw;
        const rankBy = ranks(front, layer => isLayered ? layers[layer].rank : -1, part);
        const rank = (position: number) => rankBy[position];
        this.order = ordered(front, rankBy, part);
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
