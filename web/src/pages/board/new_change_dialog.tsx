// A change that no complaint asked for yet. Complaints are accepted into it later, and begin most of the others.
import { create } from "@bufbuild/protobuf";
import { useState } from "react";

import { ChangeSchema } from "@protos/dangol/backlog/v1/change_pb";
import { changes } from "../../base/api";
import { putChange } from "../../base/cache";
import { useDraft } from "../../base/draft";
import { idOf, requestId } from "../../base/ids";
import { say } from "../../base/toast";
import { FormDialog } from "../../parts/dialog";
import { TextField } from "../../parts/fields";
import { memberOfDevice } from "../../parts/member_field";
import { MemberSelect } from "../../parts/member_select";
import { useWords } from "../../words/words";

export default function NewChangeDialog({ go, onClose }: { go: (path: string) => void; onClose: () => void }) {
  const { t } = useWords();
  const [title, setTitle] = useDraft("change.title");
  const [description, setDescription] = useDraft("change.description");
  const [owner, setOwner] = useState(memberOfDevice);
  const [tried, setTried] = useState(false);
  const [id] = useState(requestId);
  const send = async () => {
    const change = await changes.createChange({
      change: create(ChangeSchema, { title: title.trim(), description: description.trim(), owner }),
      requestId: id,
    });
    putChange(change);
    setTitle("");
    setDescription("");
    say(t.board.made);
    go(`/changes/${idOf(change.name)}`);
  };
  return (
    <FormDialog
      title={t.board.newTitle}
      submit={t.board.make}
      impact={t.board.newImpact}
      check={() => {
        setTried(true);
        return Boolean(title.trim());
      }}
      onSubmit={send}
      onClose={onClose}
    >
      <TextField
        label={t.inbox.acceptNewTitle}
        hint={t.inbox.acceptNewHint}
        value={title}
        onValue={setTitle}
        wrong={tried && !title.trim() ? t.required : undefined}
        autoFocus
      />
      <TextField label={t.change.detail} rows={3} value={description} onValue={setDescription} />
      <MemberSelect label={t.change.ownerName} value={owner} onValue={setOwner} />
    </FormDialog>
  );
}
