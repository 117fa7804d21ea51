// Renders base and overlays, and checks them. usage: check.mjs PROGRAMS [--golden]
//   PROGRAMS   the folder of the binaries, whose flags the manifests use
//   --golden   write the golden files anew
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";

import { flags } from "./flags.mjs";
import { context as buildContext, image } from "./image.mjs";
import { mutations } from "./mutations.mjs";
import { network } from "./network.mjs";
import { parse } from "./objects.mjs";
import { policy } from "./policy.mjs";
import { references } from "./references.mjs";
import { kubectl, render, VERSIONS } from "./render.mjs";
import { schema } from "./schema.mjs";
import { secrets } from "./secrets.mjs";

const CHECKS = { schema, policy, references, network, flags };
const [programs, ...options] = process.argv.slice(2);
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const faults = [];

function rendered(folder) {
  const golden = here(`golden/${folder.split("/").pop()}.yaml`);
  const texts = VERSIONS.map((version) => render(here(`../${folder}`), version));
  if (options.includes("--golden")) writeFileSync(golden, texts[0]);
  const expected = readFileSync(golden, "utf8");
  texts.forEach((text, i) => {
    if (text !== expected) faults.push(`${folder}, rendered by kubectl ${VERSIONS[i]}, is not ${golden}: see what differs, then run again with --golden`);
  });
  return texts[0];
}

// The kustomization of README.md, beside a tree of that name.
function example() {
  const [, block] = /```yaml\n([\s\S]*?)```/.exec(readFileSync(here("../README.md"), "utf8"));
  const folder = mkdtempSync(`${tmpdir()}/dangol-k8s-`);
  try {
    symlinkSync(here("../.."), `${folder}/dangol`);
    writeFileSync(`${folder}/kustomization.yaml`, block.replace(/^ {3}/gm, ""));
    return render(folder, VERSIONS[0]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

// How long a program takes to end its calls stands in its source alone.
const [, drainSeconds] = /constexpr absl::Duration kGrace = absl::Seconds\((\d+)\);/.exec(readFileSync(here("../../common/service/process.cc"), "utf8"));
const names = ["tickets", "backlog", "metrics", "gateway"].map((name) => `dangol-${name}`);
const help = Object.fromEntries(names.map((name) => [name, execFileSync(`${programs}/${name}`, ["--help"], { encoding: "utf8" })]));
const made = secrets(programs, kubectl("v33"));
faults.push(...made.faults, ...image(programs), ...buildContext());
const context = { drainSeconds: Number(drainSeconds), help, secrets: made.names };

let refused = 0;
for (const folder of ["base", "overlays/postgres"]) {
  const text = rendered(folder);
  for (const [name, check] of Object.entries(CHECKS)) faults.push(...check(parse(text), context).map((fault) => `${folder}: ${name}: ${fault}`));
  // What must be refused is refused, by this check and in these words.
  for (let i = 0; i < mutations(parse(text)).length; ++i) {
    const objects = parse(text);
    const [name, words, change] = mutations(objects)[i];
    change();
    if (CHECKS[name](objects, context).some((fault) => fault.includes(words))) ++refused;
    else faults.push(`${folder}: ${name} lets pass what should be "${words}"`);
  }
}
const own = example();
for (const [name, check] of Object.entries(CHECKS)) faults.push(...check(parse(own), context).map((fault) => `README.md: ${name}: ${fault}`));
if (/example\.org|0{64}/.test(own)) faults.push("README.md: what is to be replaced is still there");
for (const fault of faults) console.error(fault);
console.log(`${faults.length} faults; ${refused} mutations refused`);
process.exit(faults.length > 0 ? 1 : 0);
