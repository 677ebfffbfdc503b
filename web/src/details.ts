// What is known of one module or one link: each import with its line, what allows or denies it, and what is found there.

import { type App, reveal, toggleOpen } from "./app";
import { button, count, h, number, prose } from "./dom";
import { edgeFilter } from "./front";
import { fileLink } from "./links";
import { chain } from "./part";
import { type Import, type Project } from "./project";
import type { RawFinding } from "./raw";

const MOST_IMPORTS = 200;
const MOST_PAIRS = 40;

export function details(app: App): HTMLElement {
    const { selection, path } = app.state;
    if (selection === undefined) return path === undefined ? overview(app) : way(app, path);
    return selection.kind === "module" ? moduleDetails(app, selection.name) : edgeDetails(app, selection.from, selection.to);
}

/** The modules that the name of a box stands for. */
function members(project: Project, name: string): ((module: number) => boolean) | undefined {
    const self = /^(.*) \(its own file\)$/.exec(name);
    const rest = /^(.*?)\.?\* \(\d+ more\)$/.exec(name);
    const module = project.module(self?.[1] ?? rest?.[1] ?? name);
    if (module === undefined) return undefined;
    return self === null ? part => project.contains(module, part) : part => part === module;
}

function edgeDetails(app: App, from: string, to: string): HTMLElement {
    const { project } = app;
    const title = h("h2", {}, h("span", { class: "name" }, from), " → ", h("span", { class: "name" }, to));
    const [isFrom, isTo] = [members(project, from), members(project, to)];
    const external = project.raw.external_names.indexOf(to);
    if (isFrom !== undefined && isTo === undefined && external >= 0) return externalDetails(app, title, isFrom, external);
    if (isFrom === undefined || isTo === undefined) return h("section", {}, title, h("p", {}, "There is no such module any more."));
    const counts = edgeFilter(project, { ...app.state, rule: "", contract: "", onlyFound: false, owner: "" });
    const [inner, outer] = [project.module(from), project.module(to)];
    const edges: number[] = [];
    for (let edge = 0; edge < project.from.length; edge++) {
        const [source, target] = [project.from[edge], project.to[edge]];
        if (!isFrom(source) || !isTo(target) || !counts(edge)) continue;
        // Of two parts of which one lies in the other, what is in the inner one is not the outer one's.
        if (inner !== undefined && outer !== undefined && inner !== outer
            && ((project.contains(inner, outer) && isTo(source)) || (project.contains(outer, inner) && isFrom(target)))) continue;
        edges.push(edge);
    }
    const imports = edges.reduce((sum, edge) => sum + project.imports[edge], 0);
    const findings = [...new Set(edges.flatMap(edge => project.findingsAt.get(edge) ?? []))];
    return h("section", { "aria-label": "Details of an import" }, title,
        h("p", { class: "figures" }, h("strong", { "data-count": "edge-imports" }, number(imports)), ` import${imports === 1 ? "" : "s"} in `, count(edges.length, "pair"), " of modules"),
        found(app, findings),
        verdicts(app, edges),
        h("h3", {}, "Imports"),
        importList(app, edges.flatMap(edge => project.importsOf(edge))));
}

function externalDetails(app: App, title: HTMLElement, isFrom: (module: number) => boolean, external: number): HTMLElement {
    const { from, to } = app.project.raw.externals;
    const imports = from.flatMap((module, edge) => to[edge] === external && isFrom(module) ? app.project.externalImportsOf(edge) : []);
    return h("section", {}, title, h("p", { class: "figures" }, count(imports.length, "import"), " from outside the project"), importList(app, imports));
}

/** What the config says of each pair of boundary modules on the way. */
function verdicts(app: App, edges: number[]): HTMLElement {
    const { project } = app;
    const pairs = new Map<number, number>();
    let outside = 0;
    for (const edge of edges) {
        const [from, to] = [project.owner[project.from[edge]], project.owner[project.to[edge]]];
        if (from < 0 || to < 0) outside += project.imports[edge];
        else if (from !== to) pairs.set(from * project.count + to, (pairs.get(from * project.count + to) ?? 0) + project.imports[edge]);
    }
    const answer = (key: number, imports: number) => {
        const [from, to] = [Math.floor(key / project.count), key % project.count];
        const reasons = project.reasons(from, to) ?? [];
        const allowed = reasons.every(reason => reason.allows);
        return { allowed, element: h("li", { class: allowed ? "allows" : "denies" },
            h("p", {}, h("code", {}, project.names[from]), allowed ? " may import " : " may not import ", h("code", {}, project.names[to]), ` · ${count(imports, "import")}`),
            h("ul", {}, ...reasons.map(reason => h("li", { class: reason.allows ? "allows" : "denies" },
                h("span", { class: "code" }, reason.code), " ", ...prose(reason.text), " ",
                reason.file !== null && reason.line !== null ? fileLink(app.project, project.path(reason.file), reason.line) : undefined)))) };
    };
    const answers = [...pairs].map(([key, imports]) => answer(key, imports)).sort((a, b) => Number(a.allowed) - Number(b.allowed));
    return h("div", { class: "why" }, h("h3", {}, "What the config says"),
        answers.length > 0 ? h("ul", {}, ...answers.slice(0, MOST_PAIRS).map(it => it.element)) : undefined,
        answers.length > MOST_PAIRS ? h("p", { class: "note" }, `and of ${count(answers.length - MOST_PAIRS, "more pair")}`) : undefined,
        outside > 0 ? h("p", { class: "note" }, `${count(outside, "import")} from or of code that no boundary module owns, of which nothing is said here`) : undefined,
        answers.length === 0 && outside === 0 ? h("p", { class: "note" }, "Both are part of one boundary module.") : undefined);
}

export function importList(app: App, imports: Import[], most = MOST_IMPORTS): HTMLElement {
    const list = h("ol", { class: "imports" });
    const item = (it: Import) => h("li", {}, fileLink(app.project, it.path, it.line), " ", h("code", {}, it.name), it.kind === "runtime" ? undefined : h("span", { class: "kind" }, it.kind));
    list.append(...imports.slice(0, most).map(item));
    if (imports.length <= most) return list;
    const more = button(`Show ${number(imports.length - most)} more`, () => {
        list.append(...imports.slice(most).map(item));
        more.remove();
    });
    return h("div", {}, list, more);
}

export function found(app: App, findings: RawFinding[]): HTMLElement | undefined {
    if (findings.length === 0) return undefined;
    const { project } = app;
    return h("div", { class: "found" }, h("h3", {}, count(findings.length, "finding")), h("ul", {}, ...findings.slice(0, MOST_IMPORTS).map(it => h("li", { class: it.known ? "known" : it.severity },
        h("p", {}, h("span", { class: "code" }, it.code), " ", h("span", { class: "severity" }, it.known ? "in the baseline" : it.severity), " ", fileLink(project, project.path(it.file), it.line)),
        h("p", {}, ...prose(it.message)),
        it.help !== null ? h("p", { class: "help" }, ...prose(it.help)) : undefined,
        it.owner !== null ? h("p", { class: "note" }, `owner: ${it.owner}`) : undefined,
        it.contract !== null ? h("p", { class: "note" }, `contract: ${it.contract}`) : undefined,
        it.fix !== null ? h("p", { class: "note" }, "fix: ", ...prose(it.fix)) : undefined,
        it.chain !== undefined ? h("ol", { class: "chain" }, ...it.chain.map(hop => h("li", {}, h("code", {}, hop.importer), " imports ", h("code", {}, hop.imported), " ", fileLink(project, project.path(hop.file), hop.line)))) : undefined))));
}

function moduleDetails(app: App, name: string): HTMLElement {
    const { project, state } = app;
    const module = project.module(name);
    if (module === undefined) return h("section", {}, h("h2", {}, name), h("p", {}, "There is no such module any more."));
    const [imported, importers] = [new Map<number, number>(), new Map<number, number>()];
    const level = (other: number) => project.owner[other] >= 0 ? project.owner[other] : other;
    for (let edge = 0; edge < project.from.length; edge++) {
        const [from, to] = [project.contains(module, project.from[edge]), project.contains(module, project.to[edge])];
        if (from === to) continue;
        const [map, other] = from ? [imported, level(project.to[edge])] : [importers, level(project.from[edge])];
        map.set(other, (map.get(other) ?? 0) + project.imports[edge]);
    }
    const findings: RawFinding[] = [];
    for (const [part, its] of project.findingsIn) if (project.contains(module, part)) findings.push(...its);
    const layer = project.layerOf(module);
    const owner = project.owner[module];
    const path = project.pathOf(module);
    const isOpen = app.fronts.isOpen(state, module);
    const declared = owner < 0 ? undefined : project.boundaryAt[owner];
    const others = (title: string, map: Map<number, number>, link: (other: number) => { from: string; to: string }) => h("div", {},
        h("h3", {}, `${title} ${number(map.size)}`),
        h("ul", { class: "others" }, ...[...map].sort((a, b) => b[1] - a[1]).slice(0, 60).map(([other, imports]) => h("li", {},
            button(project.names[other], () => { app.update({ selection: { kind: "edge", ...link(other) } }, "select"); }, { class: "link" }), ` ${number(imports)}`))));
    return h("section", { "aria-label": "Details of a module" }, h("h2", {}, h("span", { class: "name" }, name)),
        h("div", { class: "actions" },
            button("Focus", () => { app.update({ view: "map", focus: name, path: undefined }, "focus"); }),
            project.isPackage(module) ? button(isOpen ? "Close" : "Open", () => { app.update({ ...toggleOpen(app, module, isOpen), view: state.view === "matrix" ? "matrix" : "map" }, isOpen ? "collapse" : "expand"); }) : undefined,
            button("Show in map", () => { app.update({ ...reveal(app, module), view: "map", focus: undefined, path: undefined }, "expand"); })),
        h("dl", {},
            ...term("File", path === undefined ? "none" : fileLink(project, path, 1)),
            ...term("Boundary module", owner < 0 ? "none owns it" : owner === module ? "itself" : project.names[owner]),
            ...(declared === undefined ? [] : term("Declared at", fileLink(project, project.path(project.raw.boundaries.file[declared]), project.raw.boundaries.line[declared]))),
            ...term("Layer", layer < 0 ? "none" : project.raw.layers[layer].name),
            ...term("Owner", project.ownerText(module) ?? "nobody named"),
            ...term("Modules", number(project.end[module] - module))),
        found(app, findings),
        others("Imports", imported, other => ({ from: name, to: project.names[other] })),
        others("Imported by", importers, other => ({ from: project.names[other], to: name })));
}

function term(title: string, value: string | HTMLElement): HTMLElement[] {
    return [h("dt", {}, title), h("dd", {}, value)];
}

function way(app: App, path: [string, string]): HTMLElement {
    const { project } = app;
    const [from, to] = path.map(name => project.module(name));
    const edges = from === undefined || to === undefined ? undefined : chain(project, from, to);
    return h("section", { "aria-label": "A way between two modules" }, h("h2", {}, h("span", { class: "name" }, path[0]), " ⇝ ", h("span", { class: "name" }, path[1])),
        edges === undefined ? h("p", {}, "No chain of imports leads there.") : h("ol", { class: "chain" }, ...edges.map(edge => {
            const first = project.importsOf(edge)[0];
            return h("li", {}, h("code", {}, project.names[project.from[edge]]), " imports ", h("code", {}, project.names[project.to[edge]]), " ", fileLink(project, first.path, first.line));
        })),
        button("Leave the way", () => { app.update({ path: undefined }, "focus"); }));
}

function overview(app: App): HTMLElement {
    const { project } = app;
    const { summary, coverage, contracts } = project.raw;
    return h("section", { "aria-label": "Overview" }, h("h2", {}, "Overview"),
        ...summary.text.map(line => h("p", {}, line)),
        h("p", {}, `${coverage.percent.toFixed(1)} % of the modules are governed, and ${number(coverage.governed_imports)} of ${count(coverage.imports, "import")}.`),
        contracts.length > 0 ? h("div", {}, h("h3", {}, "Contracts"), h("ul", { class: "contracts" }, ...contracts.map(it => h("li", { class: it.outcome },
            h("span", { class: "severity" }, it.outcome), " ", button(it.name, () => { app.update({ contract: app.state.contract === it.name ? "" : it.name }, "filter"); }, { class: "link" }), ` ${count(it.violations, "finding")}`)))) : undefined,
        h("p", { class: "note" }, "Click a line or a box to see what is behind it. Double-click a box, or press Enter on it, to open it; Backspace closes it again. Press / to search."),
        found(app, project.raw.findings.filter(it => !it.known)));
}
