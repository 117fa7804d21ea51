// A complaint was accepted into the wrong change: it goes to another one.
import { useState } from "react";

import { ChangeService } from "@protos/dangol/backlog/v1/change_service_pb";
import { changes as api, readAnew } from "../../base/api";
import { putChange } from "../../base/cache";
import { requestId } from "../../base/ids";
import { say, sayFailure } from "../../base/toast";
import { FormDialog } from "../../parts/dialog";
import { useWords } from "../../words/words";
import { ChangePicker } from "./change_picker";

interface Props {
  // The change that it leaves, the ticket, and what that says.
  change: string;
  ticket: string;
  words: string;
  onClose: () => void;
}

export function MoveDialog({ change, ticket, words, onClose }: Props) {
  const { t } = useWords();
  const [destination, setDestination] = useState("");
  const [id] = useState(requestId);
  const move = async (from: string, to: string, once: string) => {
    const { changes } = await api.moveDemands({ name: from, destination: to, tickets: [ticket], requestId: once });
    changes.forEach(putChange);
    await readAnew(ChangeService);
  };
  const send = async () => {
    await move(change, destination, id);
    say(t.change.moved, { undo: () => void move(destination, change, requestId()).then(() => say(t.inbox.takenBack), (error: unknown) => sayFailure(error, t)) });
  };
  return (
    <FormDialog title={t.change.moveTitle} submit={t.change.moveDo} impact={t.change.moveImpact} check={() => Boolean(destination)} onSubmit={send} onClose={onClose}>
      <p className="t2 about" dir="auto">
        {words}
      </p>
      <ChangePicker label={t.change.moveTitle} besides={change} value={destination} onValue={setDestination} />
    </FormDialog>
  );
}
