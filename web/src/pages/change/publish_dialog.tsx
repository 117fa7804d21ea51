// What customers are told of a change, in each language, and whether it stands in the list of what was changed.
import { create } from "@bufbuild/protobuf";
import { FieldMaskSchema } from "@bufbuild/protobuf/wkt";
import { useState } from "react";

import { ChangeSchema, type Change } from "@protos/dangol/backlog/v1/change_pb";
import { ChangeService } from "@protos/dangol/backlog/v1/change_service_pb";
import { changes, readAnew } from "../../base/api";
import { putChange } from "../../base/cache";
import { requestId } from "../../base/ids";
import { useSeen } from "../../base/seen";
import { say } from "../../base/toast";
import { FormDialog } from "../../parts/dialog";
import { Choice, TextField } from "../../parts/fields";
import { useWords } from "../../words/words";
import { languageName, notesWith, WRITTEN } from "./notes";

interface Props {
  change: Change;
  // It was opened to publish it.
  publish?: boolean;
  onClose: () => void;
}

export function PublishDialog({ change: newest, publish = false, onClose }: Props) {
  const { t, language } = useWords();
  const change = useSeen(newest);
  const languages = [...new Set<string>([...WRITTEN, ...Object.keys(change.customerNotes)])];
  const [notes, setNotes] = useState<Record<string, string>>(change.customerNotes);
  const [published, setPublished] = useState(Number(change.published || publish));
  const [id] = useState(requestId);
  const send = async () => {
    const next = create(ChangeSchema, { published: Boolean(published), customerNotes: notesWith(notes) });
    const updateMask = create(FieldMaskSchema, { paths: ["published", "customer_notes"] });
    putChange(await changes.updateChange({ name: change.name, etag: change.etag, requestId: id, change: next, updateMask }));
    await readAnew(ChangeService);
    say(published ? t.published.done : t.published.kept);
  };
  return (
    <FormDialog title={t.published.editTitle} submit={published && !change.published ? t.published.publish : t.published.save} impact={t.published.impact} onSubmit={send} onClose={onClose}>
      <p className="t2 about">{change.title}</p>
      {languages.map((one) => (
        <TextField key={one} label={t.published.noteIn(languageName(one, language))} rows={3} value={notes[one] ?? ""} onValue={(text) => setNotes({ ...notes, [one]: text })} />
      ))}
      <Choice
        label={t.published.question}
        options={[
          { value: 1, label: t.published.yes, hint: t.published.yesHint },
          { value: 0, label: t.published.no, hint: t.published.noHint },
        ]}
        value={published}
        onValue={setPublished}
      />
    </FormDialog>
  );
}
