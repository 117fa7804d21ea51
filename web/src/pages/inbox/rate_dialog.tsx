// s: how content the customer is with what came of it, and with how it was handled.
import { useState } from "react";

import type { Ticket } from "@protos/dangol/tickets/v1/ticket_pb";
import { tickets } from "../../base/api";
import { putTicket } from "../../base/cache";
import { requestId } from "../../base/ids";
import { useSeen } from "../../base/seen";
import { FormDialog } from "../../parts/dialog";
import { Choice, TextField } from "../../parts/fields";
import { useWords } from "../../words/words";

// 0: the customer does not say.
const RATINGS = [1, 2, 3, 4, 5, 0];

interface Props {
  ticket: Ticket;
  onDone: (said: string) => void;
  onClose: () => void;
}

export function RateDialog({ ticket, onDone, onClose }: Props) {
  const { t } = useWords();
  const [outcomeRating, setOutcome] = useState(ticket.outcomeRating);
  const [handlingRating, setHandling] = useState(ticket.handlingRating);
  const [note, setNote] = useState("");
  const [tried, setTried] = useState(false);
  const [id] = useState(requestId);
  const { etag } = useSeen(ticket);
  const options = RATINGS.map((value) => ({ value, label: value ? String(value) : t.inbox.notSaid }));
  const said = outcomeRating > 0 || handlingRating > 0;
  const send = async () => {
    putTicket(await tickets.rateTicket({ name: ticket.name, etag, requestId: id, outcomeRating, handlingRating, note: note.trim() }));
    onDone(t.inbox.rated);
  };
  return (
    <FormDialog
      title={t.inbox.rateTitle}
      submit={t.inbox.rateDo}
      impact={t.inbox.impact.rate}
      check={() => {
        setTried(true);
        return said;
      }}
      onSubmit={send}
      onClose={onClose}
    >
      <Choice label={t.inbox.outcomeRating} options={options} value={outcomeRating} onValue={setOutcome} wrong={tried && !said ? t.required : undefined} />
      <Choice label={t.inbox.handlingRating} options={options} value={handlingRating} onValue={setHandling} />
      <TextField label={t.inbox.reopenWords} rows={3} value={note} onValue={setNote} />
    </FormDialog>
  );
}
