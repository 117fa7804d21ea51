// The image has the programs, and the libraries that the programs are linked with.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

const read = (name) => readFileSync(new URL(`../${name}`, import.meta.url), "utf8");
const PROGRAMS = ["dangol", "dangol-tickets", "dangol-backlog", "dangol-metrics", "dangol-gateway"];

const run = (command, ...args) => spawnSync(command, args, { encoding: "utf8" }).stdout ?? "";

// Of libraries, nothing where there is no dpkg.
export function image(programs) {
  const listed = read("packages.debian").replace(/#.*/g, "").split(/\s+/);
  const files = PROGRAMS.map((name) => `${programs}/${name}`);
  const direct = new Set(run("objdump", "-p", ...files).match(/(?<=NEEDED +)\S+/g));
  const paths = run("ldd", ...files).matchAll(/(\S+) => (\S+)/g);
  const used = [...new Map([...paths].map(([, name, path]) => [name, path]))].filter(([name]) => direct.has(name));
  // Debian's files are registered with or without /usr; it names those that it finds.
  const short = used.map(([, path]) => path.replace(/^\/usr/, ""));
  const found = new Set(run("dpkg-query", "-S", ...short, ...short.map((path) => `/usr${path}`)).match(/^[^:\s]+/gm));
  const absent = PROGRAMS.filter((name) => !read("Dockerfile").includes(`/bin/${name} `));
  return [
    ...[...found].filter((name) => !listed.includes(name)).map((name) => `k8s/packages.debian has not ${name}, which the programs are linked with`),
    ...absent.map((name) => `k8s/Dockerfile does not copy ${name}`),
  ];
}
