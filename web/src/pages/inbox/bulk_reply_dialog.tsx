// r on several: the same words to each customer; where the complaints stand stays.
import { useState } from "react";

import { Ticket_State, type Ticket } from "@protos/dangol/tickets/v1/ticket_pb";
import { queries, tickets as api } from "../../base/api";
import { messagesKey } from "../../base/cache";
import { useDraft } from "../../base/draft";
import { requestId } from "../../base/ids";
import { useSeen } from "../../base/seen";
import { FormDialog } from "../../parts/dialog";
import { TextField } from "../../parts/fields";
import { useWords } from "../../words/words";

interface Props {
  tickets: Ticket[];
  onDone: (said: string) => void;
  onClose: () => void;
}

export function BulkReplyDialog({ tickets: newest, onDone, onClose }: Props) {
  const { t, f } = useWords();
  // Those that it was opened for, whatever leaves the list meanwhile.
  const tickets = useSeen(newest);
  const [reply, setReply] = useDraft("tickets.reply");
  const [tried, setTried] = useState(false);
  const [id] = useState(requestId);
  const send = async () => {
    const { results } = await api.batchReplyTickets({ names: tickets.map(({ name }) => name), requestId: id, reply: reply.trim() });
    const told = results.filter(({ state }) => state !== Ticket_State.STATE_UNSPECIFIED);
    setReply("");
    for (const { name } of told) void queries.invalidateQueries({ queryKey: messagesKey(name) });
    onDone(t.inbox.bulkReplied(f.count(told.length)));
  };
  return (
    <FormDialog
      title={t.inbox.bulkReplyTitle(f.count(tickets.length))}
      submit={t.inbox.send}
      impact={t.inbox.replyHint}
      check={() => {
        setTried(true);
        return Boolean(reply.trim());
      }}
      onSubmit={send}
      onClose={onClose}
    >
      <TextField label={t.inbox.replyText} hint={t.inbox.replyTextHint} rows={4} value={reply} onValue={setReply} wrong={tried && !reply.trim() ? t.required : undefined} autoFocus />
    </FormDialog>
  );
}
