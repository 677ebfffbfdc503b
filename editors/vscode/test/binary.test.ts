// Which binary is run.
import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { afterEach, beforeEach, test } from "node:test";

import { type Surroundings, type Wish, expand, findBinary } from "../src/binary";

const NAME = process.platform === "win32" ? "ringfence.exe" : "ringfence";
const SCRIPTS = process.platform === "win32" ? "Scripts" : "bin";
const WISH: Wish = { path: "", importStrategy: "fromEnvironment", isTrusted: true };
let root = "";

function program(...parts: string[]): string {
  const file = path.join(root, ...parts);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, "");
  chmodSync(file, 0o755);
  return file;
}

function surroundings(env: NodeJS.ProcessEnv = {}): Surroundings {
  return { folders: [path.join(root, "work")], extension: path.join(root, "extension"), env, platform: process.platform };
}

function pathOf(found: ReturnType<typeof findBinary>): string {
  assert.ok(typeof found !== "string", `nothing found: ${String(found)}`);
  return found.path;
}

beforeEach(() => {
  root = realpathSync(mkdtempSync(path.join(tmpdir(), "ringfence-")));
});
afterEach(() => rmSync(root, { recursive: true }));

test("the setting comes before all others", () => {
  program("work", ".venv", SCRIPTS, NAME);
  const wanted = program("tools", NAME);
  assert.equal(pathOf(findBinary({ ...WISH, path: wanted }, surroundings())), wanted);
  const relative = path.join("..", "tools", NAME);
  assert.equal(pathOf(findBinary({ ...WISH, path: relative }, surroundings())), wanted);
});

test("a setting that names nothing is said, and no other is taken", () => {
  program("work", ".venv", SCRIPTS, NAME);
  const found = findBinary({ ...WISH, path: "/nowhere/ringfence" }, surroundings());
  assert.match(String(found), /`ringfence\.path` is `.*nowhere.*`, which is no program/);
});

test("a file that cannot be run is no program", { skip: process.platform === "win32" }, () => {
  const file = program("tools", NAME);
  chmodSync(file, 0o644);
  assert.match(String(findBinary({ ...WISH, path: file }, surroundings())), /no program/);
  assert.match(String(findBinary({ ...WISH, path: path.join(root, "tools") }, surroundings())), /no program/);
});

test("the environment of the project, then the active one, then the PATH, then the bundled one", () => {
  const env = { VIRTUAL_ENV: path.join(root, "active"), PATH: path.join(root, "path") };
  const bundled = program("extension", "bundled", NAME);
  assert.equal(pathOf(findBinary(WISH, surroundings(env))), bundled);
  const onPath = program("path", NAME);
  assert.equal(pathOf(findBinary(WISH, surroundings(env))), onPath);
  const active = program("active", SCRIPTS, NAME);
  assert.equal(pathOf(findBinary(WISH, surroundings(env))), active);
  const project = program("work", ".venv", SCRIPTS, NAME);
  assert.equal(pathOf(findBinary(WISH, surroundings(env))), project);
  assert.equal(pathOf(findBinary({ ...WISH, importStrategy: "useBundled" }, surroundings(env))), bundled);
});

test("without a bundled one, that of the environment is taken", () => {
  const project = program("work", "venv", SCRIPTS, NAME);
  assert.equal(pathOf(findBinary({ ...WISH, importStrategy: "useBundled" }, surroundings())), project);
});

test("a relative entry of the PATH is not searched", () => {
  program("work", NAME);
  assert.match(String(findBinary(WISH, surroundings({ PATH: "." }))), /pip install ringfence/);
});

test("a workspace that is not trusted gets the bundled one or none", () => {
  const wanted = program("work", ".venv", SCRIPTS, NAME);
  const untrusted = { ...WISH, path: wanted, isTrusted: false };
  assert.match(String(findBinary(untrusted, surroundings())), /not trusted/);
  const bundled = program("extension", "bundled", NAME);
  assert.equal(pathOf(findBinary(untrusted, surroundings())), bundled);
});

test("a setting may name the home, the workspace and variables", () => {
  const env = { HOME: "/home/me", TOOLS: "/opt/tools" };
  const where = { folders: ["/project"], env };
  assert.equal(expand("~/bin/ringfence", where), "/home/me/bin/ringfence");
  assert.equal(expand("${userHome}/x", where), "/home/me/x");
  assert.equal(expand("${workspaceFolder}/x", where), "/project/x");
  assert.equal(expand("${env:TOOLS}/x", where), "/opt/tools/x");
  assert.equal(expand("  ", where), "");
  assert.equal(expand("boundaries.toml", where), path.join("/project", "boundaries.toml"));
  // What a variable holds is no pattern.
  assert.equal(expand("${env:TOOLS}/x", { folders: [], env: { TOOLS: "/a/$&" } }), "/a/$&/x");
});
