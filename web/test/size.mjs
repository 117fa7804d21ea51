// Holds the script that a page has to load before it shows anything to 120 kB, packed with gzip.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const MOST = 120 * 1024;
const dist = new URL("../dist/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", dist), "utf8"));

const entry = Object.keys(manifest).find((name) => manifest[name].isEntry);
// What is there before anything is shown: the larger of the two languages, and the first page, which for who works there is the inbox.
const FIRST = ["src/pages/today/today_page.tsx", "src/pages/inbox/inbox.tsx"];

function filesOf(first) {
  const needed = new Set();
  const need = (name) => {
    if (needed.has(name)) return;
    needed.add(name);
    manifest[name].imports?.forEach(need);
  };
  [entry, first, "src/words/ko.ts"].forEach(need);
  return [...needed].map((name) => manifest[name].file);
}

for (const first of FIRST) {
  const sizes = filesOf(first).map((file) => ({ file, bytes: gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length }));
  for (const { file, bytes } of sizes) console.log(`${String(bytes).padStart(7)} ${file}`);
  const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
  console.log(`${first}: ${total} of ${MOST} bytes`);
  if (total > MOST) {
    console.error("size: too much script before the first page");
    process.exitCode = 1;
  }
}
