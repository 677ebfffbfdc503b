// Builds `dist/explorer.html`: the page with its script and style in it, and a policy that lets exactly these run. The same sources give the
// same bytes. `--check` writes nothing and fails where the committed page is another.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { build } from "esbuild";

const at = path => new URL(`../${path}`, import.meta.url);
const options = { bundle: true, minify: true, write: false, legalComments: "none", charset: "ascii", logLevel: "warning" };
const bundle = async (entry, more) => {
    const built = await build({ ...options, entryPoints: [at(entry).pathname], ...more });
    return built.outputFiles[0].text.trim();
};
const script = await bundle("src/main.ts", { format: "iife", target: "es2022" });
const style = await bundle("src/style.css", {});
if (/<\/script|<!--/i.test(script) || /<\/style/i.test(style)) throw new Error("the bundle would end its own tag");

const hash = text => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
const policy = [
    "default-src 'none'",
    `script-src ${hash(script)}`,
    `style-src ${hash(style)}`,
    "img-src data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
].join("; ");
const page = readFileSync(at("src/page.html"), "utf8")
    .replace("@policy@", () => policy)
    .replace("@style@", () => style)
    .replace("@script@", () => script);

const target = at("dist/explorer.html");
if (process.argv.includes("--check")) {
    if (readFileSync(target, "utf8") !== page) {
        console.error("error: `web/dist/explorer.html` is not what its sources give: `npm ci && npm run build` in `web/`");
        process.exit(1);
    }
} else {
    mkdirSync(at("dist/"), { recursive: true });
    writeFileSync(target, page);
    console.log(`dist/explorer.html: ${Math.round(page.length / 1024)} KiB`);
}
