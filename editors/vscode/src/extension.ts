// The extension: starts the server, and what the user can tell it.
import * as vscode from "vscode";
import { ExecuteCommandRequest, LanguageClient, type LanguageClientOptions } from "vscode-languageclient/node";
import type { CancellationToken, MessageSignature } from "vscode-languageclient/node";

import { type Surroundings, findBinary } from "./binary";
import { DOCUMENTS, NEEDS_RESTART, type Settings, readSettings, serverSettings } from "./settings";

class Client extends LanguageClient {
  /** A request that a stop overtook is no failure to tell the user of. */
  override handleFailedRequest<T>(
    type: MessageSignature,
    token: CancellationToken | undefined,
    error: unknown,
    fallback: T,
    notify?: boolean,
  ): T {
    return this.isRunning() ? super.handleFailedRequest(type, token, error, fallback, notify) : fallback;
  }
}

/** The server, at most one at a time. */
class Server {
  private client: LanguageClient | undefined;
  /** Starts and stops follow one another. */
  private last: Promise<void> = Promise.resolve();

  constructor(
    private readonly extension: string,
    private readonly output: vscode.LogOutputChannel,
    private readonly status: vscode.LanguageStatusItem,
  ) {}

  get running(): LanguageClient | undefined {
    return this.client;
  }

  settings(): Settings {
    return readSettings(vscode.workspace.getConfiguration("ringfence"));
  }

  surroundings(): Surroundings {
    const folders = (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === "file");
    return {
      folders: folders.map(({ uri }) => uri.fsPath),
      extension: this.extension,
      env: process.env,
      platform: process.platform,
    };
  }

  restart(): Promise<void> {
    this.last = this.last.then(() => this.startAnew()).catch((error: unknown) => this.fail(String(error)));
    return this.last;
  }

  stop(): Promise<void> {
    this.last = this.last.then(() => this.end()).catch((error: unknown) => this.output.error(String(error)));
    return this.last;
  }

  /** Tells the server of settings that it takes while it runs. */
  async tell(): Promise<void> {
    const settings = serverSettings(this.settings(), this.surroundings());
    await this.client?.sendNotification("workspace/didChangeConfiguration", { settings });
  }

  private async startAnew(): Promise<void> {
    await this.end();
    const settings = this.settings();
    if (!settings.enable) {
      this.say("off", "`ringfence.enable` is false", vscode.LanguageStatusSeverity.Information);
      return;
    }
    const surroundings = this.surroundings();
    const { isTrusted } = vscode.workspace;
    const binary = findBinary({ ...settings, isTrusted }, surroundings);
    if (typeof binary === "string") {
      if (isTrusted) {
        this.fail(binary);
      } else {
        // What the user has chosen is no failure, and trust starts it.
        this.output.warn(binary);
        this.say("not running", binary, vscode.LanguageStatusSeverity.Warning);
      }
      return;
    }
    this.output.info(`${binary.path}, from ${binary.origin}`);
    const options: LanguageClientOptions = {
      documentSelector: DOCUMENTS,
      outputChannel: this.output,
      initializationOptions: { settings: serverSettings(settings, surroundings) },
    };
    const client = new Client("ringfence", "ringfence", { command: binary.path, args: ["server"] }, options);
    this.client = client;
    await client.start();
    const version = client.initializeResult?.serverInfo?.version ?? "";
    this.say(`ringfence ${version}`, binary.path, vscode.LanguageStatusSeverity.Information);
  }

  private async end(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    // One that did not start cannot be stopped either.
    await client?.dispose().catch((error: unknown) => this.output.warn(String(error)));
  }

  private fail(reason: string): void {
    this.output.error(reason);
    this.say("not running", reason, vscode.LanguageStatusSeverity.Error);
    void vscode.window.showErrorMessage(`ringfence: ${reason}`, "Show Output").then((chosen) => {
      if (chosen !== undefined) {
        this.output.show();
      }
    });
  }

  private say(text: string, detail: string, severity: vscode.LanguageStatusSeverity): void {
    this.status.text = text;
    this.status.detail = detail;
    this.status.severity = severity;
  }
}

async function fixAll(server: Server): Promise<void> {
  const document = vscode.window.activeTextEditor?.document;
  if (document === undefined || server.running === undefined) {
    return;
  }
  try {
    await server.running.sendRequest(ExecuteCommandRequest.type, {
      command: "ringfence.applyAutofix",
      arguments: [{ uri: document.uri.toString() }],
    });
  } catch (error) {
    void vscode.window.showErrorMessage(`ringfence: ${String(error)}`);
  }
}

let server: Server | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const output = vscode.window.createOutputChannel("ringfence", { log: true });
  const status = vscode.languages.createLanguageStatusItem("ringfence", DOCUMENTS);
  status.name = "ringfence";
  status.command = { command: "ringfence.showOutput", title: "Show Output" };
  const started = new Server(context.extensionPath, output, status);
  server = started;
  context.subscriptions.push(
    output,
    status,
    vscode.commands.registerCommand("ringfence.restart", () => started.restart()),
    vscode.commands.registerCommand("ringfence.showOutput", () => output.show()),
    vscode.commands.registerCommand("ringfence.fixAll", () => fixAll(started)),
    vscode.workspace.onDidGrantWorkspaceTrust(() => started.restart()),
    vscode.workspace.onDidChangeConfiguration(async (change) => {
      if (NEEDS_RESTART.some((key) => change.affectsConfiguration(`ringfence.${key}`))) {
        await started.restart();
      } else if (change.affectsConfiguration("ringfence")) {
        await started.tell();
      }
    }),
  );
  await started.restart();
}

export async function deactivate(): Promise<void> {
  await server?.stop();
}
