// m: it says again what another complaint says already.
import { useQuery } from "@connectrpc/connect-query";
import { useState } from "react";

import { Ticket_State, type Ticket } from "@protos/dangol/tickets/v1/ticket_pb";
import { TicketService } from "@protos/dangol/tickets/v1/ticket_service_pb";
import { tickets } from "../../base/api";
import { putTicket } from "../../base/cache";
import { idOf, isResourceId, requestId } from "../../base/ids";
import { dateOf } from "../../format/time";
import { FormDialog } from "../../parts/dialog";
import { TextField } from "../../parts/fields";
import { FirstWords } from "../../parts/first_words";
import { TicketChip } from "../../parts/small";
import { useWords } from "../../words/words";
import { takeBack } from "./undo";

const SHOWN_MAX = 6;

interface Props {
  ticket: Ticket;
  onDone: (said: string, undo?: () => void) => void;
  onClose: () => void;
}

// What it may repeat: of another customer the service refuses it.
function useCandidates(ticket: Ticket): Ticket[] {
  const { data } = useQuery(TicketService.method.listTickets, { customer: ticket.customer, pageSize: 20 }, { enabled: Boolean(ticket.customer) });
  const aside = [Ticket_State.DUPLICATE, Ticket_State.SPAM];
  return (data?.tickets ?? []).filter((one) => one.name !== ticket.name && !aside.includes(one.state)).slice(0, SHOWN_MAX);
}

export function DuplicateDialog({ ticket, onDone, onClose }: Props) {
  const { t, f } = useWords();
  const candidates = useCandidates(ticket);
  const [typed, setTyped] = useState("");
  const [tried, setTried] = useState(false);
  const [id] = useState(requestId);
  const wrong = typed && isResourceId(typed) ? undefined : typed ? t.slugWrong : t.required;
  const send = async () => {
    const marked = await tickets.markTicketDuplicate({ name: ticket.name, etag: ticket.etag, requestId: id, canonical: `tickets/${typed}` });
    putTicket(marked);
    onDone(t.inbox.merged, takeBack(ticket, marked, t));
  };
  return (
    <FormDialog
      title={t.inbox.duplicateTitle}
      submit={t.inbox.duplicateDo}
      impact={t.inbox.impact.duplicate}
      check={() => {
        setTried(true);
        return !wrong;
      }}
      onSubmit={send}
      onClose={onClose}
    >
      <TextField label={t.inbox.duplicateFind} hint={t.inbox.duplicateHint} value={typed} onValue={(value) => setTyped(value.trim())} wrong={tried ? wrong : undefined} autoFocus />
      {candidates.length > 0 && (
        <div className="picks" role="radiogroup" aria-label={t.inbox.duplicateTitle}>
          {candidates.map((one) => {
            const received = dateOf(one.receiveTime);
            const on = idOf(one.name) === typed;
            return (
              <label key={one.name} className={on ? "pick on" : "pick"}>
                <input type="radio" name="canonical" checked={on} onChange={() => setTyped(idOf(one.name))} />
                <span>
                  <b lang={one.language || undefined}>
                    <FirstWords ticket={one} />
                  </b>
                  <small>
                    <TicketChip state={one.state} /> {received && f.date(received)}
                  </small>
                </span>
              </label>
            );
          })}
        </div>
      )}
    </FormDialog>
  );
}
