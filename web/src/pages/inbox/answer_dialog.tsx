// e: the customer has an answer, and nothing changes.
import { useState } from "react";

import { Ticket_Disposition, Ticket_Kind, Ticket_State, type Ticket } from "@protos/dangol/tickets/v1/ticket_pb";
import { tickets as api } from "../../base/api";
import { putTicket } from "../../base/cache";
import { useDraft } from "../../base/draft";
import { isResourceId, requestId } from "../../base/ids";
import { useSeen } from "../../base/seen";
import { settings } from "../../base/settings";
import { FormDialog } from "../../parts/dialog";
import { Choice, TextField } from "../../parts/fields";
import { MemberField, rememberMember } from "../../parts/member_field";
import { useWords } from "../../words/words";
import { decidedOf, takeBack } from "./undo";

const WAYS = [
  Ticket_Disposition.INFORMED,
  Ticket_Disposition.RELIEF_GIVEN,
  Ticket_Disposition.THANKED,
  Ticket_Disposition.NOT_OURS,
  Ticket_Disposition.WITHDRAWN,
];

interface Props {
  tickets: Ticket[];
  onDone: (said: string, undo?: () => void) => void;
  onClose: () => void;
}

export function AnswerDialog({ tickets: newest, onDone, onClose }: Props) {
  const { t, f } = useWords();
  // Several are decided as they were when it was opened: the stream tells what came of them before the answer does.
  const tickets = useSeen(newest);
  const ticket = newest[0]!;
  const many = tickets.length > 1;
  const praise = tickets.every(({ kind }) => kind === Ticket_Kind.PRAISE);
  const [disposition, setDisposition] = useState(praise ? Ticket_Disposition.THANKED : Ticket_Disposition.INFORMED);
  const [reply, setReply] = useDraft(`${many ? "tickets" : ticket.name}.answer`);
  const [remedy, setRemedy] = useState(many ? "" : ticket.remedyGiven);
  const [member, setMember] = useState(settings().member);
  const [tried, setTried] = useState(false);
  const [id] = useState(requestId);

  const relief = disposition === Ticket_Disposition.RELIEF_GIVEN;
  const remedyFault = relief && !remedy.trim() ? t.required : undefined;
  const send = async () => {
    const request = {
      requestId: id,
      disposition,
      reply: reply.trim(),
      remedyGiven: relief ? remedy.trim() : "",
      decidedBy: rememberMember(member),
    };
    if (many) {
      const { results } = await api.batchResolveTickets({ ...request, names: tickets.map(({ name }) => name) });
      const { decided, undo } = await decidedOf(Ticket_State.ANSWERED, tickets, results, t);
      setReply("");
      return onDone(t.inbox.decidedSome(f.count(decided.length), tickets.length - decided.length), undo);
    }
    const answered = await api.resolveTicket({ ...request, name: ticket.name, etag: ticket.etag });
    setReply("");
    putTicket(answered);
    onDone(t.inbox.answered_, takeBack(ticket, answered, t));
  };
  return (
    <FormDialog
      title={many ? t.inbox.bulkAnswer(f.count(tickets.length)) : t.inbox.answerTitle}
      submit={t.inbox.answerDo}
      impact={many ? t.inbox.bulkReply(f.count(tickets.length)) : t.inbox.impact.answer}
      check={() => {
        setTried(true);
        return !remedyFault && isResourceId(member);
      }}
      onSubmit={send}
      onClose={onClose}
    >
      <Choice
        label={t.inbox.answerHow}
        options={WAYS.map((value) => ({ value, label: t.disposition[value]! }))}
        value={disposition}
        onValue={setDisposition}
      />
      {relief && (
        <TextField label={t.inbox.remedyGiven} hint={t.inbox.remedyGivenHint} value={remedy} onValue={setRemedy} wrong={tried ? remedyFault : undefined} />
      )}
      <TextField label={t.inbox.replyText} hint={t.inbox.replyTold} rows={4} value={reply} onValue={setReply} autoFocus />
      <MemberField value={member} onValue={setMember} tried={tried} />
    </FormDialog>
  );
}
