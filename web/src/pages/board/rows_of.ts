// The board as rows of a table.
import type { Change } from "@protos/dangol/backlog/v1/change_pb";
import { idOf } from "../../base/ids";
import { memberName } from "../../base/texts";
import type { Words } from "../../words/words";
import { waitingOf } from "../change/transitions";

export function rowsOf(changes: Change[], t: Words): string[][] {
  const head = [t.csv.id, t.csv.state, t.csv.title, t.csv.reason, t.csv.tickets, t.csv.waiting, t.csv.answered, t.csv.recurrences, t.csv.owner];
  const rows = changes.map((change) => [
    idOf(change.name),
    t.changeState[change.state] ?? "",
    change.title,
    change.contactReasons.join(" "),
    String(change.evidence?.demands ?? 0),
    String(waitingOf(change)),
    String(change.evidence?.answered ?? 0),
    String(change.evidence?.recurrences ?? 0),
    memberName(change.owner),
  ]);
  return [head, ...rows];
}
