// Two changes are about the same: one takes the place of the other, with all who ask for it.
import { useState } from "react";
import { useLocation } from "wouter";

import type { Change } from "@protos/dangol/backlog/v1/change_pb";
import { changes as api } from "../../base/api";
import { putChange } from "../../base/cache";
import { idOf, requestId } from "../../base/ids";
import { say } from "../../base/toast";
import { FormDialog } from "../../parts/dialog";
import { useWords } from "../../words/words";
import { ChangePicker } from "./change_picker";

export function MergeDialog({ change, onClose }: { change: Change; onClose: () => void }) {
  const { t, f } = useWords();
  const [, go] = useLocation();
  const [survivor, setSurvivor] = useState("");
  const [id] = useState(requestId);
  const send = async () => {
    const { changes } = await api.mergeChanges({ name: change.name, etag: change.etag, survivor, requestId: id });
    changes.forEach(putChange);
    say(t.change.merged);
    go(`/changes/${idOf(survivor)}`);
  };
  return (
    <FormDialog
      title={t.change.mergeTitle}
      submit={t.change.merge}
      impact={t.change.mergeImpact(f.count(change.evidence?.demands ?? 0n))}
      bad
      check={() => Boolean(survivor)}
      onSubmit={send}
      onClose={onClose}
    >
      <p className="t2 about">{change.title}</p>
      <ChangePicker label={t.change.mergeTitle} besides={change.name} value={survivor} onValue={setSurvivor} />
    </FormDialog>
  );
}
