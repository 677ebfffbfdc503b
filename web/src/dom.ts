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
        else element.setAttribute(name, value === true ? "" : SHOWN.has(name) ? plain(String(value)) : String(value));
    }
    for (const child of children) {
        if (child !== undefined && child !== null && child !== false) element.append(typeof child === "string" ? plain(child) : child);
    }
    return element;
}

/** Attributes that somebody reads or hears. */
const SHOWN = new Set(["title", "aria-label", "placeholder"]);

/** A text as it is seen: what turns the direction of others, or cannot be seen, is written as its number. Line ends and tabs stay. */
export function plain(text: string): string {
    // eslint-disable-next-line no-control-regex
    return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff]/g,
        character => `\\u{${character.charCodeAt(0).toString(16)}}`);
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
