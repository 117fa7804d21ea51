// t: it tells of two matters, and the other one becomes a complaint of its own.
import { useState } from "react";

import type { Ticket } from "@protos/dangol/tickets/v1/ticket_pb";
import { tickets } from "../../base/api";
import { putTicket } from "../../base/cache";
import { requestId } from "../../base/ids";
import { FormDialog } from "../../parts/dialog";
import { TextField } from "../../parts/fields";
import { useWords } from "../../words/words";
import { markedWords } from "./marked_words";

interface Props {
  ticket: Ticket;
  onDone: (said: string) => void;
  onClose: () => void;
}

export function SplitDialog({ ticket, onDone, onClose }: Props) {
  const { t } = useWords();
  const [body, setBody] = useState(markedWords);
  const [tried, setTried] = useState(false);
  const [id] = useState(requestId);
  const { name } = ticket;
  const send = async () => {
    putTicket(await tickets.splitTicket({ name, etag: ticket.etag, requestId: id, body: body.trim(), kind: ticket.kind }));
    await tickets.getTicket({ name }).then(putTicket, () => undefined);
    onDone(t.inbox.splitDone);
  };
  return (
    <FormDialog
      title={t.inbox.splitTitle}
      submit={t.inbox.split}
      impact={t.inbox.impact.split}
      check={() => {
        setTried(true);
        return Boolean(body.trim());
      }}
      onSubmit={send}
      onClose={onClose}
    >
      <TextField label={t.inbox.splitWords} hint={t.inbox.splitHint} rows={4} value={body} onValue={setBody} wrong={tried && !body.trim() ? t.required : undefined} autoFocus />
    </FormDialog>
  );
}
