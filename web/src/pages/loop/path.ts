// The nodes of one complaint's path, and who owes the next one.
import { timestampMs, type Timestamp } from "@bufbuild/protobuf/wkt";

import { Step_Kind, type Loop } from "@protos/dangol/metrics/v1/loop_pb";
import { Ticket_State } from "@protos/dangol/tickets/v1/ticket_pb";

export type NodeName = "received" | "heard" | "accepted" | "decided" | "shipped" | "answered";

export interface PathNode {
  name: NodeName;
  // Absent: not reached.
  atMs?: number;
  // The first that is not reached, where somebody owes it.
  owed?: boolean;
}

function ms(time: Timestamp | undefined): number | undefined {
  return time && timestampMs(time);
}

export function pathOf(loop: Loop): PathNode[] {
  const accepted = Boolean(loop.change);
  const ship = [...loop.steps].reverse().find((step) => step.kind === Step_Kind.CHANGE_SHIPPED);
  const accept = [...loop.steps].reverse().find((step) => step.kind === Step_Kind.ACCEPTED || step.kind === Step_Kind.MOVED);
  const answered = ms(loop.answerTime);
  // History that was closed elsewhere was never decided here.
  const closed = loop.state === Ticket_State.CLOSED && loop.decideTime !== undefined;
  const decided = closed || loop.state === Ticket_State.NOT_YET || loop.state === Ticket_State.ANSWERED;
  const times: [NodeName, number | undefined][] = [
    ["received", ms(loop.receiveTime)],
    ["heard", ms(loop.hearTime)],
    ...(accepted
      ? ([
          ["accepted", ms(accept?.time ?? loop.decideTime)],
          ["shipped", ms(ship?.time)],
        ] as [NodeName, number | undefined][])
      : decided
        ? ([["decided", ms(loop.decideTime)]] as [NodeName, number | undefined][])
        : ([
            ["accepted", undefined],
            ["shipped", undefined],
          ] as [NodeName, number | undefined][])),
    ...(decided && !accepted ? [] : ([["answered", answered]] as [NodeName, number | undefined][])),
  ];
  const ended = loop.state === Ticket_State.CLOSED || loop.state === Ticket_State.DUPLICATE || loop.state === Ticket_State.SPAM;
  const firstMissing = times.findIndex(([, at]) => at === undefined);
  return times.map(([name, atMs], index) => ({
    name,
    ...(atMs !== undefined && { atMs }),
    ...(index === firstMissing && !ended && { owed: true }),
  }));
}

export type Standing = "done" | "answered" | "notYet" | "closed" | "aside" | "recurred" | "waiting";

// What is to be said of a complaint in one sentence.
export function standingOf(loop: Loop): Standing {
  switch (loop.state) {
    case Ticket_State.ANSWERED:
      return loop.change ? "done" : "answered";
    case Ticket_State.CLOSED:
      if (loop.change) return "done";
      return loop.decideTime ? "answered" : "closed";
    case Ticket_State.NOT_YET:
      return "notYet";
    case Ticket_State.DUPLICATE:
    case Ticket_State.SPAM:
      return "aside";
    default:
      return loop.recurrenceCount > 0 ? "recurred" : "waiting";
  }
}

// From the first node that was reached to the last.
export function tookMs(path: PathNode[]): number {
  const times = path.flatMap((node) => (node.atMs === undefined ? [] : [node.atMs]));
  return times.length ? Math.max(0, times[times.length - 1]! - times[0]!) : 0;
}
