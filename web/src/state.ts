// What is shown, as the fragment of the page's address has it: whoever gets the address sees the same.

export type View = "map" | "matrix" | "cycles" | "table";

export type Selection =
    | { kind: "module"; name: string }
    | { kind: "edge"; from: string; to: string };

export interface State {
    view: View;
    /** Modules that are opened or shut against what is shown at first. */
    open: Set<string>;
    shut: Set<string>;
    selection: Selection | undefined;
    focus: string | undefined;
    hops: number;
    direction: "both" | "in" | "out";
    path: [string, string] | undefined;
    hideTests: boolean;
    hideTyping: boolean;
    externals: boolean;
    onlyFound: boolean;
    rule: string;
    owner: string;
    contract: string;
    cycle: number;
    sort: string;
    rows: "boundaries" | "modules";
    search: string;
}

export function initial(): State {
    return {
        view: "map", open: new Set(), shut: new Set(), selection: undefined, focus: undefined, hops: 1, direction: "both",
        path: undefined, hideTests: false, hideTyping: false, externals: false, onlyFound: false, rule: "", owner: "", contract: "",
        cycle: 0, sort: "-findings", rows: "boundaries", search: "",
    };
}

const FLAGS = { tests: "hideTests", typing: "hideTyping", externals: "externals", found: "onlyFound" } as const;
const TEXTS = { rule: "rule", owner: "owner", contract: "contract", sort: "sort", find: "search" } as const;
const VIEWS: View[] = ["map", "matrix", "cycles", "table"];

/** Several names in one value: a name may hold a blank. */
const joined = (names: Iterable<string>): string => [...names].map(encodeURIComponent).join(" ");

function decoded(word: string): string {
    try {
        return decodeURIComponent(word);
    } catch {
        return word;
    }
}

export function write(state: State): string {
    const known = initial();
    const fragment = new URLSearchParams();
    fragment.set("view", state.view);
    if (state.open.size > 0) fragment.set("open", joined(state.open));
    if (state.shut.size > 0) fragment.set("shut", joined(state.shut));
    if (state.selection?.kind === "module") fragment.set("module", state.selection.name);
    if (state.selection?.kind === "edge") fragment.set("edge", joined([state.selection.from, state.selection.to]));
    if (state.focus !== undefined) fragment.set("focus", joined([state.focus, String(state.hops), state.direction]));
    if (state.path !== undefined) fragment.set("path", joined(state.path));
    for (const [name, key] of Object.entries(FLAGS)) if (state[key]) fragment.set(name, "1");
    for (const [name, key] of Object.entries(TEXTS)) if (state[key] !== known[key]) fragment.set(name, state[key]);
    if (state.cycle !== 0) fragment.set("cycle", String(state.cycle));
    if (state.rows !== "boundaries") fragment.set("rows", state.rows);
    return `#${fragment.toString()}`;
}

export function read(text: string): State {
    const state = initial();
    const fragment = new URLSearchParams(text.replace(/^#/, ""));
    const words = (name: string) => fragment.get(name)?.split(" ").filter(word => word !== "").map(decoded) ?? [];
    state.view = VIEWS.find(view => view === fragment.get("view")) ?? "map";
    state.open = new Set(words("open"));
    state.shut = new Set(words("shut"));
    const edge = words("edge");
    const module = fragment.get("module");
    if (edge.length === 2) state.selection = { kind: "edge", from: edge[0], to: edge[1] };
    else if (module !== null) state.selection = { kind: "module", name: module };
    const [focus = "", hops, direction] = words("focus");
    if (focus !== "") {
        state.focus = focus;
        state.hops = Math.min(9, Math.max(1, Number(hops) || 1));
        state.direction = direction === "in" || direction === "out" ? direction : "both";
    }
    const path = words("path");
    if (path.length === 2) state.path = [path[0], path[1]];
    for (const [name, key] of Object.entries(FLAGS)) state[key] = fragment.get(name) === "1";
    for (const [name, key] of Object.entries(TEXTS)) state[key] = fragment.get(name) ?? state[key];
    state.cycle = Math.max(0, Math.floor(Number(fragment.get("cycle")) || 0));
    state.rows = fragment.get("rows") === "modules" ? "modules" : "boundaries";
    return state;
}
