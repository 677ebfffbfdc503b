// The cycles: who is in each, a shortest one, and what to change so that none is left.

import { type App } from "./app";
import { button, count, h, number, s } from "./dom";
import { importList } from "./details";
import type { Project } from "./project";
import type { RawCycle } from "./raw";

const MOST_DRAWN = 18;
const MOST_MEMBERS = 60;

export function cyclesView(app: App): HTMLElement {
    const { cycles } = app.project.raw;
    if (cycles.length === 0) return h("div", { class: "cycles empty" }, h("h2", {}, "No cycles"), h("p", {}, "No boundary modules depend on each other in a circle, and no files import each other in one while they are loaded."));
    const at = Math.min(app.state.cycle, cycles.length - 1);
    const group = (level: RawCycle["level"], title: string) => {
        const its = cycles.map((cycle, position) => ({ cycle, position })).filter(({ cycle }) => cycle.level === level);
        return its.length === 0 ? undefined : h("div", {}, h("h3", {}, title), h("ul", {}, ...its.map(({ cycle, position }) => h("li", {},
            button(label(app.project, cycle), () => { app.update({ cycle: position }, "cycle"); }, { class: "link", "aria-current": position === at ? "true" : undefined }), h("span", { class: "note" }, ` ${count(cycle.members.length, "module")}, ${statements(cycle)}`)))));
    };
    return h("div", { class: "cycles" },
        h("nav", { "aria-label": "Cycles", tabindex: "0" }, group("boundaries", "Between boundary modules"), group("modules", "Between files, while they are loaded")),
        one(app, cycles[at]));
}

function label(project: Project, cycle: RawCycle): string {
    const [first, second] = cycle.members.map(member => project.names[member]);
    return cycle.members.length === 2 ? `${first} ⇄ ${second}` : `${first} and ${cycle.members.length - 1} more`;
}

function statements({ cut }: RawCycle): string {
    return cut.at_least === cut.statements ? `${number(cut.statements)} to change` : `${number(cut.at_least)} to ${number(cut.statements)} to change`;
}

function one(app: App, cycle: RawCycle): HTMLElement {
    const { project } = app;
    const { cut } = cycle;
    const isExact = cut.at_least === cut.statements;
    const links = (members: number[]) => members.map((member, position) => ({ from: member, to: members[(position + 1) % members.length] }));
    return h("section", { "aria-label": "A cycle", tabindex: "0" },
        h("h2", {}, label(project, cycle)),
        h("p", { class: "figures" }, h("strong", {}, count(cycle.members.length, cycle.level === "boundaries" ? "boundary module" : "module")), ` that all import each other, directly or not, by ${count(cycle.imports, "import")}. `,
            isExact ? `To change ${count(cut.statements, "statement")} leaves no cycle, and fewer do not.` : `To change ${count(cut.statements, "statement")} leaves no cycle; at least ${number(cut.at_least)} ${cut.at_least === 1 ? "has" : "have"} to change. The exact number is not known.`),
        h("div", { class: "actions" }, button("Show in map", () => {
            const name = project.names[cycle.shortest[0] ?? cycle.members[0]];
            const next = project.names[cycle.shortest[1] ?? cycle.members[1]];
            app.update({ view: "map", path: undefined, focus: name, selection: { kind: "edge", from: name, to: next } }, "focus");
        })),
        cycle.members.length <= MOST_DRAWN ? ring(app, cycle) : undefined,
        h("h3", {}, cycle.is_shortest ? "A shortest cycle" : "The shortest cycle that was found"),
        h("ol", { class: "chain" }, ...links(cycle.shortest).map(({ from, to }) => step(app, from, to))),
        h("h3", {}, isExact ? "The cheapest cut" : "A cheap cut"),
        cut.edges.reduce((sum, [, , its]) => sum + its, 0) > cut.statements ? h("p", { class: "note" }, "A statement that imports several of them stands with each, and counts once.") : undefined,
        project.raw.part.length > 0 ? h("p", { class: "note" }, "The cycle is that of the whole project; statements outside of the part that is shown are counted, and not listed.") : undefined,
        h("ul", { class: "cut" }, ...cut.edges.slice(0, 100).map(([from, to, its]) => h("li", {}, relation(app, from, to), ` ${count(its, "statement")}`,
            h("details", {}, h("summary", {}, "The statements"), importList(app, importsBetween(app, cycle, from, to), 40))))),
        cut.edges.length > 100 ? h("p", { class: "note" }, `and ${number(cut.edges.length - 100)} more`) : undefined,
        h("h3", {}, "Members"),
        h("p", { class: "members" }, ...cycle.members.slice(0, MOST_MEMBERS).flatMap(member => [h("code", {}, project.names[member]), " "]), cycle.members.length > MOST_MEMBERS ? `and ${number(cycle.members.length - MOST_MEMBERS)} more` : ""));
}

function relation(app: App, from: number, to: number): HTMLElement {
    const { names } = app.project;
    return button(`${names[from]} → ${names[to]}`, () => { app.update({ selection: { kind: "edge", from: names[from], to: names[to] } }, "select"); }, { class: "link" });
}

function step(app: App, from: number, to: number): HTMLElement {
    return h("li", {}, relation(app, from, to));
}

function importsBetween(app: App, cycle: RawCycle, from: number, to: number) {
    const { project } = app;
    const isPart = (module: number, member: number) => cycle.level === "modules" ? module === member : project.owner[module] === member;
    const seen = new Set<string>();
    const found = [];
    for (let edge = 0; edge < project.from.length; edge++) {
        if (!isPart(project.from[edge], from) || !isPart(project.to[edge], to)) continue;
        for (const it of project.importsOf(edge)) {
            const counts = cycle.level === "boundaries" ? it.kind !== "typing" && it.kind !== "dynamic" : ["runtime", "optional", "conditional"].includes(it.kind);
            const place = `${it.path}:${it.line}`;
            if (counts && !seen.has(place)) {
                seen.add(place);
                found.push(it);
            }
        }
    }
    return found;
}

/** The members around a circle, with what is cut and what is a shortest cycle. */
function ring(app: App, cycle: RawCycle): HTMLElement {
    const { project } = app;
    const { members } = cycle;
    const [width, height] = [640, members.length > 8 ? 420 : 300];
    const at = (position: number): [number, number] => {
        const angle = (position / members.length) * 2 * Math.PI - Math.PI / 2;
        return [width / 2 + Math.cos(angle) * (width / 2 - 130), height / 2 + Math.sin(angle) * (height / 2 - 34)];
    };
    const place = new Map(members.map((member, position) => [member, position]));
    const cut = new Set(cycle.cut.edges.map(([from, to]) => from * project.count + to));
    const shortest = new Set(cycle.shortest.map((member, position) => member * project.count + cycle.shortest[(position + 1) % cycle.shortest.length]));
    const keys = new Set<number>();
    for (let edge = 0; edge < project.from.length; edge++) {
        const ends = [project.from[edge], project.to[edge]].map(module => cycle.level === "modules" ? module : project.owner[module]);
        if (ends[0] !== ends[1] && place.has(ends[0]) && place.has(ends[1]) && project.atRuntime[edge] > 0) keys.add(ends[0] * project.count + ends[1]);
    }
    const lines = [...keys].map(key => {
        const [from, to] = [Math.floor(key / project.count), key % project.count];
        const [[x1, y1], [x2, y2]] = [at(place.get(from)!), at(place.get(to)!)];
        // Bent to one side, so that both ways between two are seen; and ended before the box.
        const [dx, dy] = [x2 - x1, y2 - y1];
        const length = Math.hypot(dx, dy) || 1;
        const [mx, my] = [(x1 + x2) / 2 - dy * 0.14, (y1 + y2) / 2 + dx * 0.14];
        const stop = Math.min(0.4, 26 / length);
        const end = [x2 + (mx - x2) * stop * 1.6, y2 + (my - y2) * stop * 1.6];
        const start = [x1 + (mx - x1) * stop * 1.6, y1 + (my - y1) * stop * 1.6];
        const kind = cut.has(key) ? "cut" : shortest.has(key) ? "shortest" : "plain";
        return s("path", { class: `ring ${kind}`, d: `M${start[0]} ${start[1]} Q${mx} ${my} ${end[0]} ${end[1]}`, "marker-end": `url(#ring-${kind})` });
    });
    const markers = ["cut", "shortest", "plain"].map(kind => s("marker", { id: `ring-${kind}`, class: `ring-arrow ${kind}`, viewBox: "0 0 10 10", refX: 8, refY: 5, markerWidth: 9, markerHeight: 9, markerUnits: "userSpaceOnUse", orient: "auto" }, s("path", { d: "M0 1 L10 5 L0 9 z" })));
    const nodes = members.map((member, position) => {
        const [x, y] = at(position);
        const text = project.short(member);
        const half = text.length * 3.6 + 12;
        return s("g", { class: "node tree", transform: `translate(${x - half},${y - 14})` }, s("title", {}, project.names[member]), s("rect", { width: half * 2, height: 28, rx: 7 }), s("text", { x: half, y: 19, "text-anchor": "middle" }, text));
    });
    return h("figure", {}, s("svg", { class: "ringed", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `The ${members.length} members and the imports between them` }, s("defs", {}, ...markers), ...lines, ...nodes),
        h("figcaption", {}, h("span", { class: "key cut" }, "to cut"), h("span", { class: "key shortest" }, "a shortest cycle")));
}
