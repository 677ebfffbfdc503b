// Elements without markup: whatever comes from a project gets into the page as text.

type Attributes = Record<string, string | number | boolean | undefined | ((event: Event) => void)>;
type Child = Node | string | undefined | null | false;

const SVG = "http://www.w3.org/2000/svg";

export function h<K extends keyof HTMLElementTagNameMap>(tag: K, attributes: Attributes = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
    return fill(document.createElement(tag), attributes, children);
}

export function s<K extends keyof SVGElementTagNameMap>(tag: K, attributes: Attributes = {}, ...children: Child[]): SVGElementTagNameMap[K] {
    return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill<E extends Element>(element: E, attributes: Attributes, children: Child[]): E {
    for (const [name, value] of Object.entries(attributes)) {
        if (value === undefined || value === false) continue;
        if (typeof value === "function") element.addEventListener(name, value);
        else if (name === "value" && element instanceof HTMLInputElement) element.value = String(value);
        else element.setAttribute(name, value === true ? "" : String(value));
    }
    element.append(...children.filter(child => child !== undefined && child !== null && child !== false));
    return element;
}

export function button(label: string, action: () => void, attributes: Attributes = {}): HTMLButtonElement {
    return h("button", { type: "button", click: () => { action(); }, ...attributes }, label);
}

export function number(value: number): string {
    return value.toLocaleString("en-US");
}

export function count(value: number, noun: string): string {
    return `${number(value)} ${noun}${value === 1 ? "" : "s"}`;
}

/** Texts in which backticks hold code, as messages have them. */
export function prose(text: string): (Node | string)[] {
    return text.split("`").map((part, position) => position % 2 === 1 ? h("code", {}, part) : part);
}

let live: HTMLElement | undefined;

/** Says something to whoever listens and does not see. */
export function announce(text: string): void {
    if (live === undefined) {
        live = h("div", { class: "unseen", role: "status", "aria-live": "polite" });
        document.body.append(live);
    }
    live.textContent = text;
}

/** Runs a step and notes in the page's own performance entries how long it took. */
export function timed<T>(name: string, step: () => T): T {
    const start = performance.now();
    const result = step();
    performance.measure(`ringfence:${name}`, { start, end: performance.now() });
    return result;
}
