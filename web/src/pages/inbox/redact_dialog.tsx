// Takes the words of a message, or a file, out for good.
import { useState } from "react";

import { queries, tickets } from "../../base/api";
import { attachmentsKey, messagesKey } from "../../base/cache";
import { requestId } from "../../base/ids";
import { say } from "../../base/toast";
import { FormDialog } from "../../parts/dialog";
import { useWords } from "../../words/words";

// `name` is that of the message or the attachment.
export default function RedactDialog({ name, what, onClose }: { name: string; what: string; onClose: () => void }) {
  const { t } = useWords();
  const [id] = useState(requestId);
  const ticket = name.split("/").slice(0, 2).join("/");
  const file = name.includes("/attachments/");
  const send = async () => {
    const request = { name, requestId: id };
    await (file ? tickets.redactAttachment(request) : tickets.redactMessage(request));
    await queries.invalidateQueries({ queryKey: file ? attachmentsKey(ticket) : messagesKey(ticket) });
    say(t.inbox.redactDone);
  };
  return (
    <FormDialog title={t.inbox.redactTitle} submit={t.inbox.redact} impact={t.inbox.redactImpact} bad onSubmit={send} onClose={onClose}>
      <p className="t2" dir="auto">
        {what}
      </p>
    </FormDialog>
  );
}
