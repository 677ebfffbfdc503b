// The client library of VS Code and the server, on a project of two packages. RINGFENCE names the binary; without it these are left out.
import assert from "node:assert/strict";
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { pathToFileURL } from "node:url";

import {
  CancellationTokenSource,
  type CodeAction,
  CodeActionRequest,
  CodeActionResolveRequest,
  DidChangeTextDocumentNotification,
  DidOpenTextDocumentNotification,
  DocumentDiagnosticRequest,
  ExecuteCommandRequest,
  ExitNotification,
  type FullDocumentDiagnosticReport,
  InitializedNotification,
  InitializeRequest,
  LSPErrorCodes,
  type ProtocolConnection,
  ResponseError,
  ShutdownRequest,
  StreamMessageReader,
  StreamMessageWriter,
  ApplyWorkspaceEditRequest,
  type ApplyWorkspaceEditParams,
  type TextDocumentEdit,
  type TextEdit,
  createProtocolConnection,
} from "vscode-languageserver-protocol/node";
import { TextDocument } from "vscode-languageserver-textdocument";

const binary = process.env["RINGFENCE"];
const options = { skip: binary === undefined ? "RINGFENCE is not set" : false };
const SOURCE = "from shop.billing.ledger import charge\n";
const FIXED = "from shop.billing import charge\n";
let root = "";
let server: ChildProcessWithoutNullStreams | undefined;
let connection: ProtocolConnection;
let applied: ApplyWorkspaceEditParams[] = [];

function write(name: string, text: string): string {
  const file = path.join(root, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
  return pathToFileURL(file).toString();
}

beforeEach(async () => {
  if (binary === undefined) {
    return;
  }
  root = realpathSync(mkdtempSync(path.join(tmpdir(), "ringfence-")));
  write("ringfence.toml", '[modules."shop.billing"]\nexposes = ["charge"]\n\n[modules."shop.orders"]\n');
  write("shop/__init__.py", "");
  write("shop/billing/__init__.py", "from shop.billing.ledger import charge as charge\n");
  write("shop/billing/ledger.py", "def charge(): ...\n");
  server = spawn(binary, ["server"]);
  connection = createProtocolConnection(new StreamMessageReader(server.stdout), new StreamMessageWriter(server.stdin));
  applied = [];
  connection.onRequest(ApplyWorkspaceEditRequest.type, (params) => {
    applied.push(params);
    return { applied: true };
  });
  connection.listen();
  await connection.sendRequest(InitializeRequest.type, {
    processId: process.pid,
    rootUri: pathToFileURL(root).toString(),
    capabilities: {
      textDocument: { diagnostic: {}, codeAction: { resolveSupport: { properties: ["edit"] } } },
      workspace: { applyEdit: true, workspaceEdit: { documentChanges: true } },
    },
    workspaceFolders: [{ uri: pathToFileURL(root).toString(), name: "work" }],
    initializationOptions: { settings: { configuration: null, fixAll: true, unsafeFixes: false, logLevel: "info" } },
  });
  await connection.sendNotification(InitializedNotification.type, {});
});

afterEach(async () => {
  const running = server;
  if (running === undefined) {
    return;
  }
  const code = new Promise((resolve) => running.once("exit", resolve));
  await connection.sendRequest(ShutdownRequest.type);
  await connection.sendNotification(ExitNotification.type);
  assert.equal(await code, 0);
  connection.dispose();
  server = undefined;
  rmSync(root, { recursive: true });
});

async function open(name = "shop/orders.py"): Promise<string> {
  const uri = write(name, SOURCE);
  const textDocument = { uri, languageId: "python", version: 1, text: SOURCE };
  await connection.sendNotification(DidOpenTextDocumentNotification.type, { textDocument });
  return uri;
}

async function diagnostics(uri: string): Promise<FullDocumentDiagnosticReport["items"]> {
  const report = await connection.sendRequest(DocumentDiagnosticRequest.type, { textDocument: { uri } });
  assert.equal(report.kind, "full");
  return (report as FullDocumentDiagnosticReport).items;
}

/** The source after an edit. */
function after(edit: TextDocumentEdit | undefined): string {
  const document = TextDocument.create("", "python", 1, SOURCE);
  return TextDocument.applyEdits(document, (edit?.edits ?? []) as TextEdit[]);
}

test("a diagnostic, its fix, and none any more", options, async () => {
  const uri = await open();
  const [found, ...others] = await diagnostics(uri);
  assert.deepEqual(others, []);
  assert.equal(found?.code, "RF201");
  assert.match(found?.codeDescription?.href ?? "", /private-import/);
  const params = { textDocument: { uri }, range: found!.range, context: { diagnostics: [found!] } };
  const actions = (await connection.sendRequest(CodeActionRequest.type, params)) as CodeAction[];
  const fix = actions.find((action) => action.isPreferred);
  assert.ok(fix !== undefined, JSON.stringify(actions));
  const resolved = await connection.sendRequest(CodeActionResolveRequest.type, fix);
  const text = after(resolved.edit?.documentChanges?.[0] as TextDocumentEdit);
  assert.equal(text, FIXED);
  await connection.sendNotification(DidChangeTextDocumentNotification.type, {
    textDocument: { uri, version: 2 },
    contentChanges: [{ text }],
  });
  assert.deepEqual(await diagnostics(uri), []);
});

test("the command of the extension that fixes all", options, async () => {
  const uri = await open();
  await connection.sendRequest(ExecuteCommandRequest.type, {
    command: "ringfence.applyAutofix",
    arguments: [{ uri }],
  });
  // The server asks for the edit before it answers.
  assert.equal(applied.length, 1);
  assert.equal(after(applied[0]?.edit.documentChanges?.[0] as TextDocumentEdit), FIXED);
});

test("a thousand documents", options, async () => {
  const uris: string[] = [];
  for (let number = 0; number < 1000; number++) {
    uris.push(await open(`shop/orders/m${number}.py`));
  }
  const found = await Promise.all(uris.map((uri) => diagnostics(uri)));
  assert.deepEqual(new Set(found.map((items) => items.map(({ code }) => code).join())), new Set(["RF201"]));
});

test("a request that is taken back is answered once, as such or in full", options, async () => {
  const uri = await open();
  for (let round = 0; round < 30; round++) {
    const source = new CancellationTokenSource();
    const answer = connection.sendRequest(DocumentDiagnosticRequest.type, { textDocument: { uri } }, source.token);
    source.cancel();
    const outcome = await answer.catch((error: unknown) => error);
    const code = outcome instanceof ResponseError ? outcome.code : undefined;
    assert.ok(code === LSPErrorCodes.RequestCancelled || (outcome as { kind?: string }).kind === "full", String(outcome));
  }
  assert.equal((await diagnostics(uri)).length, 1);
});

test("what is no message does no harm", options, async () => {
  const uri = await open();
  connection.onError(() => undefined);
  for (const content of ["{", "[]", '"text"', '{"jsonrpc":"2.0"}', '{"jsonrpc":"2.0","method":7}']) {
    server?.stdin.write(`Content-Length: ${content.length}\r\n\r\n${content}`);
    server?.stdin.write("Nothing: at all\r\n");
    assert.equal((await diagnostics(uri)).length, 1, content);
  }
  await assert.rejects(connection.sendRequest("textDocument/dance", {}), { code: -32601 });
});
