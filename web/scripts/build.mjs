// Builds `dist/explorer.html`: the page with its script and style in it, and a policy that lets exactly these run; and `dist/notices.md`, the
// licences of what is in it. The same sources give the same bytes. `--check` writes nothing and fails where what is committed is another.
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { build } from "esbuild";

const at = path => new URL(`../${path}`, import.meta.url);
const options = { bundle: true, minify: true, write: false, metafile: true, legalComments: "none", charset: "ascii", logLevel: "warning" };
const packages = new Set();
const bundle = async (entry, more) => {
    const built = await build({ ...options, entryPoints: [at(entry).pathname], ...more });
    for (const input of Object.keys(built.metafile.inputs)) {
        const name = /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1];
        if (name !== undefined) packages.add(name);
    }
    return built.outputFiles[0].text.trim();
};
const script = await bundle("src/main.ts", { format: "iife", target: "es2022" });
const style = await bundle("src/style.css", {});
if (/<\/script|<!--/i.test(script) || /<\/style/i.test(style)) throw new Error("the bundle would end its own tag");

const hash = text => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
const notices = [...packages].sort().map(name => {
    const folder = at(`node_modules/${name}/`);
    const { version, license } = JSON.parse(readFileSync(new URL("package.json", folder), "utf8"));
    const file = readdirSync(folder).find(it => /^licen[cs]e/i.test(it));
    if (file === undefined) throw new Error(`${name} has no licence`);
    return `### ${name} ${version} (${license})\n\n${readFileSync(new URL(file, folder), "utf8").trim()}\n`;
}).join("\n");
if (notices.includes("-->")) throw new Error("a licence would end its comment");

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
    .replace("@notices@", () => notices)
    .replace("@policy@", () => policy)
    .replace("@style@", () => style)
    .replace("@script@", () => script);

const files = { "dist/explorer.html": page, "dist/notices.md": notices };
if (process.argv.includes("--check")) {
    for (const [file, text] of Object.entries(files).filter(([file, text]) => readFileSync(at(file), "utf8") !== text)) {
        console.error(`error: \`web/${file}\` is not what its sources give (${text.length} characters): \`npm ci && npm run build\` in \`web/\``);
        process.exitCode = 1;
    }
} else {
    mkdirSync(at("dist/"), { recursive: true });
    for (const [file, text] of Object.entries(files)) writeFileSync(at(file), text);
    console.log(`dist/explorer.html: ${Math.round(page.length / 1024)} KiB`);
}
