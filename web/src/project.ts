// The model of the page with what is derived from it once: names, subtrees, boundary edges, numbers.

import type { RawEdges, RawFinding, RawModel, RawReason } from "./raw";

export const LISTED = 1;
export const GOVERNED = 2;
export const TEST = 4;
export const COUNTED = 8;

export const BROKEN = 1;
export const KNOWN = 2;
export const DEPRECATED = 4;
export const UNGOVERNED = 8;
export const TYPING = 16;
export const OFF = 32;
/** Of links, where two moments are compared. */
export const NEW = 64;
export const GONE = 128;

export const KINDS: Record<string, string> = {
    r: "runtime", t: "typing", d: "deferred", l: "lazy", o: "optional", c: "conditional", y: "dynamic",
};

export interface Place {
    path: string;
    line: number;
}

export interface Import extends Place {
    kind: string;
    /** What is imported, in full. */
    name: string;
}

/** Numbers of one row of the table. */
export interface Numbers {
    fanIn: number;
    fanOut: number;
    importsIn: number;
    importsOut: number;
}

export class Project {
    readonly raw: RawModel;
    readonly count: number;
    readonly names: string[];
    /** By module: the first that is not below it. */
    readonly end: Int32Array;
    readonly children: number[][];
    readonly roots: number[] = [];
    readonly flags: Uint8Array;
    readonly owner: Int32Array;
    /** By module: its position among the boundary modules, or -1. */
    readonly boundaryAt: Int32Array;
    /** By edge. */
    readonly from: Int32Array;
    readonly to: Int32Array;
    readonly edgeFlags: Uint8Array;
    /** By edge: how many imports, and how many of them are not for type checkers only. */
    readonly imports: Int32Array;
    readonly atRuntime: Int32Array;
    readonly externalAtRuntime: Int32Array;
    /** By edge: where its imports start. */
    readonly start: Int32Array;
    readonly externalStart: Int32Array;
    /** By module: the first edge from it; one more at the end. */
    readonly firstEdge: Int32Array;
    /** By edge: the findings about it. */
    readonly findingsAt = new Map<number, RawFinding[]>();
    readonly externalFindingsAt = new Map<number, RawFinding[]>();
    readonly findingsIn = new Map<number, RawFinding[]>();
    readonly lower: string[];
    readonly otherFile = new Map<number, number>();
    readonly externalOtherFile = new Map<number, number>();
    /** By module: how many that `graph` lists come before it; one more at the end. */
    private readonly listedBefore: Int32Array;
    private readonly externalReasonAt = new Map<number, number>();
    private readonly reasonsAt = new Map<number, [number, number]>();
    private readonly byName = new Map<string, number>();

    constructor(raw: RawModel) {
        this.raw = raw;
        const { parent, segment, flags, owner } = raw.modules;
        const count = this.count = parent.length;
        this.names = new Array<string>(count);
        this.children = Array.from({ length: count }, () => []);
        this.end = new Int32Array(count);
        for (let module = 0; module < count; module++) {
            const outer = parent[module];
            this.names[module] = outer < 0 ? segment[module] : `${this.names[outer]}.${segment[module]}`;
            (outer < 0 ? this.roots : this.children[outer]).push(module);
            this.byName.set(this.names[module], module);
        }
        for (let module = count - 1; module >= 0; module--) {
            const last = this.children[module].at(-1);
            this.end[module] = last === undefined ? module + 1 : this.end[last];
        }
        this.lower = this.names.map(name => name.toLowerCase());
        this.flags = Uint8Array.from(flags);
        this.owner = Int32Array.from(owner);
        this.boundaryAt = new Int32Array(count).fill(-1);
        raw.boundaries.module.forEach((module, position) => { this.boundaryAt[module] = position; });
        const edges = raw.edges;
        this.from = Int32Array.from(edges.from);
        this.to = Int32Array.from(edges.to);
        this.edgeFlags = Uint8Array.from(edges.flags);
        this.imports = Int32Array.from(edges.count);
        this.start = starts(edges.count);
        this.externalStart = starts(raw.externals.count);
        this.atRuntime = atRuntime(edges, this.start);
        this.externalAtRuntime = atRuntime(raw.externals, this.externalStart);
        this.listedBefore = new Int32Array(count + 1);
        for (let module = 0; module < count; module++) this.listedBefore[module + 1] = this.listedBefore[module] + (flags[module] & LISTED);
        this.firstEdge = new Int32Array(count + 1);
        for (const from of edges.from) this.firstEdge[from + 1]++;
        for (let module = 0; module < count; module++) this.firstEdge[module + 1] += this.firstEdge[module];
        edges.other.forEach((at, position) => this.otherFile.set(at, edges.other_file[position]));
        raw.externals.other.forEach((at, position) => this.externalOtherFile.set(at, raw.externals.other_file[position]));
        const byFile = new Map<number, number>();
        raw.modules.file.forEach((file, module) => { if (file >= 0) byFile.set(file, module); });
        for (const finding of raw.findings) {
            for (const edge of finding.edges) push(this.findingsAt, edge, finding);
            for (const edge of finding.externals) push(this.externalFindingsAt, edge, finding);
            const module = finding.module ?? byFile.get(finding.file);
            if (module !== undefined) push(this.findingsIn, module, finding);
        }
        let said = 0;
        raw.reasons.from.forEach((from, position) => {
            this.reasonsAt.set(from * count + raw.reasons.to[position], [said, said + raw.reasons.count[position]]);
            said += raw.reasons.count[position];
        });
        for (const [owner, name, reason] of raw.reasons.externals) this.externalReasonAt.set(owner + name * count, reason);
    }

    module(name: string): number | undefined {
        return this.byName.get(name);
    }

    /** Whether a module, or one below it, is of the part of the project that somebody asked for. */
    isAsked(module: number): boolean {
        return this.raw.part.length === 0 || this.listedBefore[this.end[module]] > this.listedBefore[module];
    }

    /** What a layer is called, with its config where several have layers. */
    layerName(layer: number): string {
        const { name, config } = this.raw.layers[layer];
        return config === null ? name : `${name} (${config})`;
    }

    path(file: number): string {
        const { folders, folder, name } = this.raw.files;
        const around = folders[folder[file]];
        return around === "" ? name[file] : `${around}/${name[file]}`;
    }

    pathOf(module: number): string | undefined {
        const file = this.raw.modules.file[module];
        return file < 0 ? undefined : this.path(file);
    }

    isPackage(module: number): boolean {
        return this.children[module].length > 0;
    }

    contains(outer: number, inner: number): boolean {
        return inner >= outer && inner < this.end[outer];
    }

    /** The layer of the boundary module that owns a module, or -1. */
    layerOf(module: number): number {
        const owner = this.owner[module];
        return owner < 0 ? -1 : this.raw.boundaries.layer[this.boundaryAt[owner]];
    }

    ownerText(module: number): string | undefined {
        const owner = this.owner[module];
        const text = owner < 0 ? -1 : this.raw.boundaries.owner[this.boundaryAt[owner]];
        return text < 0 ? undefined : this.raw.boundaries.owners[text];
    }

    importsOf(edge: number): Import[] {
        const { line, kind, member } = this.raw.edges;
        const file = this.raw.modules.file[this.from[edge]];
        const base = this.names[this.to[edge]];
        const found: Import[] = [];
        for (let at = this.start[edge]; at < this.start[edge + 1]; at++) {
            found.push({
                path: this.path(this.otherFile.get(at) ?? file),
                line: line[at],
                kind: KINDS[kind[at]],
                name: inFull(base, this.raw.members[member[at]]),
            });
        }
        return found;
    }

    externalImportsOf(edge: number): Import[] {
        const { from, to, line, kind, member } = this.raw.externals;
        const file = this.raw.modules.file[from[edge]];
        const base = this.raw.external_names[to[edge]];
        const found: Import[] = [];
        for (let at = this.externalStart[edge]; at < this.externalStart[edge + 1]; at++) {
            found.push({
                path: this.path(this.externalOtherFile.get(at) ?? file),
                line: line[at],
                kind: KINDS[kind[at]],
                name: inFull(base, this.raw.members[member[at]]),
            });
        }
        return found;
    }

    /** What the config says of two boundary modules; nothing where neither imports the other. */
    reasons(from: number, to: number): RawReason[] | undefined {
        const range = this.reasonsAt.get(from * this.count + to);
        if (range === undefined) return undefined;
        return this.raw.reasons.said.slice(range[0], range[1]).map(number => this.raw.reasons.all[number]);
    }

    /** What a boundary module says of something from elsewhere, if anything. */
    externalReason(owner: number, name: number): RawReason | undefined {
        const reason = this.externalReasonAt.get(owner + name * this.count);
        return reason === undefined ? undefined : this.raw.reasons.all[reason];
    }

    /** Edges between boundary modules, as `from * count + to`, with how many imports. */
    boundaryEdges(): Map<number, number> {
        const edges = new Map<number, number>();
        for (let edge = 0; edge < this.from.length; edge++) {
            const from = this.owner[this.from[edge]];
            const to = this.owner[this.to[edge]];
            if (from < 0 || to < 0 || from === to) continue;
            const key = from * this.count + to;
            edges.set(key, (edges.get(key) ?? 0) + this.imports[edge]);
        }
        return edges;
    }

    /** What a module is called where there is little room: its last two segments. */
    short(module: number): string {
        return this.names[module].split(".").slice(-2).join(".");
    }
}

/** Whether `check` reports a finding: the baseline does not know it, and its rule is not off there. */
export function isReported(finding: RawFinding): boolean {
    return !finding.known && !finding.off;
}

/** By edge: how many of its imports are not for type checkers only. */
function atRuntime({ count, kind }: RawEdges, start: Int32Array): Int32Array {
    return Int32Array.from(count, (imports, edge) => {
        let typing = 0;
        for (let at = start[edge]; at < start[edge + 1]; at++) if (kind[at] === "t") typing++;
        return imports - typing;
    });
}

function inFull(base: string, member: string): string {
    if (member === "") return base;
    return member.startsWith("=") ? member.slice(1) : `${base}.${member}`;
}

function starts(counts: number[]): Int32Array {
    const starts = new Int32Array(counts.length + 1);
    for (let position = 0; position < counts.length; position++) starts[position + 1] = starts[position] + counts[position];
    return starts;
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
    const list = map.get(key);
    if (list === undefined) map.set(key, [value]);
    else list.push(value);
}
