// Reads the model from the page and keeps what is drawn and the page's address in step.

import type { App } from "./app";
import { cyclesView } from "./cycles";
import { details } from "./details";
import { announce, button, count, h, number, timed } from "./dom";
import { Fronts } from "./front";
import { MapView } from "./map";
import { MatrixView } from "./matrix";
import { LISTED, Project } from "./project";
import type { RawModel } from "./raw";
import { keepForReload, takeUp } from "./reload";
import { filters, searchBox, Tree } from "./side";
import { read, type State, type View, write } from "./state";
import { tableView } from "./table";

const COUNTED_BY_GRAPH = "Imports of one module by another at a place of its own, as `ringfence graph` lists them";

const VIEWS: [View, string][] = [["map", "Map"], ["matrix", "Matrix"], ["cycles", "Cycles"], ["table", "Table"]];

class Page implements App {
    readonly project: Project;
    readonly fronts: Fronts;
    state: State;
    private readonly map: MapView;
    private readonly matrix: MatrixView;
    private readonly tree: Tree;
    private readonly main = h("main", { id: "view" });
    private readonly filters = h("div");
    private readonly panel = h("aside", { class: "details", "aria-label": "Details", tabindex: "0" });
    private readonly tabs: HTMLButtonElement[];
    private address = "";

    constructor(raw: RawModel, root: HTMLElement) {
        this.project = timed("read", () => new Project(raw));
        this.fronts = timed("prepare", () => new Fronts(this.project));
        this.state = read(location.hash);
        this.map = new MapView(this);
        this.matrix = new MatrixView(this);
        this.tree = new Tree(this);
        this.tabs = VIEWS.map(([view, title], position) => button(title, () => { this.update({ view }, "view"); }, { title: `${title} (${position + 1})`, "data-view": view }));
        document.title = `${raw.project} · ringfence`;
        root.append(
            h("header", {},
                h("h1", {}, raw.project),
                raw.changes === undefined ? undefined : h("p", { class: "note", "data-compared": "" }, `from ${raw.changes.base} to ${raw.changes.head}`),
                h("nav", { "aria-label": "Views" }, ...this.tabs),
                this.figures(),
                button("Copy link", () => { this.copyLink(); }, { title: "Copies the address of what is shown" }),
                button("◐", () => { this.toggleTheme(); }, { "aria-label": "Dark or light" })),
            h("div", { class: "body" },
                h("aside", { class: "side", "aria-label": "Search and filters" }, searchBox(this), this.filters, h("h2", {}, "Modules"), this.tree.element),
                this.main, this.panel));
        window.addEventListener("hashchange", () => {
            if (location.hash === this.address) return;
            this.state = read(location.hash);
            const search = document.querySelector<HTMLInputElement>("#search");
            if (search !== null) search.value = this.state.search;
            this.draw("address");
        });
        window.addEventListener("resize", () => { if (this.state.view === "map") this.map.fit(); });
        document.addEventListener("keydown", event => { this.key(event); });
    }

    update(change: Partial<State>, name: string): void {
        this.state = { ...this.state, ...change };
        this.address = write(this.state);
        history.replaceState(null, "", this.address);
        this.draw(name);
    }

    draw(name: string): void {
        timed(name, () => {
            const { view } = this.state;
            this.tabs.forEach(tab => { if (tab.dataset.view === view) tab.setAttribute("aria-current", "page"); else tab.removeAttribute("aria-current"); });
            const scroll = this.main.querySelector(".scroller")?.scrollTop ?? 0;
            if (view === "map") {
                this.show(this.map.element);
                this.map.draw();
            } else if (view === "matrix") {
                this.show(this.matrix.element);
                if (name !== "select") this.matrix.draw();
            } else if (view === "cycles") {
                if (name !== "select" || this.main.firstElementChild?.className !== "cycles") this.show(cyclesView(this));
            } else {
                this.show(tableView(this));
                if (name === "select") this.main.querySelector(".scroller")?.scrollTo(0, scroll);
            }
            this.filters.replaceChildren(filters(this));
            this.tree.draw();
            this.panel.replaceChildren(details(this));
        });
    }

    private show(element: HTMLElement): void {
        if (this.main.firstElementChild !== element) this.main.replaceChildren(element);
    }

    /** The numbers of what is shown: of a part, those of the part. */
    private figures(): HTMLElement {
        const { summary, coverage, boundaries, part } = this.project.raw;
        const figure = (value: number, noun: string, key: string, kind = "", title?: string) => h("li", { class: kind, title }, h("strong", { "data-count": key, "data-value": value }, number(value)), ` ${count(value, noun).replace(/^[\d,]+ /, "")}`);
        const imports = this.project.raw.edges.count.reduce((sum, its) => sum + its, 0);
        const isPart = part.length > 0;
        const modules = isPart ? this.project.flags.reduce((sum, flags) => sum + (flags & LISTED), 0) : coverage.modules;
        return h("ul", { class: "figures", "aria-label": isPart ? "Numbers of the part" : "Numbers of the project" },
            isPart ? h("li", { class: "part", "data-count": "part" }, "Part: ", part.join(", ")) : undefined,
            figure(modules, "module", "modules", "", isPart ? "What is in the part, and what it imports, as `ringfence graph` lists them" : "Modules with a file, as `ringfence coverage` counts them"),
            figure(boundaries.listed.reduce((sum, its) => sum + its, 0), "boundary module", "boundaries"),
            figure(imports, "module import", "imports", "", COUNTED_BY_GRAPH),
            figure(summary.errors, "error", "errors", summary.errors > 0 ? "bad" : ""), figure(summary.warnings, "warning", "warnings", summary.warnings > 0 ? "warn" : ""),
            summary.baselined > 0 ? figure(summary.baselined, "in the baseline", "baselined", "known") : undefined,
            h("li", {}, h("strong", { "data-count": "percent", "data-value": coverage.percent }, `${coverage.percent.toFixed(1)} %`), isPart ? " of the whole project governed" : " governed"));
    }

    /** Notes what the address does not hold. */
    keep(): void {
        keepForReload(this.map.zoomed());
    }

    takeUp(): void {
        takeUp(zoom => { this.map.zoomTo(zoom); });
    }

    private copyLink(): void {
        navigator.clipboard.writeText(location.href).then(
            () => { announce("The address is copied"); },
            () => { announce("The browser does not let the page copy; take the address from its own field"); });
    }

    private toggleTheme(): void {
        const isDark = getComputedStyle(document.documentElement).colorScheme.includes("dark")
            ? document.documentElement.dataset.theme !== "light" && (document.documentElement.dataset.theme === "dark" || matchMedia("(prefers-color-scheme: dark)").matches)
            : document.documentElement.dataset.theme === "dark";
        document.documentElement.dataset.theme = isDark ? "light" : "dark";
    }

    private key(event: KeyboardEvent): void {
        const target = event.target as HTMLElement;
        if (event.ctrlKey || event.metaKey || event.altKey || target.matches("input, select, textarea")) return;
        const view = VIEWS.at(Number(event.key) - 1);
        if (event.key === "/") document.getElementById("search")?.focus();
        else if (event.key >= "1" && event.key <= "4" && view !== undefined) this.update({ view: view[0] }, "view");
        else if (event.key === "Escape") this.update({ selection: undefined }, "select");
        else return;
        event.preventDefault();
    }
}

/** Asks whoever serves the page whether there is a newer one; what is shown is in the address, and stays. */
function follow(revision: number, page: Page): void {
    const ask = async () => {
        const answer = await fetch("revision");
        if (!answer.ok || Number(await answer.text()) <= revision) return;
        page.keep();
        location.reload();
    };
    // Whoever served it may be gone; the page goes on without.
    setInterval(() => { ask().catch(() => undefined); }, 700);
}

const start = performance.now();
const text = document.getElementById("model")?.textContent ?? "";
const root = document.getElementById("app");
if (root !== null) {
    const raw = timed("parse", () => JSON.parse(text) as RawModel);
    const page = new Page(raw, root);
    page.draw("first");
    performance.measure("ringfence:open", { start, end: performance.now() });
    if (location.protocol === "http:" && raw.revision > 0) {
        follow(raw.revision, page);
        page.takeUp();
    }
    requestAnimationFrame(() => { setTimeout(() => { performance.mark("ringfence:usable"); }, 0); });
}
