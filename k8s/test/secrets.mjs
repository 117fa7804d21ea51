// What k8s/secrets.sh makes of real keys, certificates and a token.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { parse } from "./objects.mjs";

const SCRIPT = fileURLToPath(new URL("../secrets.sh", import.meta.url));
const DATABASES = ["tickets", "backlog", "metrics"];

// The Secrets, and what is wrong with them. `programs`: the folder of the binaries.
export function secrets(programs, kubectl) {
  const folder = mkdtempSync(join(tmpdir(), "dangol-k8s-"));
  try {
    const dangol = (...args) => execFileSync(`${programs}/dangol`, args, { cwd: folder, encoding: "utf8", stdio: "pipe" });
    dangol("tls", "init", "--data", "suite");
    dangol("token", "create", "operator", "--role", "admin", "--data", "suite");
    for (const name of DATABASES) writeFileSync(`${folder}/suite/${name}.toml`, 'database = "postgresql://dangol:secret@db/dangol"\n');
    symlinkSync(kubectl, `${folder}/kubectl`);
    const run = () => execFileSync(SCRIPT, ["suite"], { cwd: folder, env: { ...process.env, PATH: `${folder}:${process.env.PATH}` }, encoding: "utf8", stdio: "pipe" });
    const made = parse(run()).filter(Boolean);
    return { names: made.map((secret) => secret.metadata.name), faults: faultsOf(made, `${folder}/suite`) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function faultsOf(made, folder) {
  const keys = `${folder}/keys`;
  const expected = {
    "dangol-tls": [`${folder}/tls/ca.crt`, `${folder}/tls/suite.pem`],
    "dangol-tokens": [`${keys}/pepper`, `${keys}/tokens`],
    "dangol-jwt": readdirSync(`${keys}/jwt`).map((name) => `${keys}/jwt/${name}`),
    "dangol-session": readdirSync(`${keys}/session`).map((name) => `${keys}/session/${name}`),
    ...Object.fromEntries(DATABASES.map((name) => [`dangol-database-${name}`, { "database.toml": `${folder}/${name}.toml` }])),
  };
  const faults = [];
  for (const [name, files] of Object.entries(expected)) {
    const secret = made.find((one) => one.metadata.name === name);
    const wanted = Array.isArray(files) ? Object.fromEntries(files.map((file) => [file.slice(file.lastIndexOf("/") + 1), file])) : files;
    const content = Object.entries(wanted).map(([key, file]) => [key, readFileSync(file).toString("base64")]);
    const sorted = (object) => JSON.stringify(Object.entries(object).sort());
    if (!secret || sorted(secret.data) !== sorted(Object.fromEntries(content))) faults.push(`secrets.sh: ${name} is not what its files are`);
    if (secret && secret.metadata.namespace !== "dangol") faults.push(`secrets.sh: ${name} is not in dangol`);
  }
  return faults;
}
