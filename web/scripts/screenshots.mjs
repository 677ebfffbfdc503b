// The pictures of `docs/explorer.md`, made from real pages. RINGFENCE is the binary, HOMEASSISTANT a folder with homeassistant and a config of
// `ringfence init`; without it, only the demo is taken.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { launch } from "../tests/browser.mjs";

const root = new URL("../../", import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), "screenshots-"));
const target = join(root, "docs", "explorer");
mkdirSync(target, { recursive: true });

const pictures = {
    demo: [join(root, "resources/demo"), {
        map: "#view=map",
        edge: "#view=map&edge=shop.plugins.discounts+shop.billing",
        matrix: "#view=matrix",
        cycles: "#view=cycles",
        table: "#view=table",
    }],
    homeassistant: [process.env.HOMEASSISTANT, {
        map: "#view=map&module=homeassistant.helpers",
        matrix: "#view=matrix",
        cycles: "#view=cycles&cycle=1",
    }],
};
const browser = await launch();
for (const [name, [project, views]] of Object.entries(pictures)) {
    if (project === undefined) continue;
    const file = join(folder, `${name}.html`);
    // Links to the web, so that no path of this machine is in a picture.
    const made = spawnSync(process.env.RINGFENCE ?? "ringfence", ["explore", "--quiet", "--source-url", "https://example.org/{path}#L{line}", "-o", file], { cwd: project, encoding: "utf8" });
    if (made.status !== 0) throw new Error(made.stderr);
    for (const [view, hash] of Object.entries(views)) {
        const page = await browser.newPage({ viewport: { width: 1360, height: 800 }, colorScheme: "light" });
        await page.goto(pathToFileURL(file).href + hash);
        await page.waitForTimeout(300);
        await page.screenshot({ path: join(target, `${name}-${view}.png`) });
        await page.close();
    }
}
const dark = await browser.newPage({ viewport: { width: 1360, height: 800 }, colorScheme: "dark" });
await dark.goto(pathToFileURL(join(folder, "demo.html")).href + "#view=map");
await dark.waitForTimeout(300);
await dark.screenshot({ path: join(target, "demo-dark.png") });
await browser.close();
rmSync(folder, { recursive: true });
