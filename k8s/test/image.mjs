// The image has the programs, and the libraries that the programs are linked with; its build gets the sources, and none of the secrets that stand beside them.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

const read = (name) => readFileSync(new URL(`../${name}`, import.meta.url), "utf8");
const PROGRAMS = ["dangol", "dangol-tickets", "dangol-backlog", "dangol-metrics", "dangol-gateway"];

const run = (command, ...args) => spawnSync(command, args, { encoding: "utf8" }).stdout ?? "";

// What an operator has beside the sources when the image is built, by README.md and k8s/README.md.
const SECRETS = ["suite/keys/pepper", "suite/tls/ca.key", "suite/tickets.toml", "operator.token", "k8s/operator.token", "token", "secret", "privkey.pem", "data/tickets.db", "data/keys/jwt/a.key", "backup/tickets.db"];

// The rules of .dockerignore that are used: names from the top, `*` within a name, `**/`, and `!`; the last that fits decides.
function isLeftOut(path, rules) {
  const fits = (rule) => {
    const pattern = rule.replace(/^\//, "").replace(/[.]/g, "\\.").replace(/\*\*\//g, "(.+/)?").replace(/(?<!\()\*/g, "[^/]*");
    return new RegExp(`^${pattern}(/|$)`).test(path);
  };
  return rules.reduce((out, rule) => (fits(rule.replace(/^!/, "")) ? !rule.startsWith("!") : out), false);
}

export function context() {
  const top = (name) => readFileSync(new URL(`../../${name}`, import.meta.url), "utf8");
  const rules = top(".dockerignore").split("\n").filter((line) => line && !line.startsWith("#"));
  const built = [...top("CMakeLists.txt").matchAll(/add_subdirectory\((\w+)\)/g)].map(([, folder]) => `${folder}/CMakeLists.txt`);
  const copied = [...read("Dockerfile").matchAll(/(?<=COPY |\.sh )(tools|k8s)\/\S+/g)].map(([name]) => name);
  return [
    ...SECRETS.filter((path) => !isLeftOut(path, rules)).map((path) => `.dockerignore lets ${path} into the build of the image`),
    ...["CMakeLists.txt", "CMakePresets.json", "run", "cmake/targets.cmake", "web/package.json", ...built, ...copied]
      .filter((path) => isLeftOut(path, rules))
      .map((path) => `.dockerignore leaves ${path} out, of which the image is built`),
  ];
}

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
