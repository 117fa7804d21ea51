// Holds the script that a page has to load before it shows anything to 120 kB, packed with gzip.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const MOST = 120 * 1024;
const dist = new URL("../dist/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", dist), "utf8"));

const needed = new Set();
function need(name) {
  if (needed.has(name)) return;
  needed.add(name);
  manifest[name].imports?.forEach(need);
}
const entry = Object.keys(manifest).find((name) => manifest[name].isEntry);
need(entry);
// The first page is the day, or for who works there the inbox: the larger of the two.
need("src/pages/inbox/inbox.tsx");
// The larger of the two languages.
need("src/words/ko.ts");

let total = 0;
for (const name of needed) {
  const bytes = gzipSync(readFileSync(new URL(manifest[name].file, dist)), { level: 9 }).length;
  total += bytes;
  console.log(`${String(bytes).padStart(7)} ${manifest[name].file}`);
}
console.log(`${total} of ${MOST} bytes`);
if (total > MOST) {
  console.error("size: too much script before the first page");
  process.exit(1);
}
