// Contact reasons as a tree, with what is below each counted in.
import type { ContactReason } from "@protos/dangol/tickets/v1/contact_reason_pb";

export interface ReasonNode {
  reason: ContactReason;
  // How many of the list are above it.
  depth: number;
  // With those of reasons below it.
  tickets: bigint;
  openTickets: bigint;
  // How many are below it.
  below: number;
}

export function isBelow(path: string, above: string): boolean {
  return path.startsWith(above + "/");
}

// Of reasons in the order of their tree, as the service lists them.
export function treeOf(reasons: ContactReason[]): ReasonNode[] {
  const nodes: ReasonNode[] = [];
  let above: ReasonNode[] = [];
  for (const reason of reasons) {
    above = above.filter((node) => isBelow(reason.path, node.reason.path));
    for (const node of above) {
      node.tickets += reason.tickets;
      node.openTickets += reason.openTickets;
      node.below += 1;
    }
    const node = { reason, depth: above.length, tickets: reason.tickets, openTickets: reason.openTickets, below: 0 };
    nodes.push(node);
    above = [...above, node];
  }
  return nodes;
}

// `a/b/c` → `a`, `a/b`
export function pathsAbove(path: string): string[] {
  const levels = path.split("/");
  return levels.slice(1).map((_, index) => levels.slice(0, index + 1).join("/"));
}
