// The side: search, filters, and the tree of modules.

import { type App, reveal, toggleOpen } from "./app";
import { announce, button, count, h, timed } from "./dom";
import { LISTED } from "./project";
import type { State } from "./state";

const MOST_RESULTS = 30;
const MOST_CHILDREN = 60;

/** Modules that have a text in their names: whose last part begins with it first, then by length. */
export function search(app: App, text: string): number[] {
    const wanted = text.toLowerCase();
    const found: [number, number][] = [];
    const { lower, flags } = app.project;
    for (let module = 0; module < lower.length; module++) {
        const at = lower[module].lastIndexOf(wanted);
        if (at < 0 || (flags[module] & LISTED) === 0) continue;
        const begins = at === 0 || lower[module][at - 1] === ".";
        const isLast = !lower[module].includes(".", at + wanted.length);
        found.push([module, (begins && isLast ? 0 : begins ? 1000 : 2000) + lower[module].length]);
    }
    return found.sort((a, b) => a[1] - b[1]).slice(0, MOST_RESULTS).map(([module]) => module);
}

export function searchBox(app: App): HTMLElement {
    const results = h("ul", { id: "results", role: "listbox", "aria-label": "Modules found", class: "results", hidden: true });
    const input = h("input", {
        type: "search", id: "search", value: app.state.search, placeholder: "Search modules ( / )", role: "combobox", "aria-label": "Search modules by name",
        "aria-expanded": "false", "aria-controls": "results", "aria-autocomplete": "list", autocomplete: "off", spellcheck: "false",
    });
    let [found, active]: [number[], number] = [[], -1];
    const show = () => {
        found = input.value.trim() === "" ? [] : timed("search", () => search(app, input.value.trim()));
        active = found.length > 0 ? 0 : -1;
        results.replaceChildren(...found.map((module, position) => h("li", { id: `result-${position}`, role: "option", "aria-selected": position === active ? "true" : "false", mousedown: event => { event.preventDefault(); choose(module); } }, app.project.names[module])));
        results.hidden = found.length === 0;
        input.setAttribute("aria-expanded", String(found.length > 0));
        mark();
        if (input.value !== "") announce(count(found.length, "module") + " found");
    };
    const mark = () => {
        [...results.children].forEach((item, position) => { item.setAttribute("aria-selected", String(position === active)); });
        if (active >= 0) {
            input.setAttribute("aria-activedescendant", `result-${active}`);
            results.children[active].scrollIntoView({ block: "nearest" });
        } else input.removeAttribute("aria-activedescendant");
    };
    const close = () => {
        results.hidden = true;
        input.setAttribute("aria-expanded", "false");
        input.removeAttribute("aria-activedescendant");
    };
    const choose = (module: number) => {
        close();
        const name = app.project.names[module];
        if (app.state.view === "table") app.update({ search: input.value.trim(), selection: { kind: "module", name } }, "search");
        else app.update({ ...reveal(app, module), view: app.state.view === "matrix" ? "matrix" : "map", focus: name, path: undefined, selection: { kind: "module", name } }, "focus");
    };
    input.addEventListener("input", () => {
        show();
        if (app.state.view === "table") app.update({ search: input.value.trim() }, "search");
    });
    input.addEventListener("blur", close);
    input.addEventListener("keydown", event => {
        if (event.key === "ArrowDown" || event.key === "ArrowUp") {
            active = Math.max(0, Math.min(found.length - 1, active + (event.key === "ArrowDown" ? 1 : -1)));
            mark();
        } else if (event.key === "Enter" && active >= 0) choose(found[active]);
        else if (event.key === "Escape") close();
        else return;
        event.preventDefault();
    });
    return h("div", { class: "search" }, input, results);
}

export function filters(app: App): HTMLElement {
    const { project, state } = app;
    const check = (label: string, key: "hideTests" | "hideTyping" | "externals" | "onlyFound") => h("label", {},
        h("input", { type: "checkbox", checked: state[key], change: () => { app.update({ [key]: !app.state[key] }, "filter"); } }), ` ${label}`);
    const choice = (label: string, key: "rule" | "owner" | "contract", all: string[], title = (it: string) => it) => all.length === 0 ? undefined : h("label", { class: "select" }, label,
        h("select", { change: event => { app.update({ [key]: (event.target as HTMLSelectElement).value }, "filter"); } },
            h("option", { value: "" }, "any"), ...all.map(it => h("option", { value: it, selected: state[key] === it }, title(it)))));
    const contractTitle = (id: string) => {
        const name = project.raw.contracts.find(it => it.id === id)?.name ?? id;
        return project.raw.contracts.some(it => it.name === name && it.id !== id) ? `${name} (${id})` : name;
    };
    const codes = [...new Set(project.raw.findings.map(finding => finding.code))].sort();
    return h("fieldset", { class: "filters" }, h("legend", {}, "Filters"),
        check("Hide tests", "hideTests"), check("Hide typing imports", "hideTyping"), check("Show externals", "externals"), check("Only with findings", "onlyFound"),
        choice("Rule", "rule", codes), choice("Owner", "owner", project.raw.boundaries.owners), choice("Contract", "contract", [...new Set(project.raw.contracts.map(it => it.id))], contractTitle),
        focusControls(app));
}

function focusControls(app: App): HTMLElement | undefined {
    const { state } = app;
    if (state.focus === undefined && state.path === undefined) {
        const { selection } = state;
        if (selection?.kind !== "edge") return undefined;
        const ends: [string, string] = [selection.from, selection.to];
        return ends.every(name => app.project.module(name) !== undefined) ? h("p", {}, button("Shortest ways between the two", () => { app.update({ path: ends, view: "map", selection: undefined }, "focus"); })) : undefined;
    }
    if (state.path !== undefined) return h("p", {}, "Ways from ", h("code", {}, state.path[0]), " to ", h("code", {}, state.path[1]), " ", button("Show all", () => { app.update({ path: undefined }, "focus"); }));
    const directions: [State["direction"], string][] = [["both", "both ways"], ["out", "what it imports"], ["in", "what imports it"]];
    return h("div", { class: "focus" }, h("p", {}, "Focus on ", h("code", {}, state.focus ?? "")),
        h("label", { class: "select" }, "Hops", h("input", { type: "number", min: 1, max: 9, value: state.hops, change: event => { app.update({ hops: Math.min(9, Math.max(1, Number((event.target as HTMLInputElement).value) || 1)) }, "focus"); } })),
        h("label", { class: "select" }, "Direction", h("select", { change: event => { app.update({ direction: (event.target as HTMLSelectElement).value as State["direction"] }, "focus"); } }, ...directions.map(([value, text]) => h("option", { value, selected: state.direction === value }, text)))),
        wayTo(app),
        button("Show all", () => { app.update({ focus: undefined }, "focus"); }));
}

/** From the focus to the module that is chosen. */
function wayTo(app: App): HTMLElement | undefined {
    const { focus, selection } = app.state;
    if (focus === undefined || selection?.kind !== "module" || selection.name === focus) return undefined;
    const { name } = selection;
    return h("p", {}, button(`Ways to ${name}`, () => { app.update({ path: [focus, name] }, "focus"); }));
}

/** The modules as a tree: what is open in it is open in the map and the matrix. */
export class Tree {
    readonly element = h("ul", { class: "outline", role: "tree", "aria-label": "Modules", tabindex: "0" });

    constructor(private readonly app: App) {
        this.element.addEventListener("keydown", event => { this.key(event); });
    }

    draw(): void {
        const focused = document.activeElement instanceof HTMLElement && this.element.contains(document.activeElement) ? document.activeElement.dataset.module : undefined;
        const items: HTMLElement[] = [];
        this.add(this.app.project.roots, 1, items);
        this.element.replaceChildren(...items);
        const again = focused === undefined ? undefined : items.find(item => item.dataset.module === focused);
        (again ?? items.find(item => item.getAttribute("aria-selected") === "true") ?? items.at(0))?.setAttribute("tabindex", "0");
        again?.focus();
        this.element.tabIndex = items.length === 0 ? 0 : -1;
    }

    private add(modules: number[], level: number, items: HTMLElement[]): void {
        const { app } = this;
        const { project, state } = app;
        const chosen = state.selection?.kind === "module" ? state.selection.name : undefined;
        const asked = modules.filter(module => project.isAsked(module));
        const shown = asked.length <= MOST_CHILDREN ? asked : asked.filter((module, position) => position < MOST_CHILDREN || app.fronts.isOpen(state, module) || project.names[module] === chosen);
        for (const module of shown) {
            const isPackage = project.isPackage(module);
            const isOpen = app.fronts.isOpen(state, module);
            const name = project.names[module];
            const isBoundary = project.boundaryAt[module] >= 0;
            const item = h("li", { role: "treeitem", "aria-level": level, "aria-expanded": isPackage ? String(isOpen) : undefined, "aria-selected": String(chosen === name), tabindex: "-1", "data-module": name, title: name, class: `${isBoundary ? "boundary" : ""} ${project.owner[module] < 0 ? "ungoverned" : ""}` },
                h("span", { class: "twist", "aria-hidden": "true" }, isPackage ? isOpen ? "▾" : "▸" : ""), project.raw.modules.segment[module]);
            item.style.paddingInlineStart = `${(level - 1) * 14 + 4}px`;
            item.addEventListener("click", event => {
                if ((event.target as Element).classList.contains("twist") && isPackage) this.toggle(module, isOpen);
                else app.update({ selection: { kind: "module", name } }, "select");
            });
            items.push(item);
            if (isOpen) this.add(project.children[module], level + 1, items);
        }
        if (shown.length < asked.length) items.push(h("li", { class: "note", role: "treeitem", "aria-level": level, tabindex: "-1" }, `${asked.length - shown.length} more: search for them`));
    }

    private toggle(module: number, isOpen: boolean): void {
        this.app.update(toggleOpen(this.app, module, isOpen), isOpen ? "collapse" : "expand");
    }

    private key(event: KeyboardEvent): void {
        const items = [...this.element.children] as HTMLElement[];
        const at = items.findIndex(item => item === document.activeElement);
        const module = at < 0 ? undefined : this.app.project.module(items[at].dataset.module ?? "");
        const go = (to: number) => {
            items.forEach((item, position) => { item.tabIndex = position === to ? 0 : -1; });
            items.at(to)?.focus();
        };
        const isOpen = at >= 0 && items[at].getAttribute("aria-expanded") === "true";
        const canOpen = at >= 0 && items[at].getAttribute("aria-expanded") === "false";
        if (event.key === "ArrowDown") go(Math.min(items.length - 1, at + 1));
        else if (event.key === "ArrowUp") go(Math.max(0, at - 1));
        else if (event.key === "Home") go(0);
        else if (event.key === "End") go(items.length - 1);
        else if (event.key === "ArrowRight" && module !== undefined && canOpen) this.toggle(module, false);
        else if (event.key === "ArrowLeft" && module !== undefined && isOpen) this.toggle(module, true);
        else if ((event.key === "Enter" || event.key === " ") && module !== undefined) this.app.update({ selection: { kind: "module", name: this.app.project.names[module] } }, "select");
        else return;
        event.preventDefault();
    }
}
