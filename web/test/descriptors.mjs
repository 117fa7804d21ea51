// Descriptors load by page: the script that every page begins with holds those of what all pages show, and each first page adds only its own.
import { readFileSync } from "node:fs";

const dist = new URL("../dist/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", dist), "utf8"));

// What the start-up script may know. Complaints, changes, customers, people and reasons stand on every page: lists of them are kept in step by events.
const START = [
  "google/protobuf/{any,duration,field_mask,struct,timestamp}",
  "google/rpc/error_details",
  "dangol/backlog/v1/{change,change_service,comment}",
  "dangol/metrics/v1/{kpi,member,member_service}", // a member's digest names a granularity, which stands with the KPI
  "dangol/tickets/v1/{attachment,contact_reason,customer,customer_service,import,policy,policy_service,ticket,ticket_query,ticket_requests,ticket_service}",
];
// And what a page adds, before it shows anything.
const PAGES = {
  "src/pages/inbox/inbox.tsx": [],
  "src/pages/today/today_page.tsx": ["dangol/metrics/v1/{engine,engine_service,gap,kpi_service,loop,loop_service,report,review_service,strategy}"],
};

function namesOf(patterns) {
  return patterns.flatMap((pattern) => {
    const [, before, list] = /^([^{]*)\{(.*)\}$/.exec(pattern) ?? [undefined, "", pattern];
    return list.split(",").map((one) => `${before}${one}.proto`);
  });
}

// A descriptor is a string in base64 that begins with its field 1, the name of its file.
const found = new Map();
function descriptorsOf(file) {
  if (!found.has(file)) {
    const strings = readFileSync(new URL(file, dist), "utf8").matchAll(/["'`]([A-Za-z0-9+/]{24,}={0,2})["'`]/g);
    const messages = [...strings].map(([, text]) => Buffer.from(text, "base64")).filter((bytes) => bytes[0] === 0x0a);
    found.set(file, messages.map((bytes) => bytes.subarray(2, 2 + bytes[1]).toString()).filter((name) => name.endsWith(".proto")));
  }
  return found.get(file);
}

// What is loaded with an entry: itself, and what it imports statically.
function loadedWith(...entries) {
  const needed = new Set();
  const need = (name) => {
    if (needed.has(name)) return;
    needed.add(name);
    manifest[name].imports?.forEach(need);
  };
  entries.forEach(need);
  return [...needed].flatMap((name) => descriptorsOf(manifest[name].file)).sort();
}

const start = Object.keys(manifest).find((name) => manifest[name].isEntry);
const checks = [["the start-up script", loadedWith(start), namesOf(START)]];
for (const [page, more] of Object.entries(PAGES)) checks.push([page, loadedWith(start, page), namesOf([...START, ...more])]);
for (const [what, has, may] of checks) {
  for (const name of has.filter((one) => !may.includes(one))) console.error(`descriptors: ${what} loads ${name}, which is shown later: let the page that shows it import it`);
  for (const name of may.filter((one) => !has.includes(one))) console.error(`descriptors: ${what} does not load ${name}: take it out of the list`);
  if (has.join() !== [...may].sort().join()) process.exitCode = 1;
  console.log(`${what}: ${has.length} descriptors`);
}

// Where the last of them are: in scripts that come with their pages, not nowhere, and each once.
const scripts = Object.values(manifest).map(({ file }) => file).filter((file) => file.endsWith(".js"));
const all = [...new Set(scripts)].flatMap(descriptorsOf);
for (const name of new Set(all.filter((one, index) => all.indexOf(one) !== index))) {
  console.error(`descriptors: ${name} is in more than one script`);
  process.exitCode = 1;
}
for (const later of ["dangol/gateway/v1/live_service.proto", "dangol/gateway/v1/token_service.proto", "dangol/api/v1/admin_service.proto", "dangol/metrics/v1/effect.proto"]) {
  if (all.includes(later)) continue;
  console.error(`descriptors: ${later} was looked for in vain: the test does not see descriptors`);
  process.exitCode = 1;
}
