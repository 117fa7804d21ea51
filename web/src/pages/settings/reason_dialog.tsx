// A contact reason is made, named, moved, or taken away.
import { create } from "@bufbuild/protobuf";
import { FieldMaskSchema } from "@bufbuild/protobuf/wkt";
import { useRef, useState } from "react";

import { ContactReasonSchema, type ContactReason } from "@protos/dangol/tickets/v1/contact_reason_pb";
import { isSlug, requestId } from "../../base/ids";
import { say } from "../../base/toast";
import { FormDialog } from "../../parts/dialog";
import { SelectField, TextField } from "../../parts/fields";
import { MemberSelect } from "../../parts/member_select";
import { useReasonNames } from "../../parts/reasons";
import { useStages } from "../../parts/stages";
import { useWords } from "../../words/words";
import { policies, readPolicyAnew } from "./policy_api";
import { isBelow, pathsAbove, treeOf } from "./reason_tree";

const PATHS = ["display_names", "stage", "owner"];

interface Props {
  // The one that is changed; absent: a new one below `above`.
  reason?: ContactReason;
  above?: string;
  all: ContactReason[];
  onClose: () => void;
}

// Those above it are made first: a tree has no holes.
async function make(reason: ContactReason, all: ContactReason[]): Promise<void> {
  const managed = new Set(all.filter((one) => one.managed).map((one) => one.path));
  for (const path of pathsAbove(reason.path).filter((one) => !managed.has(one))) {
    await policies.createContactReason({ contactReason: create(ContactReasonSchema, { path }), requestId: requestId() });
  }
  await policies.createContactReason({ contactReason: reason, requestId: requestId() });
}

export function ReasonDialog({ reason, above = "", all, onClose }: Props) {
  const { t, f } = useWords();
  const r = t.settings.reason;
  const names = useReasonNames();
  const { stages } = useStages();
  // What is stored by now: a move that is refused leaves the rest changed.
  const stored = useRef(reason);
  const [path, setPath] = useState(reason?.path ?? (above && `${above}/`));
  const [ko, setKo] = useState(reason?.displayNames.ko ?? "");
  const [en, setEn] = useState(reason?.displayNames.en ?? "");
  const [stage, setStage] = useState(reason?.stage ?? "");
  const [owner, setOwner] = useState(reason?.owner ?? "");
  const [tried, setTried] = useState(false);

  const isNew = !reason?.managed;
  const typed = path.trim();
  const moved = !isNew && typed !== reason.path;
  const node = reason && treeOf(all).find((one) => one.reason.path === reason.path);
  const pathFault = !typed ? t.required : !isSlug(typed) ? t.slugWrong : reason && isBelow(typed, reason.path) ? r.belowItself : undefined;
  const taken = all.some((one) => one.path === typed && one.managed);
  const impact = !moved ? undefined : taken ? r.merges(names.full(typed)) : r.moves(f.count(node?.tickets ?? 0n), f.count(node?.below ?? 0));

  const send = async () => {
    const displayNames = { ...reason?.displayNames, ko: ko.trim(), en: en.trim() };
    for (const language of ["ko", "en"] as const) if (!displayNames[language]) delete (displayNames as Record<string, string>)[language];
    const next = create(ContactReasonSchema, { path: isNew ? typed : reason.path, displayNames, stage, owner });
    if (isNew) await make(next, all);
    else {
      const updateMask = create(FieldMaskSchema, { paths: PATHS });
      stored.current = await policies.updateContactReason({ path: reason.path, contactReason: next, updateMask, etag: stored.current!.etag, requestId: requestId() });
      if (moved) await policies.moveContactReason({ from: reason.path, into: typed, etag: stored.current.etag, requestId: requestId() });
    }
    await readPolicyAnew();
    say(isNew ? r.made : moved ? r.moved : r.changed);
  };
  const remove = async () => {
    await policies.deleteContactReason({ path: reason!.path, etag: stored.current!.etag, requestId: requestId() });
    await readPolicyAnew();
    say(r.deleted);
  };
  const empty = node && !node.tickets && !node.below && !isNew;
  return (
    <FormDialog
      title={isNew ? (reason ? r.adopt : r.add) : r.edit}
      submit={isNew ? r.make : r.save}
      impact={impact}
      {...(empty && { other: { label: r.delete, run: remove } })}
      check={() => {
        setTried(true);
        return !pathFault;
      }}
      onSubmit={send}
      onClose={onClose}
    >
      <TextField label={r.path} hint={isNew ? r.pathHint : r.moveHint} value={path} onValue={setPath} wrong={tried || typed ? pathFault : undefined} autoFocus={!reason} />
      <div className="pair">
        <TextField label={r.nameKo} value={ko} onValue={setKo} autoFocus={Boolean(reason)} />
        <TextField label={r.nameEn} value={en} onValue={setEn} />
      </div>
      <SelectField label={r.stage} hint={r.stageHint} value={stage} onValue={setStage} options={[{ value: "", label: r.stageAbove }, ...stages]} />
      <MemberSelect label={r.owner} value={owner} onValue={setOwner} />
    </FormDialog>
  );
}
