// The objects of a rendered text, and what the checks ask of them.
import { parseAllDocuments } from "yaml";

export const NAME = "app.kubernetes.io/name";

export function parse(text) {
  return parseAllDocuments(text).map((document) => {
    if (document.errors.length > 0) throw document.errors[0];
    return document.toJS();
  });
}

export const label = (object) => `${object.kind}/${object.metadata.name}`;

export const ofKind = (objects, ...kinds) => objects.filter((object) => kinds.includes(object.kind));

export const workloads = (objects) => ofKind(objects, "StatefulSet", "Deployment");

export const labelsOf = (workload) => workload.spec.template.metadata.labels;

export const podOf = (workload) => workload.spec.template.spec;

export const containersOf = (workload) => [...(podOf(workload).initContainers ?? []), ...podOf(workload).containers];

// The one that runs a program of the suite.
export const serverOf = (workload) => podOf(workload).containers[0];

// An empty selector is of all.
export function selects(selector, labels) {
  const matches = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
  return matches && (selector.matchExpressions ?? []).every(({ key, operator, values }) => operator === "In" && values.includes(labels[key]));
}

// [name, value] of each argument; value is undefined where it is a switch.
export const flagsOf = (container) =>
  (container.args ?? []).map((argument) => {
    const equals = argument.indexOf("=");
    return equals < 0 ? [argument, undefined] : [argument.slice(0, equals), argument.slice(equals + 1)];
  });

export const flag = (container, name) => flagsOf(container).find(([found]) => found === name)?.[1];

export const portIn = (address) => Number(address?.slice(address.lastIndexOf(":") + 1));
