// Puts a binary where the extension looks for the bundled one.
//
// usage: npm run bundle -- PATH/TO/ringfence
import { chmodSync, copyFileSync, mkdirSync } from "node:fs";
import { basename, join } from "node:path";

const [binary, ...rest] = process.argv.slice(2);
if (binary === undefined || rest.length > 0 || !/^ringfence(\.exe)?$/.test(basename(binary))) {
  console.error("usage: npm run bundle -- PATH/TO/ringfence");
  process.exit(2);
}
const folder = join(import.meta.dirname, "..", "bundled");
const target = join(folder, basename(binary));
mkdirSync(folder, { recursive: true });
copyFileSync(binary, target);
chmodSync(target, 0o755);
// What the binary is linked from.
copyFileSync(join(import.meta.dirname, "../../../THIRD_PARTY_NOTICES.md"), join(folder, "THIRD_PARTY_NOTICES.md"));
console.log(`bundled ${binary}`);
