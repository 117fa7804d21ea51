// Said of a change afterwards: it held or it did not, it can be kept or it cannot, its shipment is taken back, or a dropped one is thought about again.
import { useState } from "react";

import { Conclusion_Verdict, Decision_Answer, type Change } from "@protos/dangol/backlog/v1/change_pb";
import { changes } from "../../base/api";
import { putChange } from "../../base/cache";
import { useDraft } from "../../base/draft";
import { isResourceId, requestId } from "../../base/ids";
import { useSeen } from "../../base/seen";
import { settings } from "../../base/settings";
import { say } from "../../base/toast";
import { FormDialog } from "../../parts/dialog";
import { Choice, TextField } from "../../parts/fields";
import { MemberField, rememberMember } from "../../parts/member_field";
import { useWords } from "../../words/words";
import { newestShipment, type Afterthought } from "./transitions";

interface Props {
  change: Change;
  what: Afterthought;
  onClose: () => void;
}

export function VerdictDialog({ change, what, onClose }: Props) {
  const { t, f } = useWords();
  const [verdict, setVerdict] = useState(Conclusion_Verdict.HELD);
  const [answer, setAnswer] = useState(Decision_Answer.YES);
  const [reason, setReason] = useDraft(`${change.name}.${what}`);
  const [cause, setCause] = useState(change.rootCause);
  const [member, setMember] = useState(settings().member);
  const [tried, setTried] = useState(false);
  const [id] = useState(requestId);
  const { etag } = useSeen(change);
  const shipment = newestShipment(change);

  const send = async () => {
    const request = { name: change.name, etag, requestId: id, reason: reason.trim(), decidedBy: rememberMember(member) };
    const calls = {
      conclude: () => changes.concludeChange({ ...request, verdict, rootCause: cause.trim() }),
      reconsider: () => changes.reconsiderChange(request),
      keep: () =>
        changes.updateChange({
          name: change.name,
          etag,
          requestId: id,
          change: { keepReview: { answer, note: reason.trim(), answeredBy: request.decidedBy } },
          updateMask: { paths: ["keep_review"] },
        }),
      revert: () => changes.revertShipment({ ...request, shipment: shipment?.name ?? "" }),
    };
    putChange(await calls[what]());
    setReason("");
    say(t.change.afterDone[what]);
  };
  return (
    <FormDialog
      title={t.change.afterTitle[what]}
      submit={t.change[what]}
      impact={what === "revert" ? t.change.revertImpact(f.count(shipment?.answered ?? 0n)) : t.change.afterImpact[what]}
      bad={what === "revert"}
      check={() => {
        setTried(true);
        return Boolean(reason.trim()) && isResourceId(member);
      }}
      onSubmit={send}
      onClose={onClose}
    >
      <p className="t2 about">{change.title}</p>
      {what === "conclude" && (
        <Choice
          label={t.change.verdict}
          options={[Conclusion_Verdict.HELD, Conclusion_Verdict.FAILED].map((value) => ({ value, label: t.change.verdicts[value]! }))}
          value={verdict}
          onValue={setVerdict}
        />
      )}
      {what === "keep" && (
        <Choice
          label={t.change.canKeep}
          options={[Decision_Answer.YES, Decision_Answer.WITH_EFFORT, Decision_Answer.NO].map((value) => ({ value, label: t.change.answer[value]! }))}
          value={answer}
          onValue={setAnswer}
        />
      )}
      <TextField
        label={t.change.rationale}
        hint={t.change.rationaleHint}
        rows={3}
        value={reason}
        onValue={setReason}
        wrong={tried && !reason.trim() ? t.required : undefined}
        autoFocus
      />
      {what === "conclude" && <TextField label={t.change.rootCause} rows={2} value={cause} onValue={setCause} />}
      <MemberField value={member} onValue={setMember} tried={tried} />
    </FormDialog>
  );
}
