// The table: numbers of each module, to be sorted and taken along as CSV.

import { type App } from "./app";
import { button, count, h, number } from "./dom";
import { COUNTED, GOVERNED, LISTED, type Project } from "./project";

export interface Row {
    module: number;
    name: string;
    layer: string;
    owner: string;
    modules: number;
    fanIn: number;
    fanOut: number;
    instability: number;
    importsIn: number;
    importsOut: number;
    findings: number;
    known: number;
    coverage: number;
}

const COLUMNS: [keyof Row, string, string][] = [
    ["name", "Module", ""],
    ["findings", "Findings", "Findings in its files"],
    ["known", "Baseline", "Findings that the baseline knows"],
    ["layer", "Layer", ""],
    ["owner", "Owner", ""],
    ["modules", "Modules", "How many modules it is made of"],
    ["fanIn", "Fan-in", "How many others import it"],
    ["fanOut", "Fan-out", "How many others it imports"],
    ["instability", "Instability", "Fan-out / (fan-in + fan-out): 0 is only depended upon, 1 only depends"],
    ["importsIn", "Imports in", "How many imports of it there are elsewhere"],
    ["importsOut", "Imports out", "How many imports of others it has"],
    ["coverage", "Governed", "How many of a hundred of its modules a boundary module or a contract speaks of"],
];

const HEIGHT = 30;
const cache = new Map<string, Row[]>();

export function rows(project: Project, level: "boundaries" | "modules"): Row[] {
    const known = cache.get(level);
    if (known !== undefined) return known;
    const list = level === "boundaries" ? project.raw.boundaries.module.filter((_, at) => project.raw.boundaries.listed[at] === 1) : Array.from({ length: project.count }, (_, module) => module).filter(module => (project.flags[module] & LISTED) !== 0);
    const at = new Int32Array(project.count).fill(-1);
    const of = (module: number) => level === "modules" ? module : project.owner[module];
    const made: Row[] = list.map((module, position) => {
        at[module] = position;
        const layer = project.layerOf(module);
        return {
            module, name: project.names[module], layer: layer < 0 ? "" : project.layerName(layer), owner: project.ownerText(module) ?? "",
            modules: 0, fanIn: 0, fanOut: 0, instability: 0, importsIn: 0, importsOut: 0, findings: 0, known: 0, coverage: 0,
        };
    });
    const governed = new Int32Array(made.length);
    for (let module = 0; module < project.count; module++) {
        const row = of(module) < 0 ? -1 : at[of(module)];
        if (row < 0) continue;
        if ((project.flags[module] & COUNTED) !== 0) {
            made[row].modules++;
            if ((project.flags[module] & GOVERNED) !== 0) governed[row]++;
        }
        for (const finding of project.findingsIn.get(module) ?? []) {
            if (!finding.off) made[row][finding.known ? "known" : "findings"]++;
        }
    }
    const pairs = new Set<number>();
    for (let edge = 0; edge < project.from.length; edge++) {
        const [from, to] = [of(project.from[edge]), of(project.to[edge])];
        if (from === to || from < 0 || to < 0 || at[from] < 0 || at[to] < 0) continue;
        made[at[from]].importsOut += project.imports[edge];
        made[at[to]].importsIn += project.imports[edge];
        const key = from * project.count + to;
        if (pairs.has(key)) continue;
        pairs.add(key);
        made[at[from]].fanOut++;
        made[at[to]].fanIn++;
    }
    made.forEach((row, position) => {
        row.instability = row.fanIn + row.fanOut === 0 ? 0 : row.fanOut / (row.fanIn + row.fanOut);
        row.coverage = row.modules === 0 ? 0 : 100 * governed[position] / row.modules;
    });
    cache.set(level, made);
    return made;
}

export function csv(all: Row[]): string {
    // A cell that a spreadsheet would take for a formula is text.
    const cell = (value: string | number) => {
        const text = typeof value === "number" ? String(Math.round(value * 1000) / 1000) : /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
        return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
    };
    return [COLUMNS.map(([, title]) => title).join(","), ...all.map(row => COLUMNS.map(([key]) => cell(row[key])).join(","))].join("\r\n") + "\r\n";
}

function shownRows(app: App): Row[] {
    const { project, state } = app;
    const descending = state.sort.startsWith("-");
    const key = COLUMNS.find(([column]) => column === state.sort.replace(/^-/, ""))?.[0] ?? "findings";
    const wanted = state.search.toLowerCase();
    const found = rows(project, state.rows).filter(row => (wanted === "" || project.lower[row.module].includes(wanted)) && (state.owner === "" || row.owner === state.owner));
    const compare = (a: Row, b: Row) => {
        const [first, second] = [a[key], b[key]];
        if (typeof first === "number" && typeof second === "number") return first - second;
        return first < second ? -1 : Number(first !== second);
    };
    return found.sort((a, b) => (descending ? -compare(a, b) : compare(a, b)) || (a.module - b.module));
}

export function tableView(app: App): HTMLElement {
    const { state } = app;
    const all = shownRows(app);
    const isNarrowed = all.length < rows(app.project, state.rows).length;
    const body = h("tbody");
    const scroller = h("div", { class: "scroller", tabindex: "0", role: "region", "aria-label": "Numbers of each module" });
    const fill = () => {
        const first = Math.max(0, Math.floor(scroller.scrollTop / HEIGHT) - 10);
        const last = Math.min(all.length, first + Math.ceil((scroller.clientHeight || 800) / HEIGHT) + 24);
        const space = (height: number) => {
            const cell = h("td", { colspan: COLUMNS.length });
            cell.style.height = `${height}px`;
            return h("tr", { class: "space", "aria-hidden": "true" }, cell);
        };
        body.replaceChildren(space(first * HEIGHT), ...all.slice(first, last).map((row, position) => line(app, row, first + position)), space((all.length - last) * HEIGHT));
    };
    const head = h("tr", {}, ...COLUMNS.map(([key, title, help]) => {
        const isSorted = state.sort.replace(/^-/, "") === key;
        const descending = state.sort.startsWith("-");
        return h("th", { scope: "col", "aria-sort": isSorted ? descending ? "descending" : "ascending" : undefined },
            h("button", { type: "button", title: help, click: () => { app.update({ sort: isSorted && descending ? key : isSorted ? `-${key}` : key === "name" || key === "layer" || key === "owner" ? key : `-${key}` }, "sort"); } }, title, isSorted ? descending ? " ▼" : " ▲" : ""));
    }));
    scroller.append(h("table", { "aria-rowcount": all.length + 1 }, h("thead", {}, head), body));
    scroller.addEventListener("scroll", fill, { passive: true });
    requestAnimationFrame(fill);
    fill();
    const level = (rows: "boundaries" | "modules", title: string) => button(title, () => { app.update({ rows }, "table"); }, { "aria-pressed": state.rows === rows ? "true" : "false" });
    return h("div", { class: "table" },
        h("div", { class: "bar" }, h("div", { class: "choice", role: "group", "aria-label": "Rows" }, level("boundaries", "Boundary modules"), level("modules", "All modules")),
            h("span", { class: "note" }, isNarrowed ? `${number(all.length)} of ${count(rows(app.project, state.rows).length, "row")}` : count(all.length, "row")),
            button(isNarrowed ? `Save ${count(all.length, "row")} as CSV` : "Save as CSV", () => { save(app.project.raw.project, csv(all)); }, { title: isNarrowed ? "The rows that the search and the filters leave" : "All rows" })),
        scroller);
}

function line(app: App, row: Row, position: number): HTMLElement {
    const isChosen = app.state.selection?.kind === "module" && app.state.selection.name === row.name;
    return h("tr", { class: isChosen ? "chosen" : "", "aria-rowindex": position + 2, "data-module": row.name }, ...COLUMNS.map(([key]) => {
        const value = row[key];
        if (key === "name") return h("th", { scope: "row" }, button(row.name, () => { app.update({ selection: { kind: "module", name: row.name } }, "select"); }, { class: "link" }));
        const text = key === "instability" ? row.instability.toFixed(2) : key === "coverage" ? `${row.coverage.toFixed(0)} %` : typeof value === "number" ? number(value) : value;
        return h("td", { class: typeof value === "number" ? `digits ${value > 0 && key === "findings" ? "bad" : ""}` : "", "data-key": key }, text);
    }));
}

function save(project: string, text: string): void {
    const url = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
    h("a", { href: url, download: `${project}-modules.csv` }).click();
    setTimeout(() => { URL.revokeObjectURL(url); }, 10_000);
}
