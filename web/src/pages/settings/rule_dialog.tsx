// One rule: which complaints, and who gets them.
import { create } from "@bufbuild/protobuf";
import { useState } from "react";

import { AssignmentRuleSchema, type AssignmentRule } from "@protos/dangol/tickets/v1/policy_pb";
import { isSlug } from "../../base/ids";
import { say } from "../../base/toast";
import { FormDialog } from "../../parts/dialog";
import { SelectField, TextField, Ticks } from "../../parts/fields";
import { MemberSelect } from "../../parts/member_select";
import { useReasonChoices } from "../../parts/reasons";
import { useStages } from "../../parts/stages";
import { useWords } from "../../words/words";
import { SEVERITIES } from "./policy_form";

interface Props {
  rule?: AssignmentRule;
  onStore: (rule: AssignmentRule) => Promise<void>;
  onClose: () => void;
}

export function RuleDialog({ rule, onStore, onClose }: Props) {
  const { t } = useWords();
  const r = t.settings.rule;
  const { stages } = useStages();
  const reasons = useReasonChoices();
  const [reason, setReason] = useState(rule?.contactReason ?? "");
  const [channel, setChannel] = useState(rule?.channel ?? "");
  const [severities, setSeverities] = useState(rule?.severities ?? []);
  const [label, setLabel] = useState(rule?.label ?? "");
  const [assignee, setAssignee] = useState(rule?.assignee ?? "");
  const [stage, setStage] = useState(rule?.stage ?? "");
  const [tried, setTried] = useState(false);

  const contactReason = reasons.pathOf(reason);
  const reasonFault = contactReason && !isSlug(contactReason) ? t.newTicket.reasonWrong : undefined;
  const gives = Boolean(assignee || stage);
  const channels = Object.entries(t.channel).map(([value, name]) => ({ value, label: name }));
  const others = channel && !(channel in t.channel) ? [{ value: channel, label: channel }] : [];
  const send = async () => {
    await onStore(create(AssignmentRuleSchema, { contactReason, channel, severities, label: label.trim(), assignee, stage }));
    say(r.changed);
  };
  return (
    <FormDialog
      title={rule ? r.edit : r.add}
      submit={r.save}
      impact={r.impact}
      check={() => {
        setTried(true);
        return gives && !reasonFault;
      }}
      onSubmit={send}
      onClose={onClose}
    >
      <p className="t2">{r.when}</p>
      <TextField label={t.inbox.reason} hint={r.reasonHint} value={reason} onValue={setReason} wrong={reasonFault} list={reasons.offered} autoFocus />
      <SelectField label={t.newTicket.channel} value={channel} onValue={setChannel} options={[{ value: "", label: r.any }, ...channels, ...others]} />
      <Ticks label={t.inbox.severity} options={SEVERITIES.map((value) => ({ value, label: t.severity[value]! }))} values={severities} onValues={setSeverities} />
      <TextField label={t.inbox.labels} value={label} onValue={setLabel} />
      <p className="t2">{r.then}</p>
      <MemberSelect label={t.inbox.assignee} value={assignee} onValue={setAssignee} wrong={tried && !gives ? r.givesNothing : undefined} />
      <SelectField label={t.inbox.stage} value={stage} onValue={setStage} options={[{ value: "", label: t.none }, ...stages]} />
    </FormDialog>
  );
}
