// What a line or a cell says of its imports: the worst that holds of one of them, or what holds of all.

import { BROKEN, DEPRECATED, GONE, KNOWN, NEW, OFF, UNGOVERNED } from "./project";

export const MARKS = ["new", "gone", "broken", "known", "off", "deprecated", "ungoverned", "allowed"] as const;

export type Mark = (typeof MARKS)[number];

export function markOf(flags: number): Mark {
    if ((flags & GONE) !== 0) return "gone";
    if ((flags & NEW) !== 0) return "new";
    if ((flags & BROKEN) !== 0) return "broken";
    if ((flags & KNOWN) !== 0) return "known";
    if ((flags & OFF) !== 0) return "off";
    if ((flags & DEPRECATED) !== 0) return "deprecated";
    return (flags & UNGOVERNED) !== 0 ? "ungoverned" : "allowed";
}

export const MARK_WORDS: Record<Mark, string> = {
    new: "new", gone: "gone",
    broken: "breaks a rule", known: "in the baseline", off: "not allowed, rule off", deprecated: "deprecated",
    ungoverned: "no rule says anything", allowed: "allowed",
};
