// What of the project is drawn: all, what is near a module, what lies between two, or what is left by filters.

import type { App } from "./app";
import { type Front, isFiltered } from "./front";
import { between, keep, near } from "./part";
import type { Project } from "./project";

/** The modules that have to be drawn by themselves. */
function ends(app: App): { focus: number | undefined; path: (number | undefined)[] | undefined; all: number[] } {
    const { project, state } = app;
    const find = (name: string | undefined) => name === undefined ? undefined : project.module(name);
    const [focus, path] = [find(state.focus), state.path?.map(find)];
    return { focus, path, all: [focus, ...(path ?? [])].filter(module => module !== undefined) };
}

/** Everything, packages as far as they are open. */
export function whole(app: App): Front {
    return app.fronts.make(app.state, ends(app).all);
}

/** Where a module is drawn with all that is below it: in one box, or in several once it is open. */
export function positions(project: Project, front: Front, module: number, without?: number): Set<number> {
    const found = new Set<number>();
    for (let part = module; part < project.end[module]; part++) {
        if (front.at[part] >= 0 && (without === undefined || !project.contains(without, part))) found.add(front.at[part]);
    }
    return found;
}

/** What is drawn, by the state. */
export function visible(app: App): Front {
    const { project, state } = app;
    const { focus, path } = ends(app);
    const front = whole(app);
    if (path?.[0] !== undefined && path[1] !== undefined) {
        const [from, to] = [path[0], path[1]];
        // Of two modules of which one lies in the other, what is in the inner one is not the outer one's.
        const start = positions(project, front, from, from !== to && project.contains(from, to) ? to : undefined);
        const end = positions(project, front, to, from !== to && project.contains(to, from) ? from : undefined);
        const on = between(front, start, end) ?? new Set([...start, ...end]);
        return keep(front, position => on.has(position));
    }
    if (focus !== undefined) return near(front, positions(project, front, focus), state.hops, state.direction);
    if (isFiltered(state)) {
        const linked = new Set(front.links.flatMap(link => [link.from, link.to]));
        return keep(front, position => linked.has(position));
    }
    return front;
}
