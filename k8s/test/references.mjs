// What an object names is there: selectors find pods, ports and volumes have the names and numbers that others use.
import { containersOf, flag, label, labelsOf, ofKind, podOf, portIn, selects, serverOf, workloads } from "./objects.mjs";

const named = (objects, kind, name) => ofKind(objects, kind).find((object) => object.metadata.name === name);

function* selectorFaults(objects) {
  for (const object of ofKind(objects, "Service", "PodDisruptionBudget", "NetworkPolicy")) {
    const selector = object.kind === "Service" ? { matchLabels: object.spec.selector } : object.spec.selector ?? object.spec.podSelector;
    const found = workloads(objects).filter((workload) => selects(selector, labelsOf(workload)));
    if (found.length === 0 || (object.kind !== "NetworkPolicy" && found.length > 1)) yield `${label(object)}: selects ${found.length} workloads`;
    if (object.kind !== "Service") continue;
    for (const port of object.spec.ports) {
      const target = found[0] && serverOf(found[0]).ports.find(({ name }) => name === port.targetPort);
      if (target?.containerPort !== port.port) yield `${label(object)}: port ${port.port} is none of the container`;
    }
  }
}

function* portFaults(workload) {
  const server = serverOf(workload);
  const listen = ["--listen", "--health"].map((name) => portIn(flag(server, name))).filter((port) => !Number.isNaN(port));
  const ports = server.ports.map((port) => port.containerPort);
  if (listen.join() !== ports.join()) yield `listens on ${listen}, and has the ports ${ports}`;
  for (const name of ["startupProbe", "readinessProbe", "livenessProbe"]) {
    const { grpc, httpGet } = server[name] ?? {};
    if (grpc && grpc.port !== portIn(flag(server, "--health"))) yield `${name}: not the port of --health`;
    if (httpGet && !server.ports.some((port) => port.name === httpGet.port)) yield `${name}: there is no port ${httpGet.port}`;
  }
}

function* volumeFaults(workload, objects, secrets) {
  const claims = (workload.spec.volumeClaimTemplates ?? []).map((claim) => claim.metadata.name);
  const volumes = podOf(workload).volumes;
  const mounted = containersOf(workload).flatMap((container) => container.volumeMounts ?? []);
  const names = [...volumes.map((volume) => volume.name), ...claims];
  for (const mount of mounted) if (!names.includes(mount.name)) yield `there is no volume ${mount.name}`;
  for (const name of names) if (!mounted.some((mount) => mount.name === name)) yield `nobody mounts ${name}`;
  for (const { configMap, persistentVolumeClaim, secret } of volumes) {
    if (configMap && !named(objects, "ConfigMap", configMap.name)) yield `there is no ConfigMap ${configMap.name}`;
    if (persistentVolumeClaim && !named(objects, "PersistentVolumeClaim", persistentVolumeClaim.claimName))
      yield `there is no claim ${persistentVolumeClaim.claimName}`;
    if (secret && !secrets.includes(secret.secretName)) yield `nothing makes the Secret ${secret.secretName}`;
  }
  // A flag that names a file names one that is mounted.
  const server = serverOf(workload);
  for (const name of ["--data", "--tls", "--keys", "--config"]) {
    const path = flag(server, name);
    const inside = (server.volumeMounts ?? []).some((mount) => path === mount.mountPath || path?.startsWith(`${mount.mountPath}/`));
    if (path !== undefined && !inside) yield `${name}=${path} is in no volume`;
  }
}

function* ownFaults(workload, objects) {
  if (!selects(workload.spec.selector, labelsOf(workload))) yield "does not select its own pods";
  const service = workload.kind === "StatefulSet" && named(objects, "Service", workload.spec.serviceName);
  if (service === undefined) yield `there is no Service ${workload.spec.serviceName}`;
  for (const spread of podOf(workload).topologySpreadConstraints ?? []) {
    if (!selects(spread.labelSelector, labelsOf(workload))) yield "spreads other pods than its own";
  }
}

function* ingressFaults(objects) {
  for (const ingress of ofKind(objects, "Ingress")) {
    const hosts = ingress.spec.rules.map((rule) => rule.host);
    const covered = (ingress.spec.tls ?? []).flatMap((tls) => tls.hosts);
    const { service } = ingress.spec.rules[0].http.paths[0].backend;
    const target = named(objects, "Service", service.name);
    if (!target?.spec.ports.some((port) => port.name === service.port.name)) yield `${label(ingress)}: there is no such port of a Service`;
    for (const host of hosts) {
      if (!covered.includes(host)) yield `${label(ingress)}: ${host} has no certificate`;
      const urls = workloads(objects).map((workload) => flag(serverOf(workload), "--public-url"));
      if (!urls.includes(`https://${host}`)) yield `${label(ingress)}: --public-url is not https://${host}`;
    }
  }
}

// `secrets`: the names of those that the operator makes.
export function references(objects, { secrets }) {
  const each = (find) => workloads(objects).flatMap((workload) => [...find(workload)].map((fault) => `${label(workload)}: ${fault}`));
  return [
    ...selectorFaults(objects),
    ...ingressFaults(objects),
    ...each(portFaults),
    ...each((workload) => volumeFaults(workload, objects, secrets)),
    ...each((workload) => ownFaults(workload, objects)),
  ];
}
