// Plan, start, ship or drop a change: what has to be said for it, and what it causes.
import { create } from "@bufbuild/protobuf";
import { useState } from "react";

import { Change_Kind, Change_State, Decision_Answer, DecisionSchema, Drop_DeclineReason, type Change } from "@protos/dangol/backlog/v1/change_pb";
import { changes } from "../../base/api";
import { putChange } from "../../base/cache";
import { useDraft } from "../../base/draft";
import { isResourceId, isSlug, requestId, slugOf } from "../../base/ids";
import { useSeen } from "../../base/seen";
import { settings } from "../../base/settings";
import { say, sayFailure } from "../../base/toast";
import { FormDialog } from "../../parts/dialog";
import { Choice, TextField } from "../../parts/fields";
import { MemberField, rememberMember } from "../../parts/member_field";
import { useWords } from "../../words/words";
import { silentOf } from "./preview_values";
import { KINDS, mayShip, waitingOf, type Transition } from "./transitions";

interface Props {
  change: Change;
  transition: Transition;
  onClose: () => void;
}

export function TransitionDialog({ change, transition, onClose }: Props) {
  const { t, f, language } = useWords();
  const [canKeep, setCanKeep] = useState(Decision_Answer.ANSWER_UNSPECIFIED);
  const [forEveryone, setForEveryone] = useState(Decision_Answer.ANSWER_UNSPECIFIED);
  const [within, setWithin] = useState(Decision_Answer.ANSWER_UNSPECIFIED);
  const [declineReason, setDeclineReason] = useState(Drop_DeclineReason.UNSUSTAINABLE);
  const [gap, setGap] = useState("");
  const [revisit, setRevisit] = useState("");
  const [why, setWhy] = useDraft(`${change.name}.${transition}`);
  const [kind, setKind] = useState(change.kind);
  const [note, setNote] = useState(change.customerNotes[language] ?? "");
  const [member, setMember] = useState(settings().member);
  const [tried, setTried] = useState(false);
  const [id] = useState(requestId);
  const { etag } = useSeen(change);

  const dropping = transition === "drop";
  const asksDecision = !dropping && !change.decision;
  const asksKind = !dropping && change.kind === Change_Kind.KIND_UNSPECIFIED;
  const beyond = declineReason === Drop_DeclineReason.BEYOND_CAPABILITY;
  const asksWho = dropping || asksDecision;
  const faults = {
    answers: asksDecision && !(canKeep && forEveryone && within),
    why: asksWho && !why.trim(),
    kind: asksKind && !kind,
    gap: dropping && beyond && !isSlug(slugOf(gap)),
    member: asksWho && !isResourceId(member),
  };
  const missing = (value: number) => (tried && !value ? t.required : undefined);

  const send = async () => {
    const common = { name: change.name, etag, requestId: id };
    const decidedBy = asksWho ? rememberMember(member) : "";
    const rationale = why.trim();
    const decision = asksDecision
      ? { decision: create(DecisionSchema, { canKeep, forEveryone, withinCapability: within, rationale, decidedBy }) }
      : {};
    const calls = {
      plan: () => changes.planChange({ ...common, ...decision, kind }),
      start: () => changes.startChange({ ...common, ...decision, kind }),
      ship: () => changes.shipChange({ ...common, ...decision, kind, customerNotes: note.trim() ? { [language]: note.trim() } : {} }),
      drop: () =>
        changes.dropChange({
          ...common,
          reason: rationale,
          decidedBy,
          declineReason,
          capabilityGap: beyond ? slugOf(gap) : "",
          revisitCondition: revisit.trim(),
        }),
    };
    putChange(await calls[transition]());
    setWhy("");
    const said = { plan: t.change.planned, start: t.change.started, ship: t.change.shipped, drop: t.change.dropped };
    // Begun and not begun lead to each other; for the rest there is no way that leaves no trace with customers.
    const back = { name: change.name, requestId: requestId() };
    const ways: Partial<Record<Transition, () => Promise<Change>>> = {
      ...(change.state === Change_State.PLANNED && { start: () => changes.planChange(back) }),
      ...(change.state === Change_State.IN_PROGRESS && { plan: () => changes.startChange(back) }),
    };
    const undo = ways[transition];
    say(said[transition], undo ? { undo: () => void undo().then(putChange, (error: unknown) => sayFailure(error, t)) } : {});
  };

  const waiting = waitingOf(change);
  const { invited = 0n, fixed = 0n, notFixed = 0n } = change.evidence ?? {};
  const impact = {
    plan: t.change.next[2],
    start: t.change.next[3],
    ship: waiting ? t.change.shipImpact(f.count(waiting)) : t.change.shipImpactNone,
    drop: waiting ? t.change.dropImpact(f.count(waiting)) : t.change.shipImpactNone,
  }[transition];
  const title = { plan: t.change.planTitle, start: t.change.startTitle, ship: t.change.shipTitle, drop: t.change.dropTitle };
  const answers = [Decision_Answer.YES, Decision_Answer.WITH_EFFORT, Decision_Answer.NO].map((value) => ({
    value,
    label: t.change.answer[value]!,
  }));
  return (
    <FormDialog
      title={title[transition]}
      submit={t.change[transition]}
      impact={impact}
      bad={dropping}
      check={() => {
        setTried(true);
        return !Object.values(faults).some(Boolean);
      }}
      onSubmit={send}
      onClose={onClose}
    >
      <p className="t2 about">{change.title}</p>
      {transition === "ship" && invited > 0n && <p className={notFixed ? "bad" : "t2"}>{t.preview.beforeShip(f.count(fixed), f.count(notFixed), f.count(silentOf(change)))}</p>}
      {asksKind && (
        <Choice
          label={t.change.kindLabel}
          options={KINDS.filter((one) => transition !== "ship" || mayShip(one, change.stage)).map((value) => ({ value, label: t.change.kind[value]! }))}
          value={kind}
          onValue={setKind}
          wrong={missing(kind)}
        />
      )}
      {asksDecision && (
        <>
          <Choice label={t.change.canKeep} options={answers} value={canKeep} onValue={setCanKeep} wrong={missing(canKeep)} />
          <Choice label={t.change.forEveryone} options={answers} value={forEveryone} onValue={setForEveryone} wrong={missing(forEveryone)} />
          <Choice label={t.change.withinCapability} options={answers} value={within} onValue={setWithin} wrong={missing(within)} />
        </>
      )}
      {dropping && (
        <Choice
          label={t.inbox.declineWhy}
          options={[Drop_DeclineReason.UNSUSTAINABLE, Drop_DeclineReason.BEYOND_CAPABILITY].map((value) => ({
            value,
            label: t.declineReason[value]!,
            hint: t.declineReasonWhy[value]!,
          }))}
          value={declineReason}
          onValue={setDeclineReason}
        />
      )}
      {dropping && beyond && (
        <TextField
          label={t.inbox.gap}
          hint={t.inbox.gapHint}
          value={gap}
          onValue={setGap}
          wrong={(tried || gap) && faults.gap ? (gap ? t.slugWrong : t.required) : undefined}
        />
      )}
      {dropping && <TextField label={t.inbox.revisit} hint={t.inbox.revisitHint} value={revisit} onValue={setRevisit} />}
      {asksWho && (
        <TextField
          label={dropping ? t.change.dropReason : t.change.rationale}
          hint={t.change.rationaleHint}
          rows={3}
          value={why}
          onValue={setWhy}
          wrong={tried && faults.why ? t.required : undefined}
        />
      )}
      {transition === "ship" && <TextField label={t.change.notes} hint={t.change.notesHint} rows={3} value={note} onValue={setNote} />}
      {asksWho && <MemberField value={member} onValue={setMember} tried={tried} />}
    </FormDialog>
  );
}
