// Which modules are drawn: a package stands for all that is below it until somebody opens it. All imports are added up for what is drawn.

import type { RawFinding } from "./raw";
import { BROKEN, COUNTED, DEPRECATED, GONE, isReported, KNOWN, LISTED, NEW, OFF, type Project, TEST, TYPING, UNGOVERNED } from "./project";
import type { State } from "./state";

/** How many modules are drawn at first, and how many of one package before the rest is one box. */
const MOST_AT_FIRST = 44;
const MOST_CHILDREN = 28;
const MOST_EXTERNALS = 12;
/** More than what anybody imports. */
const FOUND = 1e9;

export interface Shown {
    /** The module that it stands for, or -1. */
    module: number;
    /** All below a module, the module's own file alone, the rest of a package, or what lies elsewhere. */
    kind: "tree" | "self" | "rest" | "external";
    label: string;
    /** What it is called in full. */
    name: string;
    layer: number;
    /** How many modules it stands for. */
    size: number;
    governed: boolean;
    canOpen: boolean;
    errors: number;
}

export interface Link {
    from: number;
    to: number;
    imports: number;
    flags: number;
    /** The edges between modules that it stands for; those of externals where it leads to one. */
    edges: number[];
}

export interface Front {
    shown: Shown[];
    links: Link[];
    /** By module: its position among what is shown, or -1. */
    at: Int32Array;
}

/** What is open without anybody having said so: packages with boundary modules in them, as far as there is room. */
export function openAtFirst(project: Project): Set<number> {
    const inside = new Int32Array(project.count);
    for (let module = project.count - 1; module >= 0; module--) {
        for (const child of project.children[module]) {
            inside[module] += inside[child] + (project.boundaryAt[child] >= 0 ? 1 : 0);
        }
    }
    const open = new Set<number>();
    const size = (module: number) => Math.min(project.children[module].length, MOST_CHILDREN + 1);
    let shown = Math.min(project.roots.length, MOST_CHILDREN + 1);
    const waiting = project.roots.filter(root => project.isPackage(root));
    while (waiting.length > 0) {
        waiting.sort((a, b) => inside[a] - inside[b]);
        const next = waiting.pop()!;
        const isChain = project.children[next].length === 1 && (project.flags[next] & LISTED) === 0;
        const isWanted = inside[next] > 0 || isChain || (project.raw.boundaries.module.length === 0 && project.roots.includes(next));
        if (!isWanted || shown + size(next) > MOST_AT_FIRST) continue;
        open.add(next);
        shown += size(next);
        waiting.push(...project.children[next].filter(child => project.isPackage(child)));
    }
    return open;
}

/** Whether only what a finding or an owner has to do with is drawn. */
export function isFiltered(state: State): boolean {
    return state.rule !== "" || state.contract !== "" || state.owner !== "" || state.onlyFound;
}

/** Which edges count, by the filters, and how many imports each stands for. */
export interface Filter {
    edge(edge: number): boolean;
    imports(edge: number): number;
    external(edge: number): boolean;
    externalImports(edge: number): number;
}

export function filterOf(project: Project, state: State): Filter {
    const about = (finding: RawFinding) =>
        (state.rule === "" || finding.code === state.rule) && (state.contract === "" || finding.contract_id === state.contract) && !(finding.off && state.onlyFound);
    const isAsked = state.rule !== "" || state.contract !== "" || state.onlyFound;
    const { externals } = project.raw;
    // Asked for each edge of a large project.
    const counts = (edge: number, from: number, to: number, flags: number, findings: Map<number, RawFinding[]>) => {
        if (state.hideTests && ((project.flags[from] | project.flags[to]) & TEST) !== 0) return false;
        if (state.hideTyping && (flags & TYPING) !== 0) return false;
        if (state.owner !== "" && project.ownerText(from) !== state.owner && project.ownerText(to) !== state.owner) return false;
        return !isAsked || (findings.get(edge)?.some(about) ?? false);
    };
    return {
        edge: edge => counts(edge, project.from[edge], project.to[edge], project.edgeFlags[edge], project.findingsAt),
        imports: edge => state.hideTyping ? project.atRuntime[edge] : project.imports[edge],
        external: edge => counts(edge, externals.from[edge], externals.from[edge], externals.flags[edge], project.externalFindingsAt),
        externalImports: edge => state.hideTyping ? project.externalAtRuntime[edge] : externals.count[edge],
    };
}

export class Fronts {
    private readonly weight: Float64Array;
    private readonly atFirst: Set<number>;
    private readonly findings: Int32Array;

    constructor(private readonly project: Project) {
        this.atFirst = openAtFirst(project);
        const own = new Float64Array(project.count);
        this.findings = new Int32Array(project.count);
        for (let edge = 0; edge < project.from.length; edge++) {
            own[project.from[edge]] += project.imports[edge];
            own[project.to[edge]] += project.imports[edge];
            const found = project.findingsAt.get(edge)?.filter(isReported).length ?? 0;
            own[project.from[edge]] += found * 100_000;
            own[project.to[edge]] += found * 100_000;
        }
        for (const [module, found] of project.findingsIn) {
            this.findings[module] += found.filter(isReported).length;
        }
        this.weight = sums(project, own);
    }

    isOpen(state: State, module: number): boolean {
        if (!this.project.isPackage(module)) return false;
        const name = this.project.names[module];
        return state.open.has(name) || (this.atFirst.has(module) && !state.shut.has(name));
    }

    /** What is drawn. With `forced`, the modules that have to be there by themselves. O(modules + edges). */
    make(state: State, forced: number[] = []): Front {
        const { project } = this;
        const at = new Int32Array(project.count).fill(-1);
        const shown: Shown[] = [];
        const isForced = (module: number) => forced.some(it => project.contains(module, it));
        const visit = (modules: number[]) => {
            const wanted = modules.filter(module => project.isAsked(module) && !(state.hideTests && this.isAllTests(module)));
            const sorted = wanted.length <= MOST_CHILDREN ? wanted : [...wanted].sort((a, b) => this.weight[b] - this.weight[a]);
            const cut = new Set(sorted.slice(0, MOST_CHILDREN));
            const rest = wanted.filter(module => !cut.has(module) && !isForced(module) && !this.isOpen(state, module));
            const restSet = new Set(rest);
            for (const module of wanted) {
                if (restSet.has(module)) continue;
                const isAround = forced.some(it => it !== module && project.contains(module, it));
                if (isAround || this.isOpen(state, module)) {
                    if (project.raw.modules.file[module] >= 0) {
                        at[module] = shown.length;
                        shown.push(this.box(module, "self", module, module + 1));
                    }
                    visit(project.children[module]);
                } else {
                    at.fill(shown.length, module, project.end[module]);
                    shown.push(this.box(module, "tree", module, project.end[module]));
                }
            }
            if (rest.length > 0) {
                for (const module of rest) at.fill(shown.length, module, project.end[module]);
                const parent = project.raw.modules.parent[rest[0]];
                const box = this.box(parent, "rest", rest[0], rest[0]);
                const around = parent < 0 ? "" : `${project.names[parent]}.`;
                for (const module of rest) {
                    const part = this.box(module, "tree", module, project.end[module]);
                    box.size += part.size;
                    box.errors += part.errors;
                    if (!part.governed) continue;
                    box.layer = !box.governed || box.layer === part.layer ? part.layer : -1;
                    box.governed = true;
                }
                box.label = `${rest.length} more`;
                box.name = `${around}* (${rest.length} more)`;
                shown.push(box);
            }
        };
        visit(project.roots);
        const links = this.links(state, at);
        if (state.externals) this.addExternals(state, at, shown, links);
        return { shown, links, at };
    }

    private isAllTests(module: number): boolean {
        for (let part = module; part < this.project.end[module]; part++) {
            if ((this.project.flags[part] & COUNTED) !== 0 && (this.project.flags[part] & TEST) === 0) return false;
        }
        return true;
    }

    private box(module: number, kind: Shown["kind"], first: number, end: number): Shown {
        const { project } = this;
        let [size, errors, governed, layer, hasLayer] = [0, 0, false, -1, false];
        for (let part = first; part < end; part++) {
            if ((project.flags[part] & (LISTED | COUNTED)) !== 0) size++;
            errors += this.findings[part];
            if (project.owner[part] < 0) continue;
            governed = true;
            const its = project.layerOf(part);
            layer = !hasLayer || its === layer ? its : -1;
            hasLayer = true;
        }
        const name = module < 0 ? "" : project.names[module];
        const label = kind === "self" ? `${project.short(module)} ·` : module < 0 ? "" : project.short(module);
        return {
            module, kind, label, layer, size, governed, errors,
            name: kind === "self" ? `${name} (its own file)` : name,
            canOpen: kind === "tree" && project.isPackage(module),
        };
    }

    private links(state: State, at: Int32Array): Link[] {
        const { project } = this;
        const filter = filterOf(project, state);
        const width = project.count + 1;
        const links = new Links(width);
        const { added, gone } = project.raw.changes ?? { added: [], gone: [] };
        const isNew = new Set(added.map(([from, to]) => from * width + to));
        for (let edge = 0; edge < project.from.length; edge++) {
            const from = at[project.from[edge]];
            const to = at[project.to[edge]];
            if (from < 0 || to < 0 || from === to || !filter.edge(edge)) continue;
            const [owner, other] = [project.owner[project.from[edge]], project.owner[project.to[edge]]];
            const came = owner >= 0 && isNew.has(owner * width + other) ? NEW : 0;
            links.add(from, to, edge, filter.imports(edge), project.edgeFlags[edge] | came);
        }
        for (const pair of gone) {
            const [from, to] = [at[pair[0]], at[pair[1]]];
            if (from >= 0 && to >= 0 && from !== to) links.addGone(from, to);
        }
        return links.all;
    }

    /** Of what lies elsewhere there is room for little: what is found at an import of it comes first, then what is imported most. */
    private addExternals(state: State, at: Int32Array, shown: Shown[], links: Link[]): void {
        const { project } = this;
        const { from, to, flags } = project.raw.externals;
        const filter = filterOf(project, state);
        const totals = new Map<number, number>();
        for (let edge = 0; edge < from.length; edge++) {
            if (at[from[edge]] < 0 || !filter.external(edge)) continue;
            const weight = (flags[edge] & (BROKEN | KNOWN | OFF | DEPRECATED)) !== 0 ? FOUND : 0;
            totals.set(to[edge], (totals.get(to[edge]) ?? 0) + filter.externalImports(edge) + weight);
        }
        const top = [...totals].sort((a, b) => b[1] - a[1]).slice(0, MOST_EXTERNALS).map(([name]) => name);
        const box = new Map(top.map((name, position) => [name, shown.length + position]));
        for (const name of top) {
            const label = project.raw.external_names[name];
            shown.push({ module: -1, kind: "external", label, name: label, layer: -2, size: 0, governed: true, canOpen: false, errors: 0 });
        }
        const found = new Links(shown.length);
        for (let edge = 0; edge < from.length; edge++) {
            const [source, target] = [at[from[edge]], box.get(to[edge])];
            if (source >= 0 && target !== undefined && filter.external(edge)) found.add(source, target, edge, filter.externalImports(edge), flags[edge]);
        }
        links.push(...found.all);
    }
}

/** Edges added up by what they lead from and to. */
class Links {
    readonly all: Link[] = [];
    private readonly at = new Map<number, Link>();

    constructor(private readonly width: number) {}

    add(from: number, to: number, edge: number, imports: number, flags: number): void {
        const key = from * this.width + to;
        const link = this.at.get(key);
        if (link === undefined) {
            const made = { from, to, imports, flags, edges: [edge] };
            this.at.set(key, made);
            this.all.push(made);
            return;
        }
        link.imports += imports;
        link.edges.push(edge);
        // What is said of nothing, and what is for type checkers only, has to hold of all.
        link.flags = (link.flags & flags & (UNGOVERNED | TYPING)) | ((link.flags | flags) & (BROKEN | KNOWN | OFF | DEPRECATED | NEW));
    }

    /** What was there at another moment, unless something still is. */
    addGone(from: number, to: number): void {
        const key = from * this.width + to;
        if (this.at.has(key)) return;
        const made = { from, to, imports: 0, flags: GONE, edges: [] };
        this.at.set(key, made);
        this.all.push(made);
    }
}

/** By module: the sum over all that is below it. */
function sums(project: Project, own: Float64Array): Float64Array {
    const all = Float64Array.from(own);
    for (let module = project.count - 1; module >= 0; module--) {
        const parent = project.raw.modules.parent[module];
        if (parent >= 0) all[parent] += all[module];
    }
    return all;
}
