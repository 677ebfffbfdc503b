// What package.json says and what the code does are the same.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { DOCUMENTS, NEEDS_RESTART, readSettings, serverSettings } from "../src/settings";

interface Property {
  default: unknown;
  scope: string;
}
interface Manifest {
  version: string;
  contributes: { commands: { command: string }[]; configuration: { properties: Record<string, Property> } };
}
const manifest = JSON.parse(readFileSync("package.json", "utf8")) as Manifest;
const properties = manifest.contributes.configuration.properties;
/** As if the user had set nothing. */
const unset = { get: <T>(_: string, fallback: T): T => fallback };

test("each setting that is read is declared, with the same default", () => {
  for (const [key, value] of Object.entries(readSettings(unset))) {
    assert.deepEqual(properties[`ringfence.${key}`]?.default, value, key);
  }
});

test("each setting that is declared is read", () => {
  // The client library reads this one.
  const read = [...Object.keys(readSettings(unset)), "trace.server"].map((key) => `ringfence.${key}`);
  assert.deepEqual(Object.keys(properties).sort(), read.sort());
  for (const key of NEEDS_RESTART) {
    assert.ok(`ringfence.${key}` in properties, key);
  }
});

test("the commands are those that are registered", () => {
  const source = readFileSync("src/extension.ts", "utf8");
  const registered = [...source.matchAll(/registerCommand\("([^"]+)"/g)].map((match) => match[1]);
  assert.deepEqual(manifest.contributes.commands.map(({ command }) => command).sort(), registered.sort());
});

test("the version is that of the linter", () => {
  const cargo = readFileSync("../../Cargo.toml", "utf8");
  assert.equal(manifest.version, /^version = "(.*)"$/m.exec(cargo)?.[1]);
});

test("the server gets what it knows", () => {
  const where = { folders: ["/project"], env: {} };
  assert.deepEqual(serverSettings(readSettings(unset), where), {
    configuration: null,
    fixAll: true,
    unsafeFixes: false,
    logLevel: "info",
  });
  const set = { get: <T>(key: string, fallback: T): T => (key === "configuration" ? ("a.toml" as T) : fallback) };
  assert.equal(serverSettings(readSettings(set), where).configuration?.replaceAll("\\", "/"), "/project/a.toml");
});

test("every config that the linter reads is a document of the server", () => {
  const config = readFileSync("../../crates/ringfence_project/src/config.rs", "utf8");
  const names = /CONFIG_NAMES: [^=]*= \[([^\]]*)\]/.exec(config)?.[1]?.match(/"[^"]+"/g)?.map((name) => name.slice(1, -1));
  const patterns = DOCUMENTS.flatMap((it) => ("pattern" in it ? [it.pattern.replace("**/", "")] : []));
  assert.deepEqual(patterns.sort(), names?.sort());
});
