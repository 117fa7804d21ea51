// r: a reply, or a note for those who work on it. What is typed is kept until it is sent.
import { create } from "@bufbuild/protobuf";
import { useEffect, useMemo, useRef, useState } from "react";
import { flushSync } from "react-dom";

import { Message_Kind, MessageSchema } from "@protos/dangol/tickets/v1/ticket_pb";
import { useActions } from "../../base/actions";
import { queries, tickets } from "../../base/api";
import { messagesKey, putTicket } from "../../base/cache";
import { useDraft } from "../../base/draft";
import { explain } from "../../base/errors";
import { requestId } from "../../base/ids";
import { isComposing, isSend } from "../../base/keys";
import { say } from "../../base/toast";
import { authorOfDevice } from "../../parts/member_field";
import { Key } from "../../parts/small";
import { useWords } from "../../words/words";

export function Composer({ parent }: { parent: string }) {
  const { t } = useWords();
  const [body, setBody, clearBody] = useDraft(parent);
  // Kept beside the text: a note must not come back as a reply.
  const [note, setNote] = useDraft(`${parent}.note`);
  const kind = note ? Message_Kind.INTERNAL : Message_Kind.PUBLIC;
  const [open, setOpen] = useState(false);
  const [failure, setFailure] = useState("");
  const [sending, setSending] = useState(false);
  // The next one is a reply again.
  useEffect(() => {
    if (!open && !body && note) setNote("");
  }, [open, body, note, setNote]);
  const id = useRef(requestId());
  const text = useRef<HTMLTextAreaElement>(null);
  const shut = useRef<HTMLButtonElement>(null);
  const write = () => {
    // At once: what is typed next is the reply, and no key of the page.
    flushSync(() => setOpen(true));
    text.current?.focus();
    // On phones the decisions stand before the foot of the page.
    text.current?.closest(".composer")?.scrollIntoView({ block: "nearest" });
  };
  const action = useMemo(() => [{ id: "reply", label: t.inbox.reply, group: t.keys.groupDecide, keys: ["r"], run: write }], [t]);
  useActions(action);

  const send = async () => {
    if (!body.trim() || sending) return;
    setSending(true);
    setFailure("");
    try {
      const message = create(MessageSchema, { kind, body: body.trim(), author: authorOfDevice() });
      await tickets.createMessage({ parent, message, requestId: id.current });
      id.current = requestId();
      const inside = text.current === document.activeElement || document.activeElement === document.body;
      // What was typed since stays, and is the next reply.
      const typed = text.current?.value;
      const more = Boolean(typed) && typed !== body;
      flushSync(() => {
        clearBody(body);
        setOpen(more);
      });
      // The text that had the focus is gone.
      if (inside && !more) shut.current?.focus();
      say(t.inbox.sent);
      void queries.invalidateQueries({ queryKey: messagesKey(parent) });
      await tickets.getTicket({ name: parent }).then(putTicket, () => undefined);
    } catch (error) {
      setFailure(explain(error, t, true).sentence);
    }
    setSending(false);
  };

  if (!open && !body) {
    return (
      <button ref={shut} type="button" className="composer shut" onClick={write}>
        {t.inbox.replyPlaceholder} <Key of="r" />
      </button>
    );
  }
  const internal = kind === Message_Kind.INTERNAL;
  return (
    <div className="composer">
      <div className="top">
        <div className="seg" role="group" aria-label={t.inbox.replyTo}>
          {[Message_Kind.PUBLIC, Message_Kind.INTERNAL].map((one) => (
            <button key={one} type="button" aria-pressed={one === kind} onClick={() => setNote(one === Message_Kind.INTERNAL ? "1" : "")}>
              {one === Message_Kind.PUBLIC ? t.inbox.replyPublic : t.inbox.replyInternal}
            </button>
          ))}
        </div>
      </div>
      <textarea
        ref={text}
        rows={3}
        value={body}
        aria-label={internal ? t.inbox.notePlaceholder : t.inbox.replyPlaceholder}
        placeholder={internal ? t.inbox.notePlaceholder : t.inbox.replyPlaceholder}
        onInput={(event) => setBody(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (isSend(event)) void send();
          if (event.key === "Escape" && !isComposing(event)) {
            setOpen(false);
            text.current?.blur();
          }
        }}
      />
      <div className="end">
        <span className={failure ? "bad" : ""} role={failure ? "alert" : undefined}>
          {failure || (internal ? t.inbox.noteHint : t.inbox.replyHint)}
        </span>
        <button type="button" className="btn" disabled={!body.trim() || sending} onClick={() => void send()}>
          {t.inbox.send} <kbd aria-hidden="true">{t.action.confirmKey}</kbd>
        </button>
      </div>
    </div>
  );
}
