// The network policies let through what the flags name, and nothing else.
import { flagsOf, labelsOf, NAME, ofKind, podOf, portIn, selects, serverOf, workloads } from "./objects.mjs";

const nameOf = (workload) => labelsOf(workload)[NAME];

// Outside the namespace the name says where: the namespace, or anywhere.
function peersOf(list, objects) {
  if (!list) return ["anywhere"];
  return list.flatMap((peer) => {
    if (peer.ipBlock) return [`ip ${peer.ipBlock.cidr}`];
    if (peer.namespaceSelector) return [`namespace ${peer.namespaceSelector.matchLabels?.["kubernetes.io/metadata.name"] ?? "any"}`];
    return workloads(objects).filter((workload) => selects(peer.podSelector, labelsOf(workload))).map(nameOf);
  });
}

const portsOf = (rule) => rule.ports?.map((port) => (port.protocol === "UDP" ? `${port.port}/UDP` : `${port.port}`)) ?? ["any"];

// Each as "from > to:port".
function permitted(objects, direction) {
  const edges = new Set();
  for (const policy of ofKind(objects, "NetworkPolicy")) {
    const own = workloads(objects).filter((workload) => selects(policy.spec.podSelector, labelsOf(workload)));
    for (const rule of policy.spec[direction] ?? []) {
      for (const workload of own.map(nameOf)) {
        for (const peer of peersOf(direction === "egress" ? rule.to : rule.from, objects)) {
          for (const port of portsOf(rule)) edges.add(direction === "egress" ? `${workload} > ${peer}:${port}` : `${peer} > ${workload}:${port}`);
        }
      }
    }
  }
  return edges;
}

function wanted(objects) {
  const egress = new Set();
  const ingress = new Set();
  for (const workload of workloads(objects)) {
    const server = serverOf(workload);
    const name = nameOf(workload);
    for (const dns of ["53", "53/UDP"]) egress.add(`${name} > namespace kube-system:${dns}`);
    for (const [flag, value] of flagsOf(server)) {
      const [, to, port] = (flag === "--peer" && /=dns:\/\/\/([a-z]+):(\d+)$/.exec(value)) || [];
      if (to) for (const edges of [egress, ingress]) edges.add(`${name} > ${to}:${port}`);
    }
    if (podOf(workload).volumes.some((volume) => volume.name === "database")) egress.add(`${name} > anywhere:5432`);
    if (server.command[0] === "dangol-gateway") ingress.add(`namespace ingress-nginx > ${name}:${portIn(flagsOf(server).find(([flag]) => flag === "--listen")[1])}`);
  }
  return { egress, ingress };
}

function* denyFaults(objects) {
  const deny = ofKind(objects, "NetworkPolicy").filter(
    ({ spec }) => Object.keys(spec.podSelector).length === 0 && !spec.ingress && !spec.egress && spec.policyTypes.join() === "Ingress,Egress",
  );
  if (deny.length === 0) yield "nothing is denied by default";
}

export function network(objects) {
  const faults = [...denyFaults(objects)];
  for (const [direction, edges] of Object.entries(wanted(objects))) {
    const found = permitted(objects, direction);
    for (const edge of edges) if (!found.has(edge)) faults.push(`${direction}: ${edge} is needed and denied`);
    for (const edge of found) if (!edges.has(edge)) faults.push(`${direction}: ${edge} is permitted and not needed`);
  }
  return faults;
}
