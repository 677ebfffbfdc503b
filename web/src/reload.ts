// What a page that is served keeps when it is loaded anew, beside what its address holds: theme, zoom, what is typed, and how far lists are scrolled.

const KEY = "ringfence:kept";
const SCROLLED = [".side", ".outline", "aside.details", ".scroller", ".cycles", ".matrix"];

interface Kept {
    theme: string | undefined;
    zoom: string | undefined;
    search: string;
    scrolled: Record<string, [number, number]>;
}

/** Notes it in the browser, for this tab. */
export function keepForReload(zoom: string): void {
    const scrolled: Kept["scrolled"] = {};
    for (const selector of SCROLLED) {
        const element = document.querySelector(selector);
        if (element !== null) scrolled[selector] = [element.scrollLeft, element.scrollTop];
    }
    const input = document.querySelector<HTMLInputElement>("#search");
    const kept: Kept = { theme: document.documentElement.dataset.theme, zoom, search: input?.value ?? "", scrolled };
    try {
        sessionStorage.setItem(KEY, JSON.stringify(kept));
    } catch {
        // A browser that keeps nothing shows the page as it is at first.
    }
}

/** Takes it up again, once; `zoomTo` is told the zoom of the map. */
export function takeUp(zoomTo: (zoom: string) => void): void {
    let text: string | null = null;
    try {
        text = sessionStorage.getItem(KEY);
        sessionStorage.removeItem(KEY);
    } catch {
        return;
    }
    if (text === null) return;
    const kept = JSON.parse(text) as Kept;
    if (kept.theme !== undefined) document.documentElement.dataset.theme = kept.theme;
    const input = document.querySelector<HTMLInputElement>("#search");
    if (input !== null) input.value = kept.search;
    if (kept.zoom !== undefined) zoomTo(kept.zoom);
    for (const [selector, [left, top]] of Object.entries(kept.scrolled)) document.querySelector(selector)?.scrollTo(left, top);
}
