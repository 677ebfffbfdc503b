// What somebody does in the editor: trusts the folder, looks at the findings, takes a fix, restarts the server, allows a
// dependency. Run by scripts/try_vscode.sh.
//
// usage: node drive.mjs HOST DEMO PLUGINS CHROMIUM SCREENSHOT
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import * as path from "node:path";
import { createInterface } from "node:readline";

const [host, demo, plugins, executablePath, screenshot] = process.argv.slice(2);
const { chromium } = createRequire(path.join(host, "package.json"))("playwright-core");

/** Starts the backend and gives its address. */
async function start() {
  const main = path.join(host, "lib", "backend", "main.js");
  const backend = spawn(process.execPath, [main, demo, "--hostname=127.0.0.1", "--port=0", `--plugins=local-dir:${plugins}`], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  process.once("exit", () => backend.kill());
  const log = [];
  const address = new Promise((resolve, reject) => {
    backend.once("exit", (code) => reject(new Error(`the backend ended with ${code}`)));
    for (const stream of [backend.stdout, backend.stderr]) {
      createInterface(stream).on("line", (line) => {
        log.push(line);
        const found = /listening on (http:\S+?)\.?$/.exec(line);
        if (found) {
          resolve(found[1]);
        }
      });
    }
  });
  return { log, address: await address };
}

process.once("SIGTERM", () => process.exit(1));
const { log, address } = await start();
const browser = await chromium.launch({
  executablePath,
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
});
const page = await browser.newPage({ viewport: { width: 1400, height: 720 } });
page.setDefaultTimeout(60_000);

const problems = page.locator("#problems");
const editor = page.locator("#theia-main-content-panel .monaco-editor:visible");
const lines = editor.locator(".view-lines");
const prompt = page.locator(".quick-input-widget input.input");
const menu = page.locator(".action-widget");

/** Opens a file as Ctrl+P does. */
async function open(name) {
  await page.keyboard.press("Control+p");
  await prompt.fill(name);
  await page.locator(".quick-input-list .monaco-list-row", { hasText: path.basename(name) }).first().waitFor();
  await page.keyboard.press("Enter");
  await page.locator("#theia-main-content-panel .lm-TabBar-tab.lm-mod-current", { hasText: path.basename(name) }).waitFor();
}

/** Calls a command by its title. */
async function call(title) {
  await page.keyboard.press("F1");
  await prompt.fill(`>${title}`);
  await page.locator(".quick-input-list .monaco-list-row.focused", { hasText: title.split(": ")[1] }).waitFor();
  await page.keyboard.press("Enter");
}

/** What stands in the editor, with the blanks that a browser keeps. */
const text = async () => (await lines.innerText()).replaceAll("\u00a0", " ");

async function wait(title, what) {
  for (const until = Date.now() + 60_000; Date.now() < until; ) {
    if (await what()) {
      return;
    }
    await page.waitForTimeout(50);
  }
  throw new Error(`${title}: nothing after 60 s`);
}

/** How many findings of a severity are underlined in the editor. */
const underlined = (severity) => editor.locator(`.squiggly-${severity}`).count();

/** Chooses what the editor offers at the end of a line. */
async function choose(line, title, meanwhile) {
  await lines.locator(".view-line").first().click();
  await page.keyboard.press("Control+Home");
  for (let above = 1; above < line; above += 1) {
    await page.keyboard.press("ArrowDown");
  }
  await page.keyboard.press("End");
  await page.keyboard.press("Control+.");
  const focused = menu.locator(".monaco-list-row.focused");
  await focused.waitFor();
  await page.waitForTimeout(500);
  await meanwhile?.();
  for (let left = 10; !(await focused.innerText()).replaceAll("\u00a0", " ").includes(title); left -= 1) {
    assert.ok(left > 0, `the fix: ${title}`);
    await page.keyboard.press("ArrowDown");
  }
  await page.keyboard.press("Enter");
}

async function save() {
  await page.keyboard.press("Control+s");
  await page.locator("#theia-main-content-panel .lm-mod-current.theia-mod-dirty").waitFor({ state: "detached" });
}

async function main() {
  await page.goto(address);
  // Nothing of the folder is run before.
  const trust = page.getByRole("button", { name: "Yes", exact: true });
  await trust.waitFor();
  assert.equal(await page.locator(".theia-notification-list-item", { hasText: "ringfence:" }).count(), 0, "no complaint");
  await trust.click();

  // What is shown.
  await open("src/shop/orders/service.py");
  await wait("an error and a warning", async () => (await underlined("error")) > 0 && (await underlined("warning")) > 0);
  await page.keyboard.press("Control+Shift+m");
  for (const code of ["RF201", "RF103", "RF110", "RF303"]) {
    await problems.getByText(`ringfence(${code})`).first().waitFor();
  }

  // The fixes at the name that is private.
  await choose(1, "Import `charge` from `shop.billing`", () => page.screenshot({ path: screenshot }));
  await wait("the fixed text", async () => (await text()).includes("from shop.billing import charge"));
  await wait("the warning without the error", async () => (await underlined("warning")) > 0 && (await underlined("error")) === 0);
  await save();

  // Another server goes on where that one was.
  await call("ringfence: Restart Server");
  await call("ringfence: Show Output");
  const starts = page.locator("#theia-bottom-content-panel .view-line", { hasText: "from `ringfence.path`" });
  await wait("a second start in the output", async () => (await starts.count()) === 2);

  // A dependency that is allowed: the findings follow the text of the config, before it is saved.
  await open("src/shop/plugins/gift_cards.py");
  await wait("an error", async () => (await underlined("error")) > 0);
  await choose(2, "Add `shop.customers` to `depends-on`");
  await wait("no error any more", async () => (await underlined("error")) === 0);
  await open("ringfence.toml");
  assert.ok((await text()).includes('depends-on = ["shop.catalog", "shop.customers"]'), "the config with the dependency");
  await save();
}

let failed = false;
try {
  await main();
} catch (error) {
  failed = true;
  await page.screenshot({ path: screenshot });
  console.error(log.filter((line) => !line.includes("Closing channel")).slice(-60).join("\n"));
  console.error(error);
}
await browser.close();
process.exit(failed ? 1 : 0);
