// What must be refused: a check, what it says, and the change of what was rendered that makes it say so.
import { label, podOf, serverOf } from "./objects.mjs";

export function mutations(objects) {
  const get = (name) => objects.find((object) => label(object) === name);
  const tickets = () => get("StatefulSet/tickets") ?? get("Deployment/tickets");
  const pod = () => podOf(tickets());
  const server = () => serverOf(tickets());
  const gateway = () => get("Deployment/gateway");
  const setFlag = (name, value) => {
    server().args = server().args.map((argument) => (argument.startsWith(`${name}=`) ? `${name}=${value}` : argument));
  };
  const dropFlag = (name) => (server().args = server().args.filter((argument) => argument.split("=")[0] !== name));
  const drop = (name) => objects.splice(objects.indexOf(get(name)), 1);
  const volume = (name) => pod().volumes.find((found) => found.name === name);

  const both = [
    ["schema", "unknown key .spec.template.spec.containers[0].readynessProbe", () => (server().readynessProbe = {})],
    ["schema", "unknown key .spec.ports[0].nodeport", () => (get("Service/gateway").spec.ports[0].nodeport = 1)],
    ["schema", 'required {"missingProperty":"selector"}', () => delete tickets().spec.selector],
    ["schema", "/spec/replicas type", () => (tickets().spec.replicas = "one")],
    ["schema", "there is no apps/v2", () => (tickets().apiVersion = "apps/v2")],

    ["policy", "a namespace of the host", () => (pod().hostNetwork = true)],
    ["policy", "runAsNonRoot is not true", () => delete pod().securityContext.runAsNonRoot],
    ["policy", "seccompProfile", () => (pod().securityContext.seccompProfile.type = "Unconfined")],
    ["policy", "runAsGroup or fsGroup", () => delete pod().securityContext.runAsGroup],
    ["policy", "service account", () => delete pod().automountServiceAccountToken],
    ["policy", "is a hostPath", () => pod().volumes.push({ name: "host", hostPath: { path: "/" } })],
    ["policy", "has not mode 0440", () => (volume("jwt").secret.defaultMode = 0o444)],
    ["policy", "allowPrivilegeEscalation", () => delete server().securityContext.allowPrivilegeEscalation],
    ["policy", "privileged", () => (server().securityContext.privileged = true)],
    ["policy", "readOnlyRootFilesystem", () => (pod().initContainers[0].securityContext.readOnlyRootFilesystem = false)],
    ["policy", "another securityContext", () => (server().securityContext.runAsNonRoot = false)],
    ["policy", "runAsUser is missing, or root", () => (server().securityContext.runAsUser = 0)],
    ["policy", "capabilities", () => (server().securityContext.capabilities.add = ["NET_ADMIN"])],
    ["policy", "no requests", () => delete server().resources.requests.memory],
    ["policy", "no limit", () => delete server().resources.limits],
    ["policy", "has no digest", () => (server().image = "registry.example.org/dangol:latest")],
    ["policy", "not environment", () => (server().env = [{ name: "DANGOL_PORT_BASE", value: "1" }])],
    ["policy", "no livenessProbe", () => delete server().livenessProbe],
    ["policy", "no --require-credentials", () => dropFlag("--require-credentials")],
    ["policy", "no --tls", () => dropFlag("--tls")],
    ["policy", "in which calls end", () => (pod().terminationGracePeriodSeconds = 10)],
    ["policy", "--trust-network", () => server().args.push("--trust-network")],
    ["policy", "claim gateway is not ReadWriteOncePod", () => (get("PersistentVolumeClaim/gateway").spec.accessModes = ["ReadWriteMany"])],
    ["policy", "replicas of one claim", () => (gateway().spec.replicas = 2)],
    ["policy", "two pods at once", () => delete gateway().spec.strategy],
    ["policy", "does not enforce restricted", () => delete get("Namespace/dangol").metadata.labels],
    ["policy", "is not in dangol", () => (tickets().metadata.namespace = "default")],

    ["references", "selects 0 workloads", () => (get("Service/tickets").spec.selector = { app: "tickets" })],
    ["references", "selects 4 workloads", () => (get("Service/tickets").spec.selector = { "app.kubernetes.io/part-of": "dangol" })],
    ["references", "is none of the container", () => (get("Service/tickets").spec.ports[0].port = 7409)],
    ["references", "is none of the container", () => (get("Service/tickets").spec.ports[0].targetPort = "gprc")],
    ["references", "listens on 7409", () => setFlag("--listen", "0.0.0.0:7409")],
    ["references", "not the port of --health", () => (server().readinessProbe.grpc.port = 7401)],
    ["references", "there is no port htpt", () => (serverOf(gateway()).readinessProbe.httpGet.port = "htpt")],
    ["references", "there is no volume other", () => server().volumeMounts.push({ name: "other", mountPath: "/other" })],
    ["references", "nobody mounts other", () => pod().volumes.push({ name: "other", emptyDir: {} })],
    ["references", "there is no ConfigMap none", () => (volume("tmp").configMap = { name: "none" })],
    ["references", "there is no claim gateway", () => drop("PersistentVolumeClaim/gateway")],
    ["references", "nothing makes the Secret dangol-jvt", () => (volume("jwt").secret.secretName = "dangol-jvt")],
    ["references", "--tls=/tls is in no volume", () => setFlag("--tls", "/tls")],
    ["references", "does not select its own pods", () => (tickets().spec.selector.matchLabels = { app: "tickets" })],
    ["references", "has no certificate", () => delete get("Ingress/gateway").spec.tls],
    ["references", "--public-url is not", () => (get("Ingress/gateway").spec.rules[0].host = "other.example.org")],
    ["references", "no such port of a Service", () => (get("Ingress/gateway").spec.rules[0].http.paths[0].backend.service.port.name = "grpc")],

    ["network", "nothing is denied by default", () => drop("NetworkPolicy/default-deny")],
    ["network", "kube-system:53/UDP is needed and denied", () => drop("NetworkPolicy/dns")],
    ["network", "egress: tickets > backlog:7402 is needed and denied", () => (get("NetworkPolicy/tickets").spec.egress = [])],
    ["network", "ingress: gateway > tickets:7401 is needed and denied", () => get("NetworkPolicy/tickets").spec.ingress[0].from.pop()],
    ["network", "ingress: tickets > metrics:7403 is permitted and not needed", () =>
      get("NetworkPolicy/metrics").spec.ingress[0].from.push({ podSelector: { matchLabels: { "app.kubernetes.io/name": "tickets" } } })],
    ["network", "ingress: anywhere > tickets:7401 is permitted and not needed", () => delete get("NetworkPolicy/tickets").spec.ingress[0].from],
    ["network", "egress: tickets > backlog:any is permitted and not needed", () => delete get("NetworkPolicy/tickets").spec.egress[0].ports],
    ["network", "tickets > ip 0.0.0.0/0:7402 is permitted", () => get("NetworkPolicy/tickets").spec.egress[0].to.push({ ipBlock: { cidr: "0.0.0.0/0" } })],
    ["network", "egress: tickets > metrics:7403 is needed and denied", () => server().args.push("--peer=metrics=dns:///metrics:7403")],
    ["network", "egress: tickets > backlog:7402 is permitted and not needed", () => dropFlag("--peer")],

    ["flags", "has no --lissten", () => server().args.push("--lissten=0.0.0.0:1")],
    ["flags", "--require-credentials has no value", () => server().args.push("--require-credentials=yes")],
    ["flags", "--tls needs a value", () => server().args.push("--tls")],
    ["flags", "there is no program dangol-ticket", () => (server().command = ["dangol-ticket"])],
  ];
  const base = [
    ["policy", "claim data is not ReadWriteOncePod", () => (tickets().spec.volumeClaimTemplates[0].spec.accessModes = ["ReadWriteOnce"])],
    ["policy", "replicas of one claim", () => (tickets().spec.replicas = 2)],
    ["policy", "a file needs a claim", () => delete tickets().spec.volumeClaimTemplates],
    ["references", "there is no Service ticket", () => (tickets().spec.serviceName = "ticket")],
  ];
  const postgres = [
    ["policy", "no PodDisruptionBudget", () => drop("PodDisruptionBudget/tickets")],
    ["policy", "lets no pod go", () => (get("PodDisruptionBudget/tickets").spec.minAvailable = 2)],
    ["references", "spreads other pods", () => (pod().topologySpreadConstraints[0].labelSelector.matchLabels = { app: "tickets" })],
    ["references", "nothing makes the Secret dangol-database", () => (volume("database").secret.secretName = "dangol-database")],
    ["network", "egress: tickets > anywhere:5432 is needed and denied", () => drop("NetworkPolicy/database")],
    ["network", "egress: gateway > anywhere:5432 is permitted and not needed", () => (get("NetworkPolicy/database").spec.podSelector = {})],
  ];
  return [...both, ...(get("StatefulSet/tickets") ? base : postgres)];
}
