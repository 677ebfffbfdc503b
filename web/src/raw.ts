// What `ringfence explore` puts into the page; `src/explorer` in the Rust sources has the same shapes. -1 stands for nothing.

export interface RawEdges {
    from: number[];
    to: number[];
    count: number[];
    flags: number[];
    line: number[];
    kind: string;
    member: number[];
    other: number[];
    other_file: number[];
}

export interface RawFinding {
    code: string;
    name: string;
    severity: string;
    message: string;
    file: number;
    line: number;
    module: number | null;
    edges: number[];
    externals: number[];
    known: boolean;
    off: boolean;
    contract: string | null;
    contract_id: string | null;
    owner: string | null;
    help: string | null;
    fix: string | null;
    chain?: { importer: string; imported: string; file: number; line: number }[];
    members?: string[];
}

export interface RawReason {
    allows: boolean;
    code: string;
    text: string;
    file: number | null;
    line: number | null;
}

export interface RawCycle {
    level: "boundaries" | "modules";
    members: number[];
    imports: number;
    shortest: number[];
    is_shortest: boolean;
    cut: { edges: [number, number, number][]; statements: number; at_least: number };
}

export interface RawModel {
    version: number;
    revision: number;
    tool: string;
    project: string;
    root: string | null;
    source_url: string | null;
    part: string[];
    layers: { name: string; rank: number; closed: boolean; config: string | null }[];
    modules: { parent: number[]; segment: string[]; kind: string; file: number[]; owner: number[]; flags: number[] };
    files: { folders: string[]; folder: number[]; name: string[] };
    boundaries: { module: number[]; layer: number[]; owner: number[]; owners: string[]; file: number[]; line: number[]; listed: number[] };
    members: string[];
    edges: RawEdges;
    externals: RawEdges;
    external_names: string[];
    unresolved: number;
    findings: RawFinding[];
    reasons: { all: RawReason[]; from: number[]; to: number[]; count: number[]; said: number[]; externals: [number, number, number][] };
    contracts: { id: string; name: string; type: string; outcome: string; violations: number; constrained: number; modules: number }[];
    cycles: RawCycle[];
    coverage: {
        modules: number;
        governed_modules: number;
        percent: number;
        imports: number;
        governed_imports: number;
        idle_modules: string[];
        idle_layers: string[];
    };
    /** What `ringfence diff` compared, where it made the page: pairs of boundary modules, as modules. */
    changes?: { base: string; head: string; added: [number, number][]; gone: [number, number][] };
    summary: { errors: number; warnings: number; suppressed: number; baselined: number; stale: number; text: string[] };
}
