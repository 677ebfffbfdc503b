// Which modules are drawn: a package stands for all that is below it until somebody opens it. All imports are added up for what is drawn.

import type { RawFinding } from "./raw";
import { BROKEN, COUNTED, DEPRECATED, GONE, KNOWN, LISTED, NEW, type Project, TEST, TYPING, UNGOVERNED } from "./project";
import type { State } from "./state";

/** How many modules are drawn at first, and how many of one package before the rest is one box. */
const MOST_AT_FIRST = 44;
const MOST_CHILDREN = 28;
const MOST_EXTERNALS = 12;

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

/** Which edges between modules count, by the filters. */
export function edgeFilter(project: Project, state: State): (edge: number) => boolean {
    const about = (finding: RawFinding) =>
        (state.rule === "" || finding.code === state.rule) && (state.contract === "" || finding.contract === state.contract);
    const isAsked = state.rule !== "" || state.contract !== "" || state.onlyFound;
    return edge => {
        const from = project.from[edge];
        const to = project.to[edge];
        if (state.hideTests && ((project.flags[from] | project.flags[to]) & TEST) !== 0) return false;
        if (state.hideTyping && (project.edgeFlags[edge] & TYPING) !== 0) return false;
        if (state.owner !== "" && project.ownerText(from) !== state.owner && project.ownerText(to) !== state.owner) return false;
        if (isAsked && !(project.findingsAt.get(edge)?.some(about) ?? false)) return false;
        return true;
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
            const found = project.findingsAt.get(edge)?.filter(it => !it.known).length ?? 0;
            own[project.from[edge]] += found * 100_000;
            own[project.to[edge]] += found * 100_000;
        }
        for (const [module, found] of project.findingsIn) {
            this.findings[module] += found.filter(it => !it.known).length;
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
            const wanted = modules.filter(module => !state.hideTests || !this.isAllTests(module));
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
                    box.governed ||= part.governed;
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
        const counts = edgeFilter(project, state);
        const found = new Map<number, Link>();
        const width = project.count + 1;
        const { added, gone } = project.raw.changes ?? { added: [], gone: [] };
        const isNew = new Set(added.map(([from, to]) => from * width + to));
        for (let edge = 0; edge < project.from.length; edge++) {
            const from = at[project.from[edge]];
            const to = at[project.to[edge]];
            if (from < 0 || to < 0 || from === to || !counts(edge)) continue;
            const key = from * width + to;
            const [owner, other] = [project.owner[project.from[edge]], project.owner[project.to[edge]]];
            const flags = project.edgeFlags[edge] | (owner >= 0 && isNew.has(owner * width + other) ? NEW : 0);
            const imports = state.hideTyping ? project.atRuntime[edge] : project.imports[edge];
            const link = found.get(key);
            if (link === undefined) {
                found.set(key, { from, to, imports, flags, edges: [edge] });
                continue;
            }
            link.imports += imports;
            link.edges.push(edge);
            link.flags = (link.flags & flags & (UNGOVERNED | TYPING)) | ((link.flags | flags) & (BROKEN | KNOWN | DEPRECATED | NEW));
        }
        for (const pair of gone) {
            const [from, to] = [at[pair[0]], at[pair[1]]];
            const key = from * width + to;
            if (from >= 0 && to >= 0 && from !== to && !found.has(key)) found.set(key, { from, to, imports: 0, flags: GONE, edges: [] });
        }
        return [...found.values()];
    }

    private addExternals(state: State, at: Int32Array, shown: Shown[], links: Link[]): void {
        const { from, to, count } = this.project.raw.externals;
        const totals = new Map<number, number>();
        to.forEach((name, edge) => totals.set(name, (totals.get(name) ?? 0) + count[edge]));
        const top = [...totals].sort((a, b) => b[1] - a[1]).slice(0, MOST_EXTERNALS).map(([name]) => name);
        const box = new Map(top.map((name, position) => [name, shown.length + position]));
        for (const name of top) {
            const label = this.project.raw.external_names[name];
            shown.push({ module: -1, kind: "external", label, name: label, layer: -2, size: 0, governed: true, canOpen: false, errors: 0 });
        }
        const found = new Map<number, Link>();
        for (let edge = 0; edge < from.length; edge++) {
            const [source, target] = [at[from[edge]], box.get(to[edge])];
            if (source < 0 || target === undefined) continue;
            if (state.hideTests && (this.project.flags[from[edge]] & TEST) !== 0) continue;
            const link = found.get(source * shown.length + target);
            if (link === undefined) found.set(source * shown.length + target, { from: source, to: target, imports: count[edge], flags: 0, edges: [edge] });
            else {
                link.imports += count[edge];
                link.edges.push(edge);
            }
        }
        links.push(...found.values());
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
