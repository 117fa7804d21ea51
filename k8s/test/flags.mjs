// The flags are those of the programs, and name each service that a program calls.
import { flagsOf, label, serverOf, workloads } from "./objects.mjs";

// `help`: what a program prints for --help, by its name.
export function flags(objects, { help }) {
  return workloads(objects).flatMap((workload) => {
    const server = serverOf(workload);
    const text = help[server.command[0]];
    if (text === undefined) return [`${label(workload)}: there is no program ${server.command[0]}`];
    return flagsOf(server).flatMap(([name, value]) => {
      // "--listen HOST:PORT   Where", "--data DIR=data", "--require-credentials    Whoever".
      const found = new RegExp(`^ +${name}( .*)?$`, "m").exec(text);
      if (!found) return [`${label(workload)}: ${server.command[0]} has no ${name}`];
      const takesValue = found[1] !== undefined && /^ [A-Z]/.test(found[1]);
      return takesValue === (value !== undefined) ? [] : [`${label(workload)}: ${name} ${takesValue ? "needs a value" : "has no value"}`];
    });
  });
}
