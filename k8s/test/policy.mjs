// What pods must have: the restricted standard of Pod Security, and rules of this suite.
import { containersOf, flag, label, labelsOf, ofKind, podOf, selects, serverOf, workloads } from "./objects.mjs";

const RESTRICTED_VOLUMES = ["configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"];

function* podFaults(workload) {
  const pod = podOf(workload);
  const context = pod.securityContext ?? {};
  if (pod.hostNetwork || pod.hostPID || pod.hostIPC) yield "a namespace of the host";
  if (context.runAsNonRoot !== true) yield "runAsNonRoot is not true";
  if (context.seccompProfile?.type !== "RuntimeDefault") yield "seccompProfile is not RuntimeDefault";
  if (!context.runAsGroup || !context.fsGroup) yield "runAsGroup or fsGroup is missing";
  if (pod.automountServiceAccountToken !== false) yield "a token of the service account";
  for (const volume of pod.volumes ?? []) {
    const kind = Object.keys(volume).find((key) => key !== "name");
    if (!RESTRICTED_VOLUMES.includes(kind)) yield `volume ${volume.name} is a ${kind}`;
    // A secret file that everybody may read is refused by the programs.
    if (kind === "secret" && volume.secret.defaultMode !== 0o440) yield `volume ${volume.name} has not mode 0440`;
  }
}

function* containerFaults(container, pod) {
  const context = container.securityContext ?? {};
  if (context.allowPrivilegeEscalation !== false) yield "allowPrivilegeEscalation is not false";
  if (context.privileged) yield "privileged";
  if (context.readOnlyRootFilesystem !== true) yield "readOnlyRootFilesystem is not true";
  if (context.runAsNonRoot === false || context.seccompProfile) yield "another securityContext than the pod's";
  if (!(context.runAsUser ?? pod.securityContext?.runAsUser)) yield "runAsUser is missing, or root";
  if (context.capabilities?.drop?.join() !== "ALL" || context.capabilities.add) yield "capabilities are not dropped";
  if (!container.resources?.requests?.cpu || !container.resources.requests.memory) yield "no requests for cpu and memory";
  if (!container.resources?.limits?.memory) yield "no limit of memory";
  if (!/@sha256:[0-9a-f]{64}$/.test(container.image ?? "")) yield `image ${container.image} has no digest`;
  if (container.env?.length || container.envFrom) yield "settings are flags and files, not environment";
}

function* serverFaults(workload, drainSeconds) {
  const server = serverOf(workload);
  for (const probe of ["startupProbe", "readinessProbe", "livenessProbe"]) if (!server[probe]) yield `no ${probe}`;
  if (flag(server, "--require-credentials") !== undefined || !server.args.includes("--require-credentials")) yield "no --require-credentials";
  if (!flag(server, "--tls")) yield "no --tls";
  if (!(podOf(workload).terminationGracePeriodSeconds >= 2 * drainSeconds)) yield `less than twice the ${drainSeconds} s in which calls end`;
  const isGateway = server.command[0] === "dangol-gateway";
  if (server.args.includes("--trust-network") !== isGateway) yield "--trust-network is the gateway's, and of nobody else";
}

// A database in a file, and a claim of one pod, is for one process; replicas need a budget that lets one go.
function* replicaFaults(workload, objects) {
  const { replicas, strategy, volumeClaimTemplates = [] } = workload.spec;
  const claimed = podOf(workload).volumes.filter((volume) => volume.persistentVolumeClaim).map((volume) => volume.persistentVolumeClaim.claimName);
  const claims = [...volumeClaimTemplates, ...ofKind(objects, "PersistentVolumeClaim").filter((claim) => claimed.includes(claim.metadata.name))];
  for (const claim of claims) {
    if (claim.spec.accessModes.join() !== "ReadWriteOncePod") yield `claim ${claim.metadata.name} is not ReadWriteOncePod`;
    if (replicas !== 1) yield "replicas of one claim";
    if (workload.kind === "Deployment" && strategy?.type !== "Recreate") yield "two pods at once of one claim";
  }
  const isFile = flag(serverOf(workload), "--data") !== undefined;
  if (isFile !== volumeClaimTemplates.length > 0) yield "a file needs a claim, and what has none needs a database";
  const budgets = ofKind(objects, "PodDisruptionBudget").filter((budget) => selects(budget.spec.selector, labelsOf(workload)));
  if (replicas > 1 && budgets.length !== 1) yield "no PodDisruptionBudget";
  for (const budget of budgets) if (!(budget.spec.minAvailable < replicas)) yield "its PodDisruptionBudget lets no pod go";
}

function namespaceFaults(objects) {
  const [namespace] = ofKind(objects, "Namespace");
  if (namespace?.metadata.labels?.["pod-security.kubernetes.io/enforce"] !== "restricted") return ["the namespace does not enforce restricted"];
  const others = objects.filter((object) => object !== namespace && object.metadata.namespace !== namespace.metadata.name);
  return others.map((object) => `${label(object)}: is not in ${namespace.metadata.name}`);
}

// `drainSeconds`: how long a program takes to end its calls.
export function policy(objects, { drainSeconds }) {
  const faults = workloads(objects).flatMap((workload) => {
    const of = (name, found) => [...found].map((fault) => `${label(workload)}${name}: ${fault}`);
    return [
      ...of("", podFaults(workload)),
      ...containersOf(workload).flatMap((container) => of(`/${container.name}`, containerFaults(container, podOf(workload)))),
      ...of("", serverFaults(workload, drainSeconds)),
      ...of("", replicaFaults(workload, objects)),
    ];
  });
  return [...namespaceFaults(objects), ...faults];
}
