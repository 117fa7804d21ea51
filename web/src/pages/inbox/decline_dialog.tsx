// d: it cannot be done today, and the customer is told so.
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { useQuery } from "@connectrpc/connect-query";
import { useState } from "react";

import { Decision_DeclineReason, Ticket_State, type Ticket } from "@protos/dangol/tickets/v1/ticket_pb";
import { TicketService } from "@protos/dangol/tickets/v1/ticket_service_pb";
import { tickets as api } from "../../base/api";
import { putTicket } from "../../base/cache";
import { useDraft } from "../../base/draft";
import { isResourceId, isSlug, requestId, slugOf } from "../../base/ids";
import { useSeen } from "../../base/seen";
import { settings } from "../../base/settings";
import { FormDialog } from "../../parts/dialog";
import { Choice, Field, TextField } from "../../parts/fields";
import { MemberField, rememberMember } from "../../parts/member_field";
import { useWords } from "../../words/words";
import { decidedOf, takeBack } from "./undo";

const GAPS_READ = 200;

interface Props {
  tickets: Ticket[];
  onDone: (said: string, undo?: () => void) => void;
  onClose: () => void;
}

export function DeclineDialog({ tickets: newest, onDone, onClose }: Props) {
  const { t, f } = useWords();
  // Several are decided as they were when it was opened: the stream tells what came of them before the answer does.
  const tickets = useSeen(newest);
  const ticket = newest[0]!;
  const many = tickets.length > 1;
  const [reason, setReason] = useState(Decision_DeclineReason.BEYOND_CAPABILITY);
  const [gap, setGap] = useState("");
  const [revisit, setRevisit] = useState("");
  const [revisitDay, setRevisitDay] = useState("");
  const [reply, setReply] = useDraft(`${many ? "tickets" : ticket.name}.decline`);
  const [member, setMember] = useState(settings().member);
  const [tried, setTried] = useState(false);
  const [id] = useState(requestId);

  // What others wait for: the same thing has one name.
  const waiting = useQuery(TicketService.method.listTickets, { states: [Ticket_State.NOT_YET], pageSize: GAPS_READ }).data?.tickets ?? [];
  const gaps = [...new Set(waiting.map(({ decision }) => decision?.capabilityGap ?? "").filter(Boolean))].sort();

  const beyond = reason === Decision_DeclineReason.BEYOND_CAPABILITY;
  const label = slugOf(gap);
  const gapFault = !beyond || isSlug(label) ? undefined : gap ? t.slugWrong : t.required;
  const revisitFault = revisitDay && new Date(`${revisitDay}T09:00:00`) <= new Date() ? t.inbox.revisitWrong : undefined;
  const send = async () => {
    const request = {
      requestId: id,
      reason,
      capabilityGap: beyond ? label : "",
      revisitCondition: revisit.trim(),
      ...(revisitDay && { revisitTime: timestampFromDate(new Date(`${revisitDay}T09:00:00`)) }),
      reply: reply.trim(),
      decidedBy: rememberMember(member),
    };
    if (many) {
      const { results } = await api.batchDeclineTickets({ ...request, names: tickets.map(({ name }) => name) });
      const { decided, undo } = await decidedOf(Ticket_State.NOT_YET, tickets, results, t);
      setReply("");
      return onDone(t.inbox.decidedSome(f.count(decided.length), tickets.length - decided.length), undo);
    }
    const declined = await api.declineTicket({ ...request, name: ticket.name, etag: ticket.etag });
    setReply("");
    putTicket(declined);
    onDone(t.inbox.declined, takeBack(ticket, declined, t));
  };
  return (
    <FormDialog
      title={many ? t.inbox.bulkDecline(f.count(tickets.length)) : t.inbox.declineTitle}
      submit={t.inbox.declineDo}
      impact={many ? t.inbox.bulkReply(f.count(tickets.length)) : t.inbox.impact.decline}
      check={() => {
        setTried(true);
        return !gapFault && !revisitFault && Boolean(reply.trim()) && isResourceId(member);
      }}
      onSubmit={send}
      onClose={onClose}
    >
      <Choice
        label={t.inbox.declineWhy}
        options={[Decision_DeclineReason.BEYOND_CAPABILITY, Decision_DeclineReason.UNSUSTAINABLE].map((value) => ({
          value,
          label: t.declineReason[value]!,
          hint: t.declineReasonWhy[value]!,
        }))}
        value={reason}
        onValue={setReason}
      />
      {beyond && <TextField label={t.inbox.gap} hint={t.inbox.gapHint} list={gaps} value={gap} onValue={setGap} wrong={tried || gap ? gapFault : undefined} />}
      <TextField
        label={t.inbox.replyText}
        hint={t.inbox.replyTextHint}
        rows={4}
        value={reply}
        onValue={setReply}
        wrong={tried && !reply.trim() ? t.required : undefined}
        autoFocus
      />
      <TextField label={t.inbox.revisit} hint={t.inbox.revisitHint} value={revisit} onValue={setRevisit} />
      <Field label={t.inbox.revisitDay} hint={t.inbox.revisitDayHint} wrong={revisitFault}>
        {(ids) => <input {...ids} type="date" value={revisitDay} onInput={(event) => setRevisitDay(event.currentTarget.value)} />}
      </Field>
      <MemberField value={member} onValue={setMember} tried={tried} />
    </FormDialog>
  );
}
