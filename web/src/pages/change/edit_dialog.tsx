// What is said of a change: its title, who carries it, by when, and what it is worth.
import { create } from "@bufbuild/protobuf";
import { FieldMaskSchema, timestampFromDate } from "@bufbuild/protobuf/wkt";
import { useState } from "react";

import { Change_Strategy, ChangeSchema, EstimateSchema, type Change } from "@protos/dangol/backlog/v1/change_pb";
import { SystemKpi } from "@protos/dangol/metrics/v1/kpi_pb";
import { changes } from "../../base/api";
import { putChange } from "../../base/cache";
import { dayHere, endOf } from "../../base/days";
import { isSlug, requestId } from "../../base/ids";
import { useSeen } from "../../base/seen";
import { say } from "../../base/toast";
import { dateOf } from "../../format/time";
import { FormDialog } from "../../parts/dialog";
import { Choice, Field, SelectField, TextField } from "../../parts/fields";
import { MemberSelect } from "../../parts/member_select";
import { useStages } from "../../parts/stages";
import { useWords } from "../../words/words";
import { KINDS, mayBecome } from "./transitions";

// By the number that the engine counts each under.
const STRATEGIES = [
  [Change_Strategy.MAKE_US_KNOWN, SystemKpi.MAKE_US_KNOWN],
  [Change_Strategy.KNOW_THEM, SystemKpi.KNOW_THEM],
  [Change_Strategy.BIND_THEM_TO_US, SystemKpi.BIND_THEM_TO_US],
] as const;

const IMPACTS = [25, 50, 100, 200, 300];
const CONFIDENCES = [20, 50, 80, 100];
// An estimate that came from elsewhere is shown, too.
const withPresent = (values: number[], present: number | undefined) => (!present || values.includes(present) ? values : [...values, present].sort((one, other) => one - other));
const EFFORT = /^\d{1,3}(\.\d{1,2})?$/;

export function EditDialog({ change: newest, onClose }: { change: Change; onClose: () => void }) {
  const { t } = useWords();
  const { stages } = useStages();
  const change = useSeen(newest);
  const [title, setTitle] = useState(change.title);
  const [description, setDescription] = useState(change.description);
  const [kind, setKind] = useState(change.kind);
  const [owner, setOwner] = useState(change.owner);
  const [stage, setStage] = useState(change.stage);
  const [release, setRelease] = useState(change.release);
  const dueBefore = change.targetTime ? dayHere(dateOf(change.targetTime)!) : "";
  const [due, setDue] = useState(dueBefore);
  const [impact, setImpact] = useState(change.estimate?.impactPercent ?? 0);
  const [confidence, setConfidence] = useState(change.estimate?.confidencePercent ?? 0);
  const [effort, setEffort] = useState(change.estimate ? String(change.estimate.effortPercent / 100) : "");
  const kinds = KINDS.filter((one) => mayBecome(change.kind, one));
  const [strategy, setStrategy] = useState(change.strategy);
  const [tried, setTried] = useState(false);
  const [id] = useState(requestId);

  const estimated = Boolean(impact || confidence || effort.trim());
  const effortFault = estimated && !(EFFORT.test(effort.trim()) && Number(effort) > 0) ? t.change.effortWrong : undefined;
  const estimateFault = estimated && !(impact && confidence) ? t.required : undefined;
  const releaseFault = release && !isSlug(release) ? t.slugWrong : undefined;
  const send = async () => {
    const estimate = create(EstimateSchema, {
      impactPercent: impact,
      confidencePercent: confidence,
      effortPercent: Math.round(Number(effort) * 100),
    });
    const next = create(ChangeSchema, {
      title: title.trim(),
      description: description.trim(),
      kind,
      owner,
      stage,
      release,
      strategy,
      ...(due && { targetTime: timestampFromDate(endOf(due)) }),
      ...(estimated && { estimate }),
    });
    // Of the time its day is shown: it stays to the second where that day stays.
    const paths = ["title", "description", "kind", "owner", "stage", "release", "estimate", "strategy", ...(due === dueBefore ? [] : ["target_time"])];
    const updateMask = create(FieldMaskSchema, { paths });
    putChange(await changes.updateChange({ name: change.name, etag: change.etag, requestId: id, change: next, updateMask }));
    say(t.change.edited);
  };
  return (
    <FormDialog
      title={t.change.editTitle}
      submit={t.change.save}
      check={() => {
        setTried(true);
        return Boolean(title.trim()) && !effortFault && !estimateFault && !releaseFault;
      }}
      onSubmit={send}
      onClose={onClose}
    >
      <TextField label={t.inbox.acceptNewTitle} value={title} onValue={setTitle} wrong={tried && !title.trim() ? t.required : undefined} autoFocus />
      <TextField label={t.change.detail} rows={3} value={description} onValue={setDescription} />
      <Choice
        label={t.change.kindLabel}
        options={kinds.map((value) => ({ value, label: t.change.kind[value]! }))}
        value={kind}
        onValue={setKind}
      />
      <div className="pair">
        <MemberSelect label={t.change.ownerName} value={owner} onValue={setOwner} />
        <Field label={t.change.due}>
          {(ids) => <input {...ids} type="date" value={due} onInput={(event) => setDue(event.currentTarget.value)} />}
        </Field>
      </div>
      <div className="pair">
        <SelectField label={t.engine.stage} value={stage} onValue={setStage} options={[{ value: "", label: t.none }, ...stages]} />
        <TextField label={t.change.release} hint={t.change.releaseHint} value={release} onValue={setRelease} wrong={releaseFault} />
      </div>
      {!change.evidence?.demands && (
        <Choice
          label={t.strategy.label}
          options={[
            { value: Change_Strategy.STRATEGY_UNSPECIFIED, label: t.none, hint: t.strategy.labelHint },
            ...STRATEGIES.map(([value, counted]) => ({ value: value as Change_Strategy, label: t.strategy.names[counted]!, hint: t.strategy.means[counted]! })),
          ]}
          value={strategy}
          onValue={setStrategy}
        />
      )}
      <Choice
        label={t.change.impact}
        options={withPresent(IMPACTS, change.estimate?.impactPercent).map((value) => ({ value, label: t.change.impacts[value] ?? `${value}%` }))}
        value={impact}
        onValue={setImpact}
        wrong={tried && estimated && !impact ? t.required : undefined}
      />
      <Choice
        label={t.change.confidence}
        options={withPresent(CONFIDENCES, change.estimate?.confidencePercent).map((value) => ({ value, label: `${value}%` }))}
        value={confidence}
        onValue={setConfidence}
        wrong={tried && estimated && !confidence ? t.required : undefined}
      />
      <TextField label={t.change.effort} hint={t.change.effortHint} value={effort} onValue={setEffort} wrong={tried ? effortFault : undefined} />
    </FormDialog>
  );
}
