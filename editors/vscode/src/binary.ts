// Which `ringfence` is run. Knows nothing of the editor, so that it can be tested without one.
import { accessSync, constants, statSync } from "node:fs";
import { homedir } from "node:os";
import * as path from "node:path";

export type ImportStrategy = "fromEnvironment" | "useBundled";

/** Where a binary may be. */
export interface Surroundings {
  /** The folders of the workspace, in their order. */
  folders: readonly string[];
  /** The folder of the extension; its `bundled` may hold a binary. */
  extension: string;
  env: NodeJS.ProcessEnv;
  platform: NodeJS.Platform;
}

export interface Wish {
  /** What the user set; empty for nothing. */
  path: string;
  importStrategy: ImportStrategy;
  /** Only a trusted workspace may say what is run. */
  isTrusted: boolean;
}

export interface Binary {
  path: string;
  /** Where it comes from, for the output. */
  origin: string;
}

/** A setting that names a file, with `~`, `${workspaceFolder}`, `${userHome}` and `${env:NAME}` replaced. */
export function expand(setting: string, { folders, env }: Pick<Surroundings, "folders" | "env">): string {
  const home = env["HOME"] ?? env["USERPROFILE"] ?? homedir();
  const expanded = setting
    .trim()
    .replace(/^~(?=[/\\]|$)/, () => home)
    .replaceAll("${workspaceFolder}", () => folders[0] ?? "")
    .replaceAll("${userHome}", () => home)
    .replace(/\$\{env:([^}]*)\}/g, (_, name: string) => env[name] ?? "");
  const folder = folders[0];
  return expanded === "" || path.isAbsolute(expanded) || folder === undefined ? expanded : path.join(folder, expanded);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

function inEnvironment({ folders, env, platform }: Surroundings): Binary | undefined {
  const name = platform === "win32" ? "ringfence.exe" : "ringfence";
  const scripts = platform === "win32" ? "Scripts" : "bin";
  const environments = folders.flatMap((folder) => [".venv", "venv"].map((venv) => path.join(folder, venv)));
  for (const variable of ["VIRTUAL_ENV", "CONDA_PREFIX"]) {
    const active = env[variable];
    if (active) {
      environments.push(active);
    }
  }
  for (const environment of environments) {
    const file = path.join(environment, scripts, name);
    if (isExecutable(file)) {
      return { path: file, origin: `the environment ${environment}` };
    }
  }
  const search = env["PATH"] ?? env["Path"] ?? "";
  for (const folder of search.split(platform === "win32" ? ";" : ":")) {
    const file = path.join(folder, name);
    // A relative entry would mean the folder that happens to be open.
    if (path.isAbsolute(folder) && isExecutable(file)) {
      return { path: file, origin: "the PATH" };
    }
  }
  return undefined;
}

function bundled({ extension, platform }: Surroundings): Binary | undefined {
  const file = path.join(extension, "bundled", platform === "win32" ? "ringfence.exe" : "ringfence");
  return isExecutable(file) ? { path: file, origin: "the extension" } : undefined;
}

/** The binary to run, or why there is none. */
export function findBinary(wish: Wish, surroundings: Surroundings): Binary | string {
  if (!wish.isTrusted) {
    return (
      bundled(surroundings) ??
      "the workspace is not trusted, so that only a bundled `ringfence` may run, and none is bundled"
    );
  }
  const wanted = expand(wish.path, surroundings);
  if (wanted !== "") {
    // A typo must not be answered with another version.
    return isExecutable(wanted)
      ? { path: wanted, origin: "`ringfence.path`" }
      : `\`ringfence.path\` is \`${wanted}\`, which is no program`;
  }
  const found =
    wish.importStrategy === "useBundled"
      ? (bundled(surroundings) ?? inEnvironment(surroundings))
      : (inEnvironment(surroundings) ?? bundled(surroundings));
  return found ?? "there is no `ringfence` in the environment: `pip install ringfence`, or set `ringfence.path`";
}
