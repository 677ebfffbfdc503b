// The page of `ringfence explore` in a real browser. RINGFENCE is the binary; PROJECT, if it is set, is a large project to be tried, too.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { launch } from "./browser.mjs";

const ringfence = process.env.RINGFENCE ?? "ringfence";
const demo = new URL("../../resources/demo", import.meta.url).pathname;
const axe = readFileSync(new URL("../node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
const folder = mkdtempSync(join(tmpdir(), "explorer-"));
let browser;

before(async () => { browser = await launch(); });
after(async () => {
    await browser.close();
    rmSync(folder, { recursive: true });
});

function run(project, ...words) {
    // Where a build runs, no baseline is written.
    const env = { ...process.env, CI: undefined, GITHUB_ACTIONS: undefined };
    const result = spawnSync(ringfence, words, { cwd: project, encoding: "utf8", maxBuffer: 1 << 30, env });
    assert.ok(result.status === 0 || (words[0] === "check" && result.status === 1), result.stderr);
    return result.stdout;
}

const json = (project, ...words) => JSON.parse(run(project, ...words, "--quiet"));

/** Opens the page of a project; whatever it asks for or complains of is noted. */
async function open(project, { hash = "", words = [], ...options } = {}) {
    const file = join(folder, `${project.replaceAll(/\W/g, "-")}.html`);
    run(project, "explore", "--quiet", "-o", file, ...words);
    const page = await browser.newPage({ viewport: { width: 1500, height: 900 }, ...options });
    const troubles = [];
    page.on("console", message => { if (["error", "warning"].includes(message.type())) troubles.push(message.text()); });
    page.on("pageerror", error => troubles.push(error.stack));
    page.on("request", request => { if (!request.url().startsWith("file://") && !request.url().startsWith("blob:")) troubles.push(`asks for ${request.url()}`); });
    page.on("dialog", dialog => {
        troubles.push(`a dialog says ${dialog.message()}`);
        void dialog.dismiss();
    });
    await page.goto(pathToFileURL(file).href + hash);
    await page.waitForSelector("main");
    return { page, troubles, file };
}

const figure = (page, key) => page.locator(`[data-count="${key}"]`).first().getAttribute("data-value").then(Number);

async function numbersAgree(page, project) {
    const graph = json(project, "graph", "--format", "json");
    const boundaries = json(project, "graph", "--format", "json", "--level", "boundaries");
    const coverage = json(project, "coverage", "--output-format", "json");
    const findings = JSON.parse(run(project, "check", "--quiet", "--output-format", "json"));
    const imports = edges => edges.reduce((sum, edge) => sum + edge.imports.length, 0);
    assert.equal(await figure(page, "modules"), coverage.modules);
    assert.equal(await figure(page, "percent"), coverage.percent);
    assert.equal(await figure(page, "imports"), imports(graph.edges));
    assert.equal(await figure(page, "boundaries"), boundaries.modules.length);
    assert.equal(await figure(page, "errors"), findings.filter(it => it.severity === "error").length);
    assert.equal(await figure(page, "warnings"), findings.filter(it => it.severity === "warning").length);

    const overview = await page.locator("aside.details").innerText();
    assert.ok(overview.includes(`${coverage.governed_imports.toLocaleString("en-US")} of ${coverage.imports.toLocaleString("en-US")} import`), overview.slice(0, 400));

    // Every edge of the graph, and every import of it, is in the page.
    const shown = await page.evaluate(() => {
        const model = JSON.parse(document.getElementById("model").textContent);
        const names = [];
        model.modules.parent.forEach((parent, module) => names.push(parent < 0 ? model.modules.segment[module] : `${names[parent]}.${model.modules.segment[module]}`));
        const edges = model.edges.from.map((from, edge) => `${names[from]} ${names[model.edges.to[edge]]} ${model.edges.count[edge]}`);
        const externals = model.externals.from.map((from, edge) => `${names[from]} ${model.external_names[model.externals.to[edge]]} ${model.externals.count[edge]}`);
        const listed = names.filter((_, module) => (model.modules.flags[module] & 1) !== 0);
        return { edges, externals, listed, findings: model.findings.filter(it => !it.known && !it.off).map(it => `${it.code} ${it.line} ${it.message}`), lines: model.edges.line.reduce((sum, line) => sum + line, 0), unresolved: model.unresolved };
    });
    const told = edges => edges.map(edge => `${edge.importer} ${edge.imported} ${edge.imports.length}`).sort();
    assert.deepEqual(shown.edges.sort(), told(graph.edges));
    assert.deepEqual(shown.externals.sort(), told(graph.externals));
    assert.deepEqual(shown.listed.sort(), graph.modules.map(module => module.name).sort());
    assert.equal(shown.unresolved, graph.unresolved.length);
    assert.equal(shown.lines, graph.edges.flatMap(edge => edge.imports).reduce((sum, it) => sum + it.line, 0));
    assert.deepEqual(shown.findings.sort(), findings.map(it => `${it.code} ${it.location.row} ${it.message}`).sort());

    // The table counts as `graph --level boundaries` does.
    await page.click('[data-view="table"]');
    for (const { name } of boundaries.modules.slice(0, 8)) {
        await page.locator("#search").fill(name);
        const row = page.locator(`tr[data-module="${name}"]`);
        const cell = async key => Number((await row.locator(`[data-key="${key}"]`).textContent()).replaceAll(",", ""));
        const [from, to] = ["importer", "imported"].map(end => boundaries.edges.filter(edge => edge[end] === name));
        assert.deepEqual(await Promise.all(["fanOut", "fanIn", "importsOut", "importsIn"].map(cell)), [from.length, to.length, imports(from), imports(to)], name);
    }
    await page.locator("#search").fill("");
    await page.click('[data-view="map"]');
}

async function isAccessible(page, what) {
    const { violations, passes } = await page.evaluate(async source => {
        // The page's policy lets no script in; what the browser's own tools run is another matter.
        if (window.axe === undefined) (0, eval)(source);
        const { violations, passes } = await window.axe.run(document);
        return { passes: passes.length, violations: violations.map(it => `${it.id}: ${it.nodes.slice(0, 2).map(node => node.html.slice(0, 160)).join(" | ")}`) };
    }, axe);
    assert.ok(passes > 15, `${passes} checks of ${what}`);
    assert.deepEqual(violations, [], what);
}

test("the demo is opened, searched and followed, and all its numbers are those of the other commands", { timeout: 110_000 }, async () => {
    const { page, troubles, file } = await open(demo);
    await numbersAgree(page, demo);

    // Opens a package.
    const boxes = () => page.locator(".map .node").count();
    const few = await boxes();
    await page.locator('.node[data-name="shop.orders"]').dblclick();
    await page.waitForSelector('.node[data-name="shop.orders.service"]');
    assert.ok(await boxes() > few);

    // A red line says what breaks which rule, where, and which line of the config says so.
    await page.locator('.link[data-from="shop.plugins.discounts"][data-to="shop.billing"] .touch').dispatchEvent("click");
    const panel = page.locator("aside.details");
    const text = await panel.innerText();
    for (const part of ["RF102", "plugins never touch money", "src/shop/plugins/discounts.py:1", "ringfence.toml:15", "may not import"]) assert.ok(text.includes(part), `${part} in ${text}`);
    const why = JSON.parse(run(demo, "why", "shop.plugins.discounts", "shop.billing", "--quiet", "--output-format", "json"));
    for (const reason of why.reasons) assert.ok(text.includes(reason.text.replaceAll("`", "")), reason.text);
    assert.ok((await panel.locator("a.place").first().getAttribute("href")).startsWith("vscode://file/"));

    // The address holds what is shown.
    const shared = page.url();
    await page.click('[data-view="matrix"]');
    await page.waitForSelector(".cells");
    assert.ok(await page.locator(".cell.broken").count() > 0);
    await page.click('[data-view="cycles"]');
    await page.waitForSelector("text=The cheapest cut");
    const other = await browser.newPage({ viewport: { width: 1500, height: 900 } });
    await other.goto(shared);
    await other.waitForSelector('.node[data-name="shop.orders.service"]');
    assert.equal(await other.locator("aside.details").innerText(), text);
    await other.close();

    // All rows as CSV, with a line of titles.
    await page.keyboard.press("4");
    const [download] = await Promise.all([page.waitForEvent("download"), page.click("text=Save as CSV")]);
    const lines = readFileSync(await download.path(), "utf8").trim().split("\r\n");
    assert.equal(lines.length, 1 + await figure(page, "boundaries"));
    assert.ok(lines.some(line => line.startsWith("shop.orders,")), lines.join("\n"));

    // By keyboard alone.
    await page.keyboard.press("1");
    await page.keyboard.press("Escape");
    await page.keyboard.press("/");
    await page.keyboard.type("ledger");
    await page.keyboard.press("Enter");
    assert.match(await panel.innerText(), /shop\.billing\.ledger/);
    assert.match(page.url(), /focus=/);

    assert.deepEqual(troubles, []);
    assert.ok(!readFileSync(file, "utf8").includes("http-equiv=\"refresh\""));
    await page.close();
});

test("what a screen reader meets is named, in every view, in the dark and in the light", { timeout: 110_000 }, async () => {
    for (const colorScheme of ["light", "dark"]) {
        const { page } = await open(demo, { colorScheme, bypassCSP: true });
        for (const view of ["map", "matrix", "cycles", "table"]) {
            await page.click(`[data-view="${view}"]`);
            await isAccessible(page, `${view}, ${colorScheme}`);
        }
        await page.locator('tr[data-module="shop.orders"] th button').click();
        await isAccessible(page, `details, ${colorScheme}`);
        await page.close();
    }
});

test("names, reasons and owners are never markup", { timeout: 60_000 }, async () => {
    const project = join(folder, "hostile");
    const evil = `</script><img src=x onerror=alert(1)>`;
    mkdirSync(join(project, "shop"), { recursive: true });
    const name = "x<img src=x onerror=alert(2)>";
    writeFileSync(join(project, "shop", "__init__.py"), "");
    writeFileSync(join(project, "shop", "a.py"), `import shop.b\nimport importlib\nimportlib.import_module("shop.${name}")\nimport requests\n`);
    writeFileSync(join(project, "shop", "b.py"), "import shop.a\n");
    writeFileSync(join(project, "shop", `${name}.py`), "import shop.a\n");
    writeFileSync(join(project, "ringfence.toml"), [
        `layers = ["<b>top</b>", "${evil}"]`,
        `[modules."shop.a"]\nlayer = "${evil}"\nowner = "${evil}"\nforbids = [{ module = "shop.b", reason = "${evil} \u2028 & <!--" }]`,
        `[modules."shop.b"]\nlayer = "<b>top</b>"\nowner = "javascript:alert(3)"`,
        `[[contracts]]\nname = "${evil}"\ntype = "forbidden"\nfrom = ["shop.b"]\nto = ["shop.a"]\n`,
    ].join("\n"));
    const { page, troubles } = await open(project);
    assert.ok(await page.locator(".node").count() >= 3);
    for (const view of ["matrix", "cycles", "table", "map"]) {
        await page.click(`[data-view="${view}"]`);
        assert.equal(await page.locator("img").count(), 0, view);
    }
    await page.evaluate(() => { location.hash = "#view=map&edge=shop.a+shop.b&rule=%3Cimg+src%3Dx+onerror%3Dalert(4)%3E&focus=%22%3E%3Cimg+src%3Dx%3E"; });
    await page.waitForTimeout(100);
    assert.ok((await page.locator("aside.details").innerText()).includes(evil));
    assert.equal(await page.locator("img, b").count(), 0);
    assert.equal(await page.evaluate(() => [...document.querySelectorAll("a")].filter(link => !/^(vscode|https?|blob):/.test(link.href)).length), 0);
    assert.deepEqual(troubles, []);
    await page.close();
});

test("a page that is watched is true a moment after a file is saved, and is for this machine alone", { timeout: 60_000 }, async () => {
    const project = join(folder, "watched");
    mkdirSync(project);
    writeFileSync(join(project, "a.py"), "import b\n");
    writeFileSync(join(project, "b.py"), "");
    writeFileSync(join(project, "ringfence.toml"), "[modules.a]\n\n[modules.b]\n");
    const server = spawn(ringfence, ["explore", "--watch", "--quiet"], { cwd: project, stdio: ["ignore", "pipe", "inherit"] });
    try {
        const url = await new Promise((resolve, reject) => {
            server.stdout.once("data", data => resolve(String(data).trim()));
            server.once("exit", code => reject(new Error(`ended with ${code}`)));
        });
        assert.match(url, /^http:\/\/127\.0\.0\.1:\d+\/[0-9a-f]{32}\/$/);
        const page = await browser.newPage();
        await page.goto(url);
        const errors = () => page.locator('[data-count="errors"]').getAttribute("data-value");
        const becomes = value => page.waitForSelector(`[data-count="errors"][data-value="${value}"]`, { timeout: 15_000 });
        assert.equal(await errors(), "0");
        await page.click('[data-view="table"]');
        // The config, a file that is known, a file that is new.
        writeFileSync(join(project, "ringfence.toml"), "[modules.a]\ndepends-on = []\n\n[modules.b]\n");
        await becomes(1);
        assert.match(page.url(), /view=table/);
        writeFileSync(join(project, "a.py"), "import b\nfrom b import x\n");
        await becomes(2);
        writeFileSync(join(project, "b.py"), "x = 1\n");
        writeFileSync(join(project, "a.py"), "");
        await becomes(0);
        // A folder that comes with all that is in it.
        mkdirSync(join(folder, "b"));
        writeFileSync(join(folder, "b", "__init__.py"), "");
        renameSync(join(folder, "b"), join(project, "c"));
        await page.waitForSelector('[data-count="modules"][data-value="3"]', { timeout: 15_000 });
        // A config with mistakes leaves the last page.
        writeFileSync(join(project, "ringfence.toml"), "[modules.a\n");
        await page.waitForTimeout(500);
        assert.equal(await errors(), "0");

        const status = async (address, options) => (await fetch(address, options)).status;
        const answer = await fetch(url);
        assert.equal(answer.status, 200);
        assert.equal(answer.headers.get("access-control-allow-origin"), null);
        assert.equal(await status(new URL("/", url)), 404);
        assert.equal(await status(url.replace(/[0-9a-f]{32}/, "0".repeat(32))), 404);
        assert.equal(await status(url, { method: "POST" }), 405);
        const port = new URL(url).port;
        const asOther = await new Promise((resolve, reject) => {
            request({ host: "127.0.0.1", port, path: new URL(url).pathname, headers: { Host: `example.org:${port}` } }, it => resolve(it.statusCode)).on("error", reject).end();
        });
        assert.equal(asOther, 403);
        await page.close();
    } finally {
        server.kill();
    }
});

/** Serves a project; `answer` is told its address, and how to wait for a newer page than one of a revision. */
async function served(project, words, answer) {
    const server = spawn(ringfence, ["explore", "--watch", "--quiet", ...words], { cwd: project, stdio: ["ignore", "pipe", "ignore"] });
    try {
        const url = await new Promise((resolve, reject) => {
            server.stdout.once("data", data => resolve(String(data).trim()));
            server.once("exit", code => reject(new Error(`ended with ${code}`)));
        });
        const revision = async () => Number(await (await fetch(`${url}revision`)).text());
        const newer = async (than, within, what) => {
            for (const until = Date.now() + within; Date.now() < until;) {
                const now = await revision();
                if (now > than) return now;
                await new Promise(resolve => setTimeout(resolve, 50));
            }
            throw new Error(`no newer page than ${than} after ${within} ms: ${what}`);
        };
        await answer(url, revision, newer);
    } finally {
        server.kill();
    }
}

test("a page that is watched follows whatever it was made of, however often that changes", { timeout: 90_000 }, async () => {
    const around = join(folder, "around");
    const project = join(around, "project");
    mkdirSync(join(project, "app_cache"), { recursive: true });
    mkdirSync(join(around, "configs"));
    const config = join(around, "configs", "boundaries.toml");
    const forbids = "[modules.a]\ndepends-on = []\n\n[modules.b]\n";
    const fill = () => {
        mkdirSync(join(project, "app_cache"), { recursive: true });
        writeFileSync(join(project, "a.py"), "import b\n");
        writeFileSync(join(project, "b.py"), "");
        writeFileSync(join(project, "app_cache", "__init__.py"), "");
        writeFileSync(join(project, "app_cache", "store.py"), "");
    };
    fill();
    writeFileSync(config, forbids);
    run(project, "baseline", "--quiet", "--config", config);
    await served(project, ["--config", config], async (url, revision, newer) => {
        const errors = async () => {
            const page = await (await fetch(url)).text();
            return JSON.parse(page.split('id="model">')[1].split("</script>")[0]).summary.errors;
        };
        assert.equal(await errors(), 0, "the baseline knows the finding");
        let last = await revision();
        rmSync(join(project, "ringfence-baseline.toml"), { force: true });
        for (const name of readdirSync(project).filter(name => name.includes("baseline"))) rmSync(join(project, name));
        last = await newer(last, 5000, "the baseline is gone");
        assert.equal(await errors(), 1);

        writeFileSync(config, forbids.replace("depends-on = []\n", ""));
        last = await newer(last, 5000, "the config elsewhere");
        assert.equal(await errors(), 0);

        writeFileSync(join(project, "app_cache", "store.py"), "import a\n");
        last = await newer(last, 5000, "a package of the project that is called like a cache");

        // Somebody who never stops to save keeps nobody from seeing it.
        let at = 0;
        const saving = setInterval(() => { writeFileSync(join(project, "a.py"), `import b\nx = ${at++}\n`); }, 40);
        try {
            const first = await newer(last, 5000, "files that change all the time");
            last = await newer(first, 5000, "files that go on changing");
        } finally {
            clearInterval(saving);
        }
        await new Promise(resolve => setTimeout(resolve, 1500));

        last = await revision();
        rmSync(project, { recursive: true });
        await new Promise(resolve => setTimeout(resolve, 400));
        fill();
        writeFileSync(join(project, "a.py"), "import b\nimport app_cache\n");
        last = await newer(last, 8000, "the folder is back");
        writeFileSync(join(project, "c.py"), "");
        await newer(await revision(), 5000, "a file in the folder that is back");
    });
});

test("what is made anew is looked at as before", { timeout: 60_000 }, async () => {
    const project = join(folder, "kept");
    mkdirSync(project);
    for (let at = 0; at < 80; at++) writeFileSync(join(project, `m${at}.py`), "import m0\n");
    writeFileSync(join(project, "ringfence.toml"), "");
    await served(project, [], async url => {
        const page = await browser.newPage({ viewport: { width: 1200, height: 500 }, colorScheme: "light" });
        await page.goto(url);
        await page.getByLabel("Dark or light").click();
        await page.getByLabel("Zoom in").click();
        await page.waitForTimeout(400);
        await page.locator("#search").fill("m7");
        const looks = () => page.evaluate(() => ({
            theme: document.documentElement.dataset.theme, zoom: document.querySelector(".canvas > g").getAttribute("transform"),
            search: document.querySelector("#search").value, scrolled: [...document.querySelectorAll(".side, .outline, aside.details")].map(it => it.scrollTop),
        }));
        await page.evaluate(() => { for (const it of document.querySelectorAll(".side, .outline, aside.details")) it.scrollTo(0, 70); });
        const before = await looks();
        assert.equal(before.theme, "dark");
        assert.ok(before.scrolled.some(top => top > 0), JSON.stringify(before));
        writeFileSync(join(project, "m80.py"), "");
        await page.waitForSelector('[data-count="modules"][data-value="81"]', { timeout: 15_000 });
        assert.deepEqual(await looks(), before);
        await page.close();
    });
});

test("what is not allowed where its rule is off is no finding, and the line, the panel and the address say so", { timeout: 60_000 }, async () => {
    const project = join(folder, "off");
    mkdirSync(project);
    writeFileSync(join(project, "a.py"), "import b\nimport c\nimport requests\n");
    for (const name of ["b", "c"]) writeFileSync(join(project, `${name}.py`), "");
    writeFileSync(join(project, "ringfence.toml"), "ignore = [\"RF101\", \"RF102\"]\n\n[modules.a]\nforbids = [\"b\"]\nforbids-externals = [\"requests\"]\ndepends-on = [{ module = \"c\", deprecated = \"use b\" }]\n\n[modules.b]\n\n[modules.c]\n");
    const { page, troubles } = await open(project);
    const panel = page.locator("aside.details");
    const link = (from, to) => page.locator(`.link[data-from="${from}"][data-to="${to}"]`);
    assert.equal(await figure(page, "errors"), JSON.parse(run(project, "check", "--quiet", "--output-format", "json")).filter(it => it.severity === "error").length);
    assert.match(await link("a", "b").getAttribute("class"), /\boff\b/);
    assert.match(await link("a", "c").getAttribute("class"), /\bdeprecated\b/);
    await link("a", "b").locator(".touch").dispatchEvent("click");
    const text = await panel.innerText();
    for (const part of ["a may not import b", "the rule is off here", "switched off", "a.py:1"]) assert.ok(text.includes(part), `${part} in ${text}`);
    await page.getByLabel("Show externals").check();
    assert.match(await link("a", "requests").getAttribute("class"), /\bbroken\b/);
    await link("a", "requests").locator(".touch").dispatchEvent("click");
    assert.match(await panel.innerText(), /RF109|forbids-externals/);
    // What is searched for is in the box, too.
    await page.evaluate(() => { location.hash = "#view=table&rows=modules&find=c"; });
    await page.waitForSelector('tr[data-module="c"]');
    assert.equal(await page.locator("#search").inputValue(), "c");
    assert.equal(await page.locator("tr[data-module]").count(), 1);
    const [download] = await Promise.all([page.waitForEvent("download"), page.click("text=Save 1 row as CSV")]);
    assert.equal(readFileSync(await download.path(), "utf8").trim().split("\r\n").length, 2);
    assert.deepEqual(troubles, []);
    await page.close();
});

test("the panel counts what the map draws: with a filter, of nested boundary modules, and in a box of the rest", { timeout: 60_000 }, async () => {
    const project = join(folder, "counts");
    mkdirSync(join(project, "pkg", "inner"), { recursive: true });
    writeFileSync(join(project, "pkg", "__init__.py"), "x = 1\n");
    writeFileSync(join(project, "pkg", "own.py"), "");
    writeFileSync(join(project, "pkg", "inner", "__init__.py"), "");
    writeFileSync(join(project, "top.py"), "from typing import TYPE_CHECKING\nimport pkg.own\nimport pkg.inner\nimport pkg.inner as again\nif TYPE_CHECKING:\n    import pkg.own as third\n");
    for (let at = 0; at < 40; at++) writeFileSync(join(project, `z${String(at).padStart(2, "0")}.py`), "import top\n");
    writeFileSync(join(project, "ringfence.toml"), "[modules.top]\n\n[modules.pkg]\n\n[modules.\"pkg.inner\"]\n");
    const { page, troubles } = await open(project, { hash: "#view=map&module=top&shut=pkg" });
    const panel = page.locator("aside.details");
    const count = () => panel.locator('[data-count="edge-imports"]').innerText().then(text => Number(text));
    for (const [name, imports] of [["pkg (its own part)", 2], ["pkg.inner", 2]]) {
        await page.evaluate(() => { location.hash = "#view=map&module=top"; });
        const item = panel.locator("li", { has: page.getByRole("button", { name, exact: true }) });
        assert.equal(Number(await item.locator(".count").innerText()), imports, name);
        await item.getByRole("button").click();
        assert.equal(await count(), imports, name);
    }
    for (const [typing, imports] of [["", 4], ["&typing=1", 3]]) {
        await page.evaluate(hash => { location.hash = hash; }, `#view=map&shut=pkg&edge=top+pkg${typing}`);
        await page.waitForFunction(imports => document.querySelector('[data-count="edge-imports"]')?.textContent === String(imports), imports);
        assert.equal(Number(await page.locator('.link[data-from="top"][data-to="pkg"]').getAttribute("data-imports")), imports);
        assert.equal(await panel.locator(".imports > li").count(), imports);
    }
    const rest = page.locator(".node.rest");
    const name = await rest.getAttribute("data-name");
    const link = page.locator(`.link[data-from="${name}"]`).first();
    const drawn = Number(await link.getAttribute("data-imports"));
    await link.locator(".touch").dispatchEvent("click");
    assert.equal(await count(), drawn);
    await rest.dispatchEvent("click");
    assert.equal(await panel.locator(".others li").count(), Number(/\((\d+) more\)/.exec(name)[1]));
    assert.deepEqual(troubles, []);
    await page.close();
});

test("of a part, the head has the numbers of the part, and says which are those of the whole", { timeout: 60_000 }, async () => {
    const part = "src/shop/orders";
    const { page, troubles } = await open(demo, { words: [part] });
    const graph = json(demo, "graph", "--format", "json", part);
    const findings = JSON.parse(run(demo, "check", "--quiet", "--output-format", "json", part));
    assert.equal(await figure(page, "modules"), graph.modules.length);
    assert.equal(await figure(page, "imports"), graph.edges.reduce((sum, edge) => sum + edge.imports.length, 0));
    assert.equal(await figure(page, "boundaries"), json(demo, "graph", "--format", "json", "--level", "boundaries", part).modules.length);
    assert.equal(await figure(page, "errors"), findings.filter(it => it.severity === "error").length);
    assert.equal(await figure(page, "percent"), json(demo, "coverage", "--output-format", "json").percent);
    assert.ok((await page.locator("header").innerText()).includes("of the whole project governed"));
    // Nothing else is drawn.
    const listed = graph.modules.map(module => module.name);
    for (const name of await page.locator(".map .node").evaluateAll(nodes => nodes.map(node => node.dataset.name.replace(/ \(.*/, "")))) {
        assert.ok(listed.some(its => its === name || its.startsWith(`${name}.`)), name);
    }
    assert.deepEqual(troubles, []);
    await page.close();
});

test("a project without modules says so", { timeout: 60_000 }, async () => {
    const project = join(folder, "empty");
    mkdirSync(project);
    writeFileSync(join(project, "ringfence.toml"), "");
    const { page, troubles } = await open(project);
    assert.equal(await page.locator(".nothing").innerHTML(), "There are no modules here.");
    assert.deepEqual(troubles, []);
    await page.close();
});

test("a page of differences shows what came and what went", { timeout: 60_000 }, async () => {
    const project = join(folder, "compared");
    mkdirSync(project);
    const write = (name, text) => { writeFileSync(join(project, name), text); };
    const git = (...words) => {
        const result = spawnSync("git", ["-c", "user.name=x", "-c", "user.email=x@example.org", ...words], { cwd: project, encoding: "utf8" });
        assert.equal(result.status, 0, result.stderr);
    };
    write("ringfence.toml", "[modules.a]\n[modules.b]\n[modules.c]\n[modules.d]\n");
    write("a.py", "import b\n");
    for (const name of ["b", "c", "d"]) write(`${name}.py`, "");
    write("d.py", "import c\n");
    git("init", "-q");
    git("add", ".");
    git("commit", "-q", "-m", "x");
    write("a.py", "import c\n");
    const file = join(folder, "compared.html");
    run(project, "diff", "HEAD", "--quiet", "--output-format", "html", "-o", file);
    const page = await browser.newPage({ viewport: { width: 1500, height: 900 } });
    const troubles = [];
    page.on("pageerror", error => troubles.push(error.stack));
    await page.goto(pathToFileURL(file).href);
    await page.waitForSelector(".link.new");
    const links = mark => page.locator(`.link.${mark}`).evaluateAll(all => all.map(it => `${it.dataset.from} ${it.dataset.to}`));
    assert.deepEqual([await links("new"), await links("gone"), await links("ungoverned")], [["a c"], ["a b"], ["d c"]]);
    assert.deepEqual(await page.locator(".legend li").evaluateAll(all => all.map(it => it.className).slice(0, 2)), ["new", "gone"]);
    assert.match(await page.locator("[data-compared]").textContent(), /^from HEAD \([0-9a-f]{7}\) to the working tree$/);
    // What is gone has no imports to show, and no view fails over it.
    await page.locator(".link.gone .touch").dispatchEvent("click");
    await page.waitForSelector("aside.details section");
    await page.click('[data-view="matrix"]');
    await page.waitForSelector(".cell.gone");
    assert.deepEqual(troubles, []);
    await page.close();
});

test("a large project opens and answers in time", { skip: process.env.PROJECT === undefined, timeout: 300_000 }, async () => {
    const project = process.env.PROJECT;
    const { page, troubles, file } = await open(project);
    await numbersAgree(page, project);
    const panel = page.locator("aside.details");

    // Opens packages.
    const shown = () => page.locator(".map .node").evaluateAll(nodes => nodes.map(node => node.dataset.name));
    for (let times = 0; times < 3; times++) {
        const before = await shown();
        await page.locator(".node .more").nth(times).dispatchEvent("dblclick");
        assert.notDeepEqual(await shown(), before);
    }

    await page.locator("#search").fill("util");
    await page.waitForSelector("#results li");
    await page.keyboard.press("Enter");
    assert.match(page.url(), /focus=/);
    await page.click("text=Show all");

    // A red line: as many imports as it says, and each finding is one of `check`.
    const red = page.locator(".link.broken").first();
    assert.ok(await red.count() > 0, "a red line");
    const [from, to, imports] = await Promise.all(["data-from", "data-to", "data-imports"].map(name => red.getAttribute(name)));
    await red.locator(".touch").dispatchEvent("click");
    const text = await panel.innerText();
    assert.ok(text.includes(`${from} → ${to}`), text.slice(0, 200));
    assert.equal(Number((await panel.locator('[data-count="edge-imports"]').innerText()).replaceAll(",", "")), Number(imports));
    const findings = new Set(JSON.parse(run(project, "check", "--quiet", "--output-format", "json")).map(it => it.message.replaceAll("`", "")));
    const told = await panel.locator(".found li.error > p:nth-child(2)").allInnerTexts();
    assert.ok(told.length > 0 && told.every(message => findings.has(message)), told.slice(0, 3).join("\n"));

    // The address holds it all.
    const shared = page.url();
    await page.click('[data-view="matrix"]');
    await page.waitForSelector(".cells");
    assert.ok(await page.locator(".cell").count() > 0);
    await page.click('[data-view="table"]');
    await page.click("text=All modules");
    await page.click('[data-view="cycles"]');
    const other = await browser.newPage({ viewport: { width: 1500, height: 900 }, bypassCSP: true });
    await other.goto(shared);
    await other.waitForSelector("main");
    assert.equal(await other.locator("aside.details").innerText(), text);
    for (const view of ["map", "matrix", "cycles", "table"]) {
        await other.click(`[data-view="${view}"]`);
        await isAccessible(other, `${view} of a large project`);
    }
    await other.close();

    const took = await page.evaluate(() => performance.getEntriesByType("measure").filter(it => it.name.startsWith("ringfence:")).map(it => [it.name.slice(10), Math.round(it.duration)]));
    const usable = await page.evaluate(() => Math.round(performance.getEntriesByName("ringfence:usable")[0].startTime));
    console.log(`${(statSync(file).size / 1e6).toFixed(1)} MB, usable after ${usable} ms; ${took.map(([name, time]) => `${name} ${time} ms`).join(", ")}`);
    // Twice and more of what is wanted, as other work may go on beside the tests.
    assert.ok(usable < 4000, `usable after ${usable} ms`);
    for (const name of ["expand", "search", "focus"]) {
        const time = Math.min(...took.filter(([its]) => its === name).map(([, time]) => time));
        assert.ok(time < 600, `${name} takes ${time} ms`);
    }
    assert.deepEqual(troubles, []);
    await page.close();
});
