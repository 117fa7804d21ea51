// What is owed today, out of what the services answer.
import { timestampMs } from "@bufbuild/protobuf/wkt";

import type { Change } from "@protos/dangol/backlog/v1/change_pb";
import type { EngineRevision } from "@protos/dangol/metrics/v1/engine_pb";
import type { Kpi, MissingEntry } from "@protos/dangol/metrics/v1/kpi_pb";
import { Member_Role, type Member } from "@protos/dangol/metrics/v1/member_pb";
import type { Remark } from "@protos/dangol/metrics/v1/report_pb";
import type { Ticket } from "@protos/dangol/tickets/v1/ticket_pb";
import { engineOf } from "../../base/ids";
import { memberName } from "../../base/texts";
import { isKeepDue } from "../change/transitions";

const REMARK_MS = 28 * 86_400_000;

// What is due first comes first, then who waits longest; where nobody waits, by when it came in.
export function byWaiting(tickets: Ticket[]): Ticket[] {
  const due = (ticket: Ticket) => (ticket.dueTime ? timestampMs(ticket.dueTime) : Number.MAX_SAFE_INTEGER);
  const since = (ticket: Ticket) => {
    const at = ticket.waitingSinceTime ?? ticket.receiveTime;
    return at ? timestampMs(at) : Infinity;
  };
  const waits = (ticket: Ticket) => (ticket.waitingSinceTime ? 0 : 1);
  return [...tickets].sort((one, other) => due(one) - due(other) || waits(one) - waits(other) || since(one) - since(other));
}

export interface DueStage {
  // `engines/{engine}`
  engine: string;
  // `engines/{engine}/stages/{stage}`; empty: numbers of the whole engine.
  stage: string;
  // Cells to fill in.
  entries: number;
  oldestDay: string;
  // Its time is over.
  late: boolean;
}

// Numbers to enter, a line for each stage, the oldest first.
export function dueStages(missing: MissingEntry[], kpis: Kpi[], now: Date): DueStage[] {
  const stageOf = new Map(kpis.map((kpi) => [kpi.name, kpi.stage]));
  const stages = new Map<string, DueStage>();
  for (const { kpi, day, dueTime } of missing) {
    const stage = stageOf.get(kpi);
    if (stage === undefined) continue;
    const engine = engineOf(kpi);
    const line = stages.get(stage || engine) ?? { engine, stage, entries: 0, oldestDay: day, late: false };
    line.entries += 1;
    if (day < line.oldestDay) line.oldestDay = day;
    if (dueTime && timestampMs(dueTime) < now.getTime()) line.late = true;
    stages.set(stage || engine, line);
  }
  return [...stages.values()].sort((one, other) => (one.oldestDay < other.oldestDay ? -1 : one.oldestDay > other.oldestDay ? 1 : 0));
}

// What waits for a decision of this member: what the member carries, and what nobody does; of the own stages where there are some, and of none.
export function toDecide(undecided: Change[], member: string, self?: Member): Change[] {
  const stages = self && !self.roles.includes(Member_Role.LEAD) ? self.stages : [];
  const concerns = ({ stage }: Change) => !stages.length || !stage || stages.includes(stage);
  return undecided.filter((change) => (change.owner ? change.owner === member : concerns(change)));
}

// Questions about what shipped: did it help, where no check could tell; and, of whom decided it, whether it can be kept.
export function toAnswer(concluding: Change[], keeping: Change[], member: string, self: Member | undefined, now: Date): Change[] {
  const keep = keeping.filter((change) => isKeepDue(change, now) && change.decision?.decidedBy === member);
  const conclude = toDecide(concluding, member, self);
  return [...conclude, ...keep.filter((change) => !conclude.some(({ name }) => name === change.name))];
}

// Whether @id or @name stands there as a word of its own.
export function mentions(body: string, member: string, displayName: string): boolean {
  const names = [memberName(member), displayName].filter(Boolean);
  return names.some((name) => {
    for (let at = body.indexOf(`@${name}`); at >= 0; at = body.indexOf(`@${name}`, at + 1)) {
      const next = body[at + 1 + name.length] ?? "";
      // A Korean particle may follow a Korean name; a letter after a Latin one makes another name of it.
      if (!/[a-z0-9-]/i.test(next)) return true;
    }
    return false;
  });
}

// Remarks that call this member or reply to one of hers, and that she has not replied to; after four weeks they stay beside their number alone.
export function remarksTo(remarks: Remark[], member: string, displayName: string, now: Date): Remark[] {
  const isNew = ({ createTime }: Remark) => createTime !== undefined && now.getTime() - timestampMs(createTime) < REMARK_MS;
  const own = new Set(remarks.filter((one) => one.author === member).map((one) => one.name));
  const replied = new Set(remarks.filter((one) => one.author === member).map((one) => one.replyTo));
  return remarks.filter(
    (one) => isNew(one) && one.author !== member && !replied.has(one.name) && (own.has(one.replyTo) || mentions(one.body, member, displayName)),
  );
}

// Whether the newest revision waits for this member, who is one of those who work here.
export function waitsForAgreement(newest: EngineRevision | undefined, member: Member | undefined): boolean {
  return Boolean(newest && member && !newest.acknowledgements.some((one) => one.member === member.name));
}
