// Links to a line of a file: in the repository on the web, or in the editor.

import { h } from "./dom";
import type { Project } from "./project";

export function fileLink(project: Project, path: string, line: number): HTMLElement {
    const text = `${path}:${line}`;
    const target = targetOf(project, path, line);
    return target === undefined ? h("span", { class: "place" }, text) : h("a", { class: "place", href: target, rel: "noreferrer" }, text);
}

export function targetOf(project: Pick<Project, "raw">, path: string, line: number): string | undefined {
    const { source_url: source, root } = project.raw;
    const isAbsolute = /^([A-Za-z]:)?\//.test(path);
    // What lies outside of the project is not in its repository.
    if (source !== null && (isAbsolute || path.startsWith("../"))) return undefined;
    const encoded = path.split("/").map(encodeURIComponent).join("/");
    const url = source !== null
        ? source.replaceAll("{path}", () => encoded).replaceAll("{line}", () => String(line))
        : root === null ? undefined : `vscode://file${around(isAbsolute ? path : `${root}/${path}`)}:${line}`;
    // Whatever the project is called, a link leads to an editor or to the web.
    return url !== undefined && /^(vscode|https?):\/\//.test(url) ? url : undefined;
}

/** A path from the top of a disk, encoded. */
function around(path: string): string {
    const encoded = path.split(/[\\/]/).map(part => encodeURIComponent(part).replace("%3A", ":")).join("/");
    return encoded.startsWith("/") ? encoded : `/${encoded}`;
}
