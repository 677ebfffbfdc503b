// The settings, and what the server is told of them. Knows nothing of the editor, so that it can be tested without one.
import { type ImportStrategy, type Surroundings, expand } from "./binary";

/** A section of the editor's settings. */
export interface Section {
  get<T>(key: string, fallback: T): T;
}

export interface Settings {
  enable: boolean;
  path: string;
  importStrategy: ImportStrategy;
  configuration: string;
  fixAll: boolean;
  unsafeFixes: boolean;
  logLevel: string;
}

/** What the server knows of; see `Settings` in its `server.rs`. */
export interface ServerSettings {
  configuration: string | null;
  fixAll: boolean;
  unsafeFixes: boolean;
  logLevel: string;
}

/** Settings that take effect in a new process only. */
export const NEEDS_RESTART: readonly string[] = ["enable", "path", "importStrategy"];

export function readSettings(section: Section): Settings {
  return {
    enable: section.get("enable", true),
    path: section.get("path", ""),
    importStrategy: section.get<ImportStrategy>("importStrategy", "fromEnvironment"),
    configuration: section.get("configuration", ""),
    fixAll: section.get("fixAll", true),
    unsafeFixes: section.get("unsafeFixes", false),
    logLevel: section.get("logLevel", "info"),
  };
}

export function serverSettings(settings: Settings, where: Pick<Surroundings, "folders" | "env">): ServerSettings {
  const configuration = expand(settings.configuration, where);
  return {
    configuration: configuration === "" ? null : configuration,
    fixAll: settings.fixAll,
    unsafeFixes: settings.unsafeFixes,
    logLevel: settings.logLevel,
  };
}

/** The documents that the server is told of: sources and what can be a config. */
export const DOCUMENTS = [
  { scheme: "file", language: "python" },
  ...[
    "ringfence.toml",
    "ringfence.module.toml",
    "tach.toml",
    "tach.domain.toml",
    "pyproject.toml",
    "setup.cfg",
    ".importlinter",
  ].map((name) => ({ scheme: "file", pattern: `**/${name}` })),
];
