// What a customer says of a change that was shown before it ships.
import { useState } from "react";

import type { Ticket } from "@protos/dangol/tickets/v1/ticket_pb";
import { RecordPreviewAnswerRequest_Answer as Answer } from "@protos/dangol/tickets/v1/ticket_requests_pb";
import { tickets } from "../../base/api";
import { putTicket } from "../../base/cache";
import { useDraft } from "../../base/draft";
import { requestId } from "../../base/ids";
import { say } from "../../base/toast";
import { FormDialog } from "../../parts/dialog";
import { Choice, TextField } from "../../parts/fields";
import { useWords } from "../../words/words";

interface Props {
  ticket: Ticket;
  // What it complains of.
  words: string;
  change: string;
  first: Answer;
  onClose: () => void;
}

export function AnswerPreviewDialog({ ticket, words, change, first, onClose }: Props) {
  const { t } = useWords();
  const [answer, setAnswer] = useState(first);
  const [body, setBody] = useDraft(`${ticket.name}.preview`);
  const [tried, setTried] = useState(false);
  const [id] = useState(requestId);
  const send = async () => {
    putTicket(await tickets.recordPreviewAnswer({ name: ticket.name, etag: ticket.etag, requestId: id, change, answer, body: body.trim() }));
    setBody("");
    say(t.preview.noted);
  };
  return (
    <FormDialog
      title={t.preview.noteTitle}
      submit={t.preview.noteDo}
      impact={t.preview.noteImpact}
      check={() => {
        setTried(true);
        return answer !== Answer.ANSWER_UNSPECIFIED;
      }}
      onSubmit={send}
      onClose={onClose}
    >
      <p className="t2 about" dir="auto">
        {words}
      </p>
      <Choice
        label={t.preview.question}
        options={[
          { value: Answer.FIXED, label: t.preview.fixed },
          { value: Answer.NOT_FIXED, label: t.preview.notFixed },
        ]}
        value={answer}
        onValue={setAnswer}
        wrong={tried && !answer ? t.required : undefined}
      />
      <TextField label={t.inbox.reopenWords} hint={t.preview.wordsHint} rows={3} value={body} onValue={setBody} />
    </FormDialog>
  );
}
