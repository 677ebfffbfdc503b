// Modules of `src`, as tests import them: esbuild leaves their types out.
import { build } from "esbuild";

/** What these modules of `src` export. */
export async function bundled(...names) {
    const stdin = { contents: names.map(name => `export * from "./${name}";`).join("\n"), resolveDir: new URL("../src", import.meta.url).pathname };
    const { outputFiles: [{ text }] } = await build({ stdin, bundle: true, format: "esm", write: false, logLevel: "error" });
    return import(`data:text/javascript;base64,${Buffer.from(text).toString("base64")}`);
}

/** Columns of edges from `[from, to, flags, kinds]`, by names. */
function columns(edges, from, to) {
    const kinds = edges.map(([, , , its = "r"]) => its);
    return {
        from: edges.map(([name]) => from(name)), to: edges.map(([, name]) => to(name)), flags: edges.map(([, , flags = 0]) => flags),
        count: kinds.map(its => its.length), kind: kinds.join(""), line: [...kinds.join("")].map(() => 1), member: [...kinds.join("")].map(() => 0), other: [], other_file: [],
    };
}

/**
 * A model as `ringfence explore` makes it. Modules by name in preorder, those that have no file with a `/` at the end; boundary modules by name, with
 * their layer; edges as above, in the order of their ends; findings with the positions of their edges.
 */
export function modelOf({ modules, boundaries = {}, layers = [], edges = [], externals = [], findings = [], reasons = [], ...rest }) {
    const names = modules.map(name => name.replace("/", ""));
    const number = name => {
        const at = names.indexOf(name);
        if (at < 0) throw new Error(`there is no ${name}`);
        return at;
    };
    const parentOf = name => name.includes(".") ? number(name.slice(0, name.lastIndexOf("."))) : -1;
    const ownerOf = name => {
        for (let around = name; ; around = around.slice(0, around.lastIndexOf("."))) {
            if (around in boundaries) return number(around);
            if (!around.includes(".")) return -1;
        }
    };
    const externalNames = [...new Set(externals.map(([, name]) => name))];
    const declared = Object.keys(boundaries);
    return {
        version: 1, revision: 0, tool: "", project: "test", root: "/home/me/shop", source_url: null, part: [],
        layers: layers.map((name, rank) => ({ name, rank, closed: false, config: null })),
        modules: {
            parent: names.map(parentOf), segment: names.map(name => name.slice(name.lastIndexOf(".") + 1)), kind: "m".repeat(names.length),
            file: modules.map((name, at) => name.endsWith("/") ? -1 : at), owner: names.map(ownerOf), flags: modules.map(name => name.endsWith("/") ? 0 : 9),
        },
        files: { folders: [""], folder: names.map(() => 0), name: names.map(name => `${name}.py`) },
        boundaries: {
            module: declared.map(number), layer: declared.map(name => layers.indexOf(boundaries[name])), owner: declared.map(() => -1), owners: [],
            file: declared.map(() => 0), line: declared.map(() => 1), listed: declared.map(() => 1),
        },
        members: [""], edges: columns(edges, number, number), externals: columns(externals, number, name => externalNames.indexOf(name)), external_names: externalNames,
        unresolved: 0, contracts: [], cycles: [],
        findings: findings.map(it => ({ code: "RF102", name: "", severity: "error", message: "", file: 0, line: 1, module: null, edges: [], externals: [], known: false, off: false, contract: null, contract_id: null, owner: null, help: null, fix: null, ...it })),
        reasons: { all: reasons, from: [], to: [], count: [], said: [], externals: [] },
        coverage: {}, summary: {}, ...rest,
    };
}

/** What views share, without a page. */
export async function appOf(model, change = {}) {
    const all = await bundled("front", "project", "state", "visible");
    const project = new all.Project(model);
    const state = { ...all.initial(), ...change };
    return { ...all, app: { project, fronts: new all.Fronts(project), state, update() {} } };
}
