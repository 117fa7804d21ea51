// i: it is mine, or that of somebody else. l: what it is about. What is known of a complaint is corrected, never its words.
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { FieldMaskSchema } from "@bufbuild/protobuf/wkt";
import { useMemo, useState } from "react";

import { TicketSchema, type Ticket } from "@protos/dangol/tickets/v1/ticket_pb";
import { useActions, type Action } from "../../base/actions";
import { tickets } from "../../base/api";
import { putTicket } from "../../base/cache";
import { isSlug, requestId } from "../../base/ids";
import { useSeen } from "../../base/seen";
import { say, sayFailure } from "../../base/toast";
import { FormDialog } from "../../parts/dialog";
import { TextField } from "../../parts/fields";
import { memberOfDevice } from "../../parts/member_field";
import { MemberSelect } from "../../parts/member_select";
import { useMemberNames } from "../../parts/members";
import { useReasonChoices } from "../../parts/reasons";
import { useWords, type Words } from "../../words/words";
import { run } from "./undo";

function update(name: string, etag: string, path: string, ticket: MessageInitShape<typeof TicketSchema>): Promise<Ticket> {
  const updateMask = create(FieldMaskSchema, { paths: [path] });
  return tickets.updateTicket({ name, etag, requestId: requestId(), ticket, updateMask });
}

// Says what was done, with the way back to what it was before.
async function correct(before: Ticket, path: "assignee" | "contact_reason", value: string, said: string, t: Words): Promise<void> {
  const field = path === "assignee" ? "assignee" : "contactReason";
  putTicket(await update(before.name, before.etag, path, { [field]: value }));
  say(said, { undo: () => run([update(before.name, "", path, { [field]: before[field] })], t) });
}

function ReasonDialog({ ticket: newest, onClose }: { ticket: Ticket; onClose: () => void }) {
  const { t } = useWords();
  const ticket = useSeen(newest);
  const [reason, setReason] = useState(ticket.contactReason);
  const reasons = useReasonChoices();
  const path = reasons.pathOf(reason);
  const fault = !path || isSlug(path) ? undefined : t.newTicket.reasonWrong;
  const send = async () => {
    await correct(ticket, "contact_reason", path, t.inbox.corrected, t);
  };
  return (
    <FormDialog title={t.inbox.reason} submit={t.inbox.correct} check={() => !fault} onSubmit={send} onClose={onClose}>
      <TextField
        label={t.inbox.reason}
        hint={t.newTicket.reasonHint}
        value={reason}
        onValue={setReason}
        wrong={fault}
        list={reasons.offered}
        autoFocus
      />
    </FormDialog>
  );
}

function HandDialog({ ticket: newest, onClose }: { ticket: Ticket; onClose: () => void }) {
  const { t } = useWords();
  const ticket = useSeen(newest);
  const [assignee, setAssignee] = useState(ticket.assignee);
  const nameOf = useMemberNames();
  const send = async () => {
    const said = assignee ? t.inbox.handed(nameOf(assignee)) : t.inbox.handedToNobody;
    if (assignee !== ticket.assignee) await correct(ticket, "assignee", assignee, said, t);
  };
  return (
    <FormDialog title={t.inbox.handOver} submit={t.inbox.handDo} impact={t.inbox.handImpact} onSubmit={send} onClose={onClose}>
      <MemberSelect label={t.inbox.assignee} value={assignee} onValue={setAssignee} />
    </FormDialog>
  );
}

export function Corrections({ ticket }: { ticket: Ticket }) {
  const { t } = useWords();
  const [asking, setAsking] = useState<"reason" | "hand">();
  const actions = useMemo<Action[]>(() => {
    const take = () => {
      const assignee = memberOfDevice();
      if (!assignee) return say(t.inbox.whoFirst, { bad: true });
      correct(ticket, "assignee", assignee, t.inbox.taken, t).catch((error: unknown) => sayFailure(error, t));
    };
    const group = t.keys.groupDecide;
    return [
      { id: "take", label: t.inbox.take, group, keys: ["i"], run: take },
      { id: "reason", label: t.inbox.changeReason, group, keys: ["l"], run: () => setAsking("reason") },
      { id: "hand", label: t.inbox.handOver, group, run: () => setAsking("hand") },
    ];
  }, [t, ticket]);
  useActions(actions);
  const close = () => setAsking(undefined);
  if (asking === "hand") return <HandDialog ticket={ticket} onClose={close} />;
  return asking ? <ReasonDialog ticket={ticket} onClose={close} /> : null;
}
