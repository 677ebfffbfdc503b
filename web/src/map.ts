// The map: boxes in bands, and links between them.

import { select } from "d3-selection";
import { zoom, zoomIdentity, type ZoomBehavior, type ZoomTransform, zoomTransform } from "d3-zoom";
import { type App, toggleOpen } from "./app";
import { announce, count, h, number, s, timed } from "./dom";
import type { Front, Link, Shown } from "./front";
import { type Box, place, type Placed } from "./layout";
import { MARK_WORDS, markOf, MARKS } from "./marks";
import { initial, write } from "./state";
import { positions, visible } from "./visible";

export class MapView {
    readonly element = h("div", { class: "map" });
    private readonly svg = s("svg", { class: "canvas", role: "group", "aria-label": "Map of modules and their imports", tabindex: "0" });
    private readonly scene = s("g");
    private readonly zoom: ZoomBehavior<SVGSVGElement, unknown>;
    private front: Front = { shown: [], links: [], at: new Int32Array() };
    private placed: Placed = { boxes: [], routes: [], bands: [], width: 1, height: 1 };
    private nodes: SVGGElement[] = [];
    private paths: SVGGElement[] = [];
    private drawn = "";

    constructor(private readonly app: App) {
        const markers = MARKS.map(mark => s("marker", {
            id: `arrow-${mark}`, class: `arrow ${mark}`, viewBox: "0 0 10 10", refX: 9, refY: 5, markerWidth: 9, markerHeight: 9,
            markerUnits: "userSpaceOnUse", orient: "auto-start-reverse",
        }, s("path", { d: "M0 1 L10 5 L0 9 z" })));
        this.svg.append(s("defs", {}, ...markers), this.scene);
        this.zoom = zoom<SVGSVGElement, unknown>().scaleExtent([0.05, 4]).on("zoom", (event: { transform: ZoomTransform }) => {
            this.scene.setAttribute("transform", event.transform.toString());
        });
        select(this.svg).call(this.zoom).on("dblclick.zoom", null);
        this.svg.addEventListener("keydown", event => { this.key(event); });
        this.svg.addEventListener("click", event => { if (event.target === this.svg) app.update({ selection: undefined }, "select"); });
        const tools = h("div", { class: "tools", role: "group", "aria-label": "Zoom" },
            h("button", { type: "button", "aria-label": "Zoom in", click: () => { this.scale(1.3); } }, "+"),
            h("button", { type: "button", "aria-label": "Zoom out", click: () => { this.scale(1 / 1.3); } }, "−"),
            h("button", { type: "button", click: () => { this.fit(); } }, "Fit"));
        this.element.append(this.svg, tools, legend(app.project.raw.changes !== undefined));
    }

    draw(): void {
        const { state } = this.app;
        // What of the state says which boxes there are.
        const { view, selection, search, cycle, sort, rows } = initial();
        const drawn = write({ ...state, view, selection, search, cycle, sort, rows });
        if (drawn !== this.drawn) {
            this.drawn = drawn;
            this.front = timed("front", () => visible(this.app));
            this.placed = timed("layout", () => place(this.app.project, this.front));
            timed("redraw", () => { this.redraw(); });
            this.fit();
        }
        this.highlight();
    }

    private redraw(): void {
        const { front, placed } = this;
        const bands = placed.bands.map((band, at) => s("g", { class: `band ${at % 2 === 0 ? "even" : "odd"}` },
            s("rect", { x: -40, y: band.y, width: placed.width + 80, height: band.height, rx: 8 }),
            s("text", { x: -26, y: band.y + 19 }, band.title)));
        const order = ["ungoverned", "allowed", "deprecated", "off", "known", "broken", "gone", "new"];
        const sorted = front.links.map((link, at) => ({ link, route: placed.routes[at] })).sort((a, b) => order.indexOf(markOf(a.link.flags)) - order.indexOf(markOf(b.link.flags)));
        this.front = { ...front, links: sorted.map(({ link }) => link) };
        this.paths = sorted.map(({ link, route }) => this.link(link, route));
        this.nodes = front.shown.map((shown, position) => this.node(shown, position));
        const nothing = front.shown.length === 0 ? s("text", { class: "nothing" }, this.app.project.count === 0 ? "There are no modules here." : "Nothing is left to show: the filters hide it.") : undefined;
        this.scene.replaceChildren(...bands, s("g", { role: "list", "aria-label": "Imports" }, ...this.paths), s("g", { role: "list", "aria-label": "Modules" }, ...this.nodes), ...(nothing ? [nothing] : []));
    }

    private node(shown: Shown, position: number): SVGGElement {
        const box = this.placed.boxes[position];
        const what = shown.kind === "external" ? "from elsewhere" : count(shown.size, "module");
        const findings = shown.errors > 0 ? `, ${count(shown.errors, "finding")}` : "";
        const opens = shown.canOpen ? ", Enter opens it" : "";
        const node = s("g", {
            class: `node ${shown.kind} ${shown.governed ? "" : "ungoverned"}`, transform: `translate(${box.x},${box.y})`, tabindex: "-1",
            role: "listitem", "aria-label": `${shown.name}: ${what}${findings}${opens}`, "data-name": shown.name,
        },
        s("title", {}, `${shown.name}\n${what}${findings}`),
        s("rect", { width: box.width, height: box.height, rx: 7 }),
        s("text", { x: 12, y: 22 }, fitted(shown.label, box.width - 24 - (shown.canOpen ? 14 : 0) - (shown.errors > 0 ? 22 : 0))));
        if (shown.errors > 0) {
            node.append(s("g", { class: "badge", transform: `translate(${box.width - 15 - (shown.canOpen ? 14 : 0)},17)` },
                s("rect", { x: -11, y: -9, width: 22, height: 18, rx: 9 }), s("text", { y: 4, "text-anchor": "middle" }, shown.errors > 99 ? "99+" : String(shown.errors))));
        }
        if (shown.canOpen) node.append(s("text", { class: "more", x: box.width - 16, y: 22, "aria-hidden": "true" }, "+"));
        node.addEventListener("click", () => { this.choose(shown); });
        node.addEventListener("dblclick", () => { this.open(shown); });
        return node;
    }

    private link(link: Link, route: [number, number][] | undefined): SVGGElement {
        const [from, to] = [this.front.shown[link.from], this.front.shown[link.to]];
        const mark = markOf(link.flags);
        const width = Math.min(8, 1 + Math.log2(Math.max(1, link.imports)) * 0.6);
        const d = route === undefined || route.length < 4 ? curve(this.placed.boxes[link.from], this.placed.boxes[link.to]) : smooth(route, this.placed.boxes[link.from], this.placed.boxes[link.to]);
        const label = `${from.name} imports ${to.name}: ${count(link.imports, "import")}, ${MARK_WORDS[mark]}`;
        const group = s("g", { class: `link ${mark}`, role: "listitem", "aria-label": label, "data-from": from.name, "data-to": to.name, "data-imports": link.imports },
            s("title", {}, label),
            s("path", { class: "touch", d }),
            s("path", { class: "line", d, "stroke-width": width.toFixed(1), "marker-end": `url(#arrow-${mark})` }));
        group.addEventListener("click", () => {
            this.app.update({ selection: { kind: "edge", from: from.name, to: to.name } }, "select");
        });
        return group;
    }

    private choose(shown: Shown): void {
        if (shown.kind === "external") return;
        // A box of the rest goes by its own name.
        const name = shown.kind === "rest" ? shown.name : this.app.project.names[shown.module];
        this.app.update({ selection: { kind: "module", name } }, "select");
    }

    private open(shown: Shown): void {
        if (shown.canOpen) this.app.update({ ...toggleOpen(this.app, shown.module, false), selection: undefined }, "expand");
        else this.choose(shown);
    }

    private highlight(): void {
        const { selection } = this.app.state;
        const { shown, links } = this.front;
        const chosen = selection?.kind === "module" ? this.app.project.module(selection.name) : undefined;
        // An open package is all that is below it.
        const at = chosen !== undefined ? positions(this.app.project, this.front, chosen)
            : new Set([...shown.keys()].filter(position => selection?.kind === "module" && shown[position].name === selection.name));
        const lit = new Set<number>(at);
        links.forEach((link, position) => {
            const isChosen = selection?.kind === "edge"
                ? shown[link.from].name === selection.from && shown[link.to].name === selection.to
                : at.has(link.from) || at.has(link.to);
            if (isChosen) [link.from, link.to].forEach(end => lit.add(end));
            this.paths[position].classList.toggle("lit", isChosen);
        });
        this.nodes.forEach((node, position) => {
            node.classList.toggle("lit", lit.has(position));
            node.classList.toggle("chosen", at.has(position));
        });
        this.svg.classList.toggle("dimmed", lit.size > 0);
        this.svg.classList.toggle("dense", links.length > 140);
        this.roam(at.size === 0 ? 0 : Math.min(...at));
    }

    /** One box takes part in the order of tabs; the arrows lead to the others. */
    private roam(at: number): void {
        this.nodes.forEach((node, position) => { node.setAttribute("tabindex", position === Math.max(0, at) ? "0" : "-1"); });
    }

    private key(event: KeyboardEvent): void {
        const at = this.nodes.findIndex(node => node === document.activeElement);
        const shown = this.front.shown.at(at);
        if (at < 0 || shown === undefined) {
            if (event.key === "Enter" && this.nodes.length > 0) this.nodes[0].focus();
            return;
        }
        const step = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] }[event.key];
        if (step !== undefined) {
            const next = neighbour(this.placed.boxes, at, step[0], step[1]);
            if (next >= 0) {
                this.roam(next);
                this.nodes[next].focus();
            }
        } else if (event.key === "Enter") {
            if (event.shiftKey || !shown.canOpen) this.choose(shown);
            else this.open(shown);
        } else if (event.key === " ") this.choose(shown);
        else if (event.key === "Backspace" || event.key === "-") {
            const outer = shown.module < 0 ? -1 : shown.kind === "self" || shown.kind === "rest" ? shown.module : this.app.project.raw.modules.parent[shown.module];
            if (outer >= 0) {
                this.app.update({ ...toggleOpen(this.app, outer, true) }, "collapse");
                announce(`${this.app.project.names[outer]} is closed`);
            }
        } else return;
        event.preventDefault();
    }

    private scale(by: number): void {
        this.zoom.scaleBy(select(this.svg), by);
    }

    /** The zoom, as `zoomTo` takes it. */
    zoomed(): string {
        const { x, y, k } = zoomTransform(this.svg);
        return [x, y, k].join(" ");
    }

    zoomTo(text: string): void {
        const [x, y, k] = text.split(" ").map(Number);
        // What is not drawn has no size to zoom.
        if (this.svg.getBoundingClientRect().width > 0 && [x, y, k].every(Number.isFinite)) this.zoom.transform(select(this.svg), zoomIdentity.translate(x, y).scale(k));
    }

    fit(): void {
        const { width, height: whole } = this.svg.getBoundingClientRect();
        if (width === 0) return;
        // The legend is below.
        const height = whole - 50;
        const all = [this.placed.width + 120, this.placed.height + 40];
        const scale = Math.min(1.25, width / all[0], Math.max(height / all[1], 0.45));
        const transform = zoomIdentity.translate((width - this.placed.width * scale) / 2, Math.max(16, (height - this.placed.height * scale) / 2)).scale(scale);
        this.zoom.transform(select(this.svg), transform);
        this.svg.setAttribute("data-boxes", number(this.front.shown.length));
    }
}

function fitted(label: string, width: number): string {
    const most = Math.floor(width / 7);
    return label.length <= most ? label : `…${label.slice(-most + 1)}`;
}

function curve(from: Box, to: Box): string {
    const [x1, x2] = [from.x + from.width / 2, to.x + to.width / 2];
    if (to.y > from.y) {
        const [y1, y2] = [from.y + from.height, to.y - 2];
        const bend = Math.max(18, (y2 - y1) / 2);
        return `M${x1} ${y1} C${x1} ${y1 + bend} ${x2} ${y2 - bend} ${x2} ${y2}`;
    }
    if (to.y < from.y) {
        // Up: beside what leads down.
        const side = x2 >= x1 ? 12 : -12;
        const [y1, y2] = [from.y, to.y + to.height + 2];
        const bend = Math.max(18, (y1 - y2) / 2);
        return `M${x1 + side} ${y1} C${x1 + side} ${y1 - bend} ${x2 + side} ${y2 + bend} ${x2 + side} ${y2}`;
    }
    const [y, lift] = [from.y + from.height, 14 + Math.min(22, Math.abs(x2 - x1) / 20)];
    return `M${x1} ${y} C${x1} ${y + lift} ${x2} ${y + lift} ${x2} ${y + 2}`;
}

/** A line that leaves and comes in upright, and leads over the points between. */
function smooth(points: [number, number][], from: Box, to: Box): string {
    const down = to.y > from.y ? 1 : -1;
    const side = down > 0 ? 0 : 12;
    const end = (box: Box, isStart: boolean): [number, number] => [box.x + box.width / 2 + side, (down > 0) === isStart ? box.y + box.height : box.y];
    const inner = points.slice(1, -1);
    const all = [end(from, true), ...inner.filter(([, y]) => (y - from.y) * down > 0 && (to.y - y) * down > 0), end(to, false)];
    const parts = [`M${all[0].join(" ")}`];
    for (let at = 1; at < all.length; at++) {
        const [[x1, y1], [x2, y2]] = [all[at - 1], all[at]];
        const bend = (y2 - y1) / 2;
        parts.push(x1 === x2 ? `L${x2} ${y2}` : `C${x1} ${y1 + bend} ${x2} ${y2 - bend} ${x2} ${y2}`);
    }
    return parts.join("");
}

function neighbour(boxes: Box[], at: number, dx: number, dy: number): number {
    const center = (box: Box) => [box.x + box.width / 2, box.y + box.height / 2];
    const [x, y] = center(boxes[at]);
    let [best, least] = [-1, Infinity];
    boxes.forEach((box, position) => {
        const [there, down] = center(box);
        const [along, across] = dx !== 0 ? [(there - x) * dx, Math.abs(down - y) * 4] : [(down - y) * dy, Math.abs(there - x)];
        if (position !== at && along > 1 && along + across < least) [best, least] = [position, along + across];
    });
    return best;
}

function legend(isComparison: boolean): HTMLElement {
    const marks = MARKS.filter(mark => isComparison || (mark !== "new" && mark !== "gone"));
    return h("ul", { class: "legend", "aria-label": "What lines mean" }, ...marks.map(mark => h("li", { class: mark }, h("span", { class: "sample" }), MARK_WORDS[mark])));
}
