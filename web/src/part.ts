// A part of what is drawn: what is near a box, and what lies between two.

import type { Front } from "./front";
import type { Project } from "./project";
import type { State } from "./state";

/**
 * Keeps what is at most `hops` links away from some positions, in a direction, and of the links those that lead nearer or further, or from one of these
 * positions to another.
 */
export function near(front: Front, start: Set<number>, hops: number, direction: State["direction"]): Front {
    const distance = new Map([...start].map(position => [position, 0]));
    const queue = [...start];
    for (const node of queue) {
        const so = distance.get(node)!;
        if (so === hops) continue;
        for (const link of front.links) {
            const next = link.from === node && direction !== "in" ? link.to : link.to === node && direction !== "out" ? link.from : -1;
            if (next >= 0 && !distance.has(next)) {
                distance.set(next, so + 1);
                queue.push(next);
            }
        }
    }
    const kept = keep(front, position => distance.has(position));
    const far = [...front.shown.keys()].filter(position => distance.has(position)).map(position => distance.get(position));
    return { ...kept, links: kept.links.filter(link => far[link.from] !== far[link.to] || far[link.from] === 0) };
}

/** Keeps some of what is shown, and the links between. */
export function keep(front: Front, isKept: (position: number) => boolean): Front {
    const position = new Int32Array(front.shown.length).fill(-1);
    const shown = front.shown.filter((_, at) => isKept(at));
    let next = 0;
    front.shown.forEach((_, at) => { if (isKept(at)) position[at] = next++; });
    const links = front.links
        .filter(link => position[link.from] >= 0 && position[link.to] >= 0)
        .map(link => ({ ...link, from: position[link.from], to: position[link.to] }));
    return { shown, links, at: front.at.map(at => at < 0 ? -1 : position[at]) };
}

/** Every position on a shortest way from one of some to one of others; nothing where there is none. */
export function between(front: Front, from: Set<number>, to: Set<number>): Set<number> | undefined {
    const distances = (start: Set<number>, forward: boolean) => {
        const distance = new Map([...start].map(position => [position, 0]));
        const queue = [...start];
        for (const node of queue) {
            for (const link of front.links) {
                const [tail, head] = forward ? [link.from, link.to] : [link.to, link.from];
                if (tail === node && !distance.has(head)) {
                    distance.set(head, distance.get(node)! + 1);
                    queue.push(head);
                }
            }
        }
        return distance;
    };
    const [there, back] = [distances(from, true), distances(to, false)];
    const length = Math.min(...[...to].map(position => there.get(position) ?? Infinity));
    if (length === Infinity) return undefined;
    return new Set([...there].filter(([node, so]) => so + (back.get(node) ?? Infinity) === length).map(([node]) => node));
}

/** A shortest chain of imports between two parts of the project, edge by edge. */
export function chain(project: Project, from: number, to: number): number[] | undefined {
    const before = new Map<number, number>();
    const queue: number[] = [];
    for (let part = from; part < project.end[from]; part++) {
        if (!project.contains(to, part) || project.contains(to, from)) queue.push(part);
    }
    const start = new Set(queue);
    for (const node of queue) {
        for (let edge = project.firstEdge[node]; edge < project.firstEdge[node + 1]; edge++) {
            const next = project.to[edge];
            if (start.has(next) || before.has(next)) continue;
            before.set(next, edge);
            if (project.contains(to, next)) {
                const edges: number[] = [];
                for (let at: number | undefined = edge; at !== undefined; at = before.get(project.from[at])) edges.unshift(at);
                return edges;
            }
            queue.push(next);
        }
    }
    return undefined;
}
