// o: the customer came back.
import { useState } from "react";

import type { Ticket } from "@protos/dangol/tickets/v1/ticket_pb";
import { tickets } from "../../base/api";
import { putTicket } from "../../base/cache";
import { requestId } from "../../base/ids";
import { FormDialog } from "../../parts/dialog";
import { TextField } from "../../parts/fields";
import { useWords } from "../../words/words";
import { causeOf } from "./views";

interface Props {
  ticket: Ticket;
  onDone: (said: string) => void;
  onClose: () => void;
}

export function ReopenDialog({ ticket, onDone, onClose }: Props) {
  const { t } = useWords();
  const [body, setBody] = useState("");
  const [id] = useState(requestId);
  const cause = causeOf(ticket);
  const send = async () => {
    putTicket(await tickets.reopenTicket({ name: ticket.name, etag: ticket.etag, requestId: id, cause, body: body.trim() }));
    onDone(t.inbox.reopened);
  };
  return (
    <FormDialog title={t.inbox.reopenTitle} submit={t.inbox.reopen} onSubmit={send} onClose={onClose}>
      <p className="t2">{t.inbox.reopenCause[cause]}</p>
      <TextField label={t.inbox.reopenWords} rows={4} value={body} onValue={setBody} autoFocus />
    </FormDialog>
  );
}
