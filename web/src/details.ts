// What is known of one module or one link: each import with its line, what allows or denies it, and what is found there.

import { type App, reveal, toggleOpen } from "./app";
import { button, count, h, number, prose } from "./dom";
import { type Filter, filterOf } from "./front";
import { fileLink } from "./links";
import { chain } from "./part";
import { type Import, isReported, type Project } from "./project";
import type { RawFinding, RawReason } from "./raw";
import { whole } from "./visible";

const MOST_IMPORTS = 200;
const MOST_PAIRS = 40;

export function details(app: App): HTMLElement {
    const { selection, path } = app.state;
    if (selection === undefined) return path === undefined ? overview(app) : way(app, path);
    return selection.kind === "module" ? moduleDetails(app, selection.name) : edgeDetails(app, selection.from, selection.to);
}

/** What the name of a box, or of a part in a list, stands for. */
interface Part {
    has(module: number): boolean;
    /** The module that it is, or is of; nothing for a box of the rest. */
    module: number | undefined;
}

const OWN_FILE = "its own file";
const OWN_PART = "its own part";

function partOf(app: App, name: string): Part | undefined {
    const { project } = app;
    const own = /^(.*) \((its own file|its own part)\)$/.exec(name);
    const module = project.module(own?.[1] ?? name);
    if (module !== undefined) {
        if (own === null) return { module, has: part => project.contains(module, part) };
        return { module, has: own[2] === OWN_FILE ? part => part === module : part => project.owner[part] === module };
    }
    // Which modules a box of the rest stands for depends on what else is drawn.
    const front = whole(app);
    const position = front.shown.findIndex(shown => shown.kind === "rest" && shown.name === name);
    return position < 0 ? undefined : { module: undefined, has: part => front.at[part] === position };
}

/** What a module goes by where only what it owns is meant, or only its file where nothing owns it. */
function nameOfOwn(project: Project, module: number): string {
    const name = project.names[module];
    if (project.owner[module] !== module) return project.isPackage(module) ? `${name} (${OWN_FILE})` : name;
    for (let part = module; part < project.end[module]; part++) if (project.owner[part] !== module) return `${name} (${OWN_PART})`;
    return name;
}

const GONE = "There is nothing of that name here.";

function edgeDetails(app: App, from: string, to: string): HTMLElement {
    const { project } = app;
    const title = h("h2", {}, h("span", { class: "name" }, from), " → ", h("span", { class: "name" }, to));
    const [source, target] = [partOf(app, from), partOf(app, to)];
    const external = project.raw.external_names.indexOf(to);
    if (source !== undefined && target === undefined && external >= 0) return externalDetails(app, title, source, external);
    if (source === undefined || target === undefined) return h("section", {}, title, h("p", {}, GONE));
    const filter = filterOf(project, { ...app.state, rule: "", contract: "", onlyFound: false, owner: "" });
    const [inner, outer] = [source.module, target.module];
    const edges: number[] = [];
    for (let edge = 0; edge < project.from.length; edge++) {
        const [importer, imported] = [project.from[edge], project.to[edge]];
        if (!source.has(importer) || !target.has(imported) || !filter.edge(edge)) continue;
        // Of two parts of which one lies in the other, what is in the inner one is not the outer one's.
        if (inner !== undefined && outer !== undefined && inner !== outer
            && ((project.contains(inner, outer) && target.has(importer)) || (project.contains(outer, inner) && source.has(imported)))) continue;
        edges.push(edge);
    }
    const imports = edges.reduce((sum, edge) => sum + filter.imports(edge), 0);
    const findings = [...new Set(edges.flatMap(edge => project.findingsAt.get(edge) ?? []))];
    return h("section", { "aria-label": "Details of an import" }, title,
        h("p", { class: "figures" }, h("strong", { "data-count": "edge-imports" }, number(imports)), ` import${imports === 1 ? "" : "s"} in `, count(edges.length, "pair"), " of modules"),
        found(app, findings),
        verdicts(app, edges, filter),
        h("h3", {}, "Imports"),
        importList(app, edges.flatMap(edge => project.importsOf(edge)).filter(it => counts(app, it))));
}

/** Whether the filters leave an import. */
function counts(app: App, it: Import): boolean {
    return !(app.state.hideTyping && it.kind === "typing");
}

function externalDetails(app: App, title: HTMLElement, source: Part, external: number): HTMLElement {
    const { project } = app;
    const { from, to } = project.raw.externals;
    const filter = filterOf(project, { ...app.state, rule: "", contract: "", onlyFound: false, owner: "" });
    const edges = [...from.keys()].filter(edge => to[edge] === external && source.has(from[edge]) && filter.external(edge));
    const imports = edges.reduce((sum, edge) => sum + filter.externalImports(edge), 0);
    const findings = [...new Set(edges.flatMap(edge => project.externalFindingsAt.get(edge) ?? []))];
    const owners = [...new Set(edges.map(edge => project.owner[from[edge]]))].filter(owner => owner >= 0);
    const said = owners.map(owner => project.externalReason(owner, external)).filter(reason => reason !== undefined);
    return h("section", { "aria-label": "Details of an import" }, title,
        h("p", { class: "figures" }, h("strong", { "data-count": "edge-imports" }, number(imports)), ` import${imports === 1 ? "" : "s"} from outside the project`),
        found(app, findings),
        h("div", { class: "why" }, h("h3", {}, "What the config says"),
            said.length > 0 ? h("ul", {}, ...said.slice(0, MOST_PAIRS).map(reason => told(app, reason, findings))) : h("p", { class: "note" }, "No key of a boundary module speaks of it.")),
        h("h3", {}, "Imports"),
        importList(app, edges.flatMap(edge => project.externalImportsOf(edge)).filter(it => counts(app, it))));
}

/** A reason with its line in the config, and whether its rule is off for what is found. */
function told(app: App, reason: RawReason, findings: RawFinding[]): HTMLElement {
    const its = findings.filter(finding => finding.code === reason.code);
    const isOff = !reason.allows && its.length > 0 && its.every(finding => finding.off);
    return h("li", { class: reason.allows ? "allows" : "denies" },
        h("span", { class: "code" }, reason.code), " ", ...prose(reason.text), " ",
        reason.file !== null && reason.line !== null ? fileLink(app.project, app.project.path(reason.file), reason.line) : undefined,
        isOff ? h("span", { class: "note" }, " · the rule is off here") : undefined);
}

/** What the config says of each pair of boundary modules on the way. */
function verdicts(app: App, edges: number[], filter: Filter): HTMLElement {
    const { project } = app;
    const pairs = new Map<number, { imports: number; findings: RawFinding[] }>();
    let outside = 0;
    for (const edge of edges) {
        const [from, to] = [project.owner[project.from[edge]], project.owner[project.to[edge]]];
        if (from < 0 || to < 0) outside += filter.imports(edge);
        else if (from !== to) {
            const pair = pairs.get(from * project.count + to) ?? { imports: 0, findings: [] };
            pair.imports += filter.imports(edge);
            pair.findings.push(...project.findingsAt.get(edge) ?? []);
            pairs.set(from * project.count + to, pair);
        }
    }
    const answer = (key: number, imports: number, findings: RawFinding[]) => {
        const [from, to] = [Math.floor(key / project.count), key % project.count];
        const reasons = project.reasons(from, to) ?? [];
        const allowed = reasons.every(reason => reason.allows);
        const denying = reasons.filter(reason => !reason.allows);
        const isUnseen = !allowed && !findings.some(finding => denying.some(reason => reason.code === finding.code));
        return { allowed, element: h("li", { class: allowed ? "allows" : "denies" },
            h("p", {}, h("code", {}, project.names[from]), allowed ? " may import " : " may not import ", h("code", {}, project.names[to]), ` · ${count(imports, "import")}`),
            h("ul", {}, ...reasons.map(reason => told(app, reason, findings))),
            isUnseen ? h("p", { class: "note" }, "No rule looks at these imports: their kind does not count, or an exception leaves them out.") : undefined) };
    };
    const answers = [...pairs].map(([key, { imports, findings }]) => answer(key, imports, findings)).sort((a, b) => Number(a.allowed) - Number(b.allowed));
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
    const [off, others] = [findings.filter(finding => finding.off), findings.filter(finding => !finding.off)];
    return h("div", { class: "found" },
        ...listed(app, count(others.length, "finding"), others),
        ...listed(app, `Not allowed, and not reported: ${off.length === 1 ? "the rule is" : "rules are"} off here`, off));
}

function listed(app: App, title: string, findings: RawFinding[]): HTMLElement[] {
    const { project } = app;
    const fate = (it: RawFinding) => it.off ? "switched off" : it.known ? "in the baseline" : it.severity;
    if (findings.length === 0) return [];
    return [h("h3", {}, title), h("ul", {}, ...findings.slice(0, MOST_IMPORTS).map(it => h("li", { class: it.off ? "off" : it.known ? "known" : it.severity },
        h("p", {}, h("span", { class: "code" }, it.code), " ", h("span", { class: "severity" }, fate(it)), " ", fileLink(project, project.path(it.file), it.line)),
        h("p", {}, ...prose(it.message)),
        it.help !== null ? h("p", { class: "help" }, ...prose(it.help)) : undefined,
        it.owner !== null ? h("p", { class: "note" }, `owner: ${it.owner}`) : undefined,
        it.contract !== null ? h("p", { class: "note" }, `contract: ${it.contract}`) : undefined,
        it.fix !== null ? h("p", { class: "note" }, "fix: ", ...prose(it.fix)) : undefined,
        it.chain !== undefined ? h("ol", { class: "chain" }, ...it.chain.map(hop => h("li", {}, h("code", {}, hop.importer), " imports ", h("code", {}, hop.imported), " ", fileLink(project, project.path(hop.file), hop.line)))) : undefined)))];
}

/** The modules of a package that have no room of their own. */
function restDetails(app: App, name: string, rest: Part): HTMLElement {
    const { project } = app;
    const isTop = (module: number) => rest.has(module) && !(project.raw.modules.parent[module] >= 0 && rest.has(project.raw.modules.parent[module]));
    const modules = project.names.map((_, module) => module).filter(isTop);
    return h("section", { "aria-label": "Details of a module" }, h("h2", {}, h("span", { class: "name" }, name)),
        h("p", {}, `${count(modules.length, "module")} with all that is below, for which there is no room. Choose one, and show it in the map.`),
        h("ul", { class: "others" }, ...modules.slice(0, 400).map(module => h("li", {}, button(project.names[module], () => { app.update({ selection: { kind: "module", name: project.names[module] } }, "select"); }, { class: "link" })))),
        modules.length > 400 ? h("p", { class: "note" }, `and ${number(modules.length - 400)} more: search for them`) : undefined);
}

function moduleDetails(app: App, name: string): HTMLElement {
    const { project, state } = app;
    const module = project.module(name);
    if (module === undefined) {
        const rest = partOf(app, name);
        return rest !== undefined ? restDetails(app, name, rest) : h("section", {}, h("h2", {}, name), h("p", {}, GONE));
    }
    const filter = filterOf(project, { ...state, rule: "", contract: "", onlyFound: false, owner: "" });
    const [imported, importers] = [new Map<number, number>(), new Map<number, number>()];
    const level = (other: number) => project.owner[other] >= 0 ? project.owner[other] : other;
    for (let edge = 0; edge < project.from.length; edge++) {
        const [from, to] = [project.contains(module, project.from[edge]), project.contains(module, project.to[edge])];
        if (from === to || !filter.edge(edge)) continue;
        const [map, other] = from ? [imported, level(project.to[edge])] : [importers, level(project.from[edge])];
        map.set(other, (map.get(other) ?? 0) + filter.imports(edge));
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
            button(nameOfOwn(project, other), () => { app.update({ selection: { kind: "edge", ...link(other) } }, "select"); }, { class: "link" }), " ", h("span", { class: "count" }, number(imports))))),
        map.size > 60 ? h("p", { class: "note" }, `and ${number(map.size - 60)} more`) : undefined);
    return h("section", { "aria-label": "Details of a module" }, h("h2", {}, h("span", { class: "name" }, name)),
        h("div", { class: "actions" },
            button("Focus", () => { app.update({ view: "map", focus: name, path: undefined }, "focus"); }),
            project.isPackage(module) ? button(isOpen ? "Close" : "Open", () => { app.update({ ...toggleOpen(app, module, isOpen), view: state.view === "matrix" ? "matrix" : "map" }, isOpen ? "collapse" : "expand"); }) : undefined,
            button("Show in map", () => { app.update({ ...reveal(app, module), view: "map", focus: undefined, path: undefined }, "expand"); })),
        h("dl", {},
            ...term("File", path === undefined ? "none" : fileLink(project, path, 1)),
            ...term("Boundary module", owner < 0 ? "none owns it" : owner === module ? "itself" : project.names[owner]),
            ...(declared === undefined ? [] : term("Declared at", fileLink(project, project.path(project.raw.boundaries.file[declared]), project.raw.boundaries.line[declared]))),
            ...term("Layer", layer < 0 ? "none" : project.layerName(layer)),
            ...term("Owner", project.ownerText(module) ?? "nobody named"),
            ...term("Modules", number(project.end[module] - module))),
        found(app, findings),
        others("Imports", imported, other => ({ from: name, to: nameOfOwn(project, other) })),
        others("Imported by", importers, other => ({ from: nameOfOwn(project, other), to: name })));
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
        h("p", { class: "note" }, "That counts import statements, whatever they import. The head of the page, the map and the tables count each name of a module of the project that is imported, as ringfence graph does."),
        project.raw.part.length > 0 ? h("p", { class: "note" }, `Only ${project.raw.part.join(", ")} is shown, with what it imports. What is governed is that of the whole project.`) : undefined,
        h("p", {}, `${coverage.percent.toFixed(1)} % of the modules are governed, and ${number(coverage.governed_imports)} of ${count(coverage.imports, "import")}.`),
        contracts.length > 0 ? h("div", {}, h("h3", {}, "Contracts"), h("ul", { class: "contracts" }, ...contracts.map(it => h("li", { class: it.outcome },
            h("span", { class: "severity" }, it.outcome), " ", button(it.name, () => { app.update({ contract: app.state.contract === it.id ? "" : it.id }, "filter"); }, { class: "link" }), ` ${count(it.violations, "finding")}`)))) : undefined,
        h("p", { class: "note" }, "Click a line or a box to see what is behind it. Double-click a box, or press Enter on it, to open it; Backspace closes it again. Press / to search."),
        found(app, project.raw.findings.filter(isReported)));
}
