// What views share: the project, what is shown of it, and how that changes.

import type { Fronts } from "./front";
import type { Project } from "./project";
import type { State } from "./state";

export interface App {
    readonly project: Project;
    readonly fronts: Fronts;
    readonly state: State;
    /** Changes what is shown, and draws it. `name` is what the step is called in the page's performance entries. */
    update(change: Partial<State>, name: string): void;
}

export function toggleOpen(app: App, module: number, isOpen: boolean): Partial<State> {
    const name = app.project.names[module];
    const [open, shut] = [new Set(app.state.open), new Set(app.state.shut)];
    if (isOpen) {
        open.delete(name);
        shut.add(name);
    } else {
        shut.delete(name);
        open.add(name);
    }
    return { open, shut };
}

/** What is opened so that a module is drawn by itself. */
export function reveal(app: App, module: number): Partial<State> {
    const [open, shut] = [new Set(app.state.open), new Set(app.state.shut)];
    for (let outer = app.project.raw.modules.parent[module]; outer >= 0; outer = app.project.raw.modules.parent[outer]) {
        open.add(app.project.names[outer]);
        shut.delete(app.project.names[outer]);
    }
    return { open, shut };
}
