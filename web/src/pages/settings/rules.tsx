// Who gets a new complaint: rules in their order, the first that says something decides it.
import { create } from "@bufbuild/protobuf";
import { FieldMaskSchema } from "@bufbuild/protobuf/wkt";
import { useState } from "react";

import { TriagePolicySchema, type AssignmentRule, type TriagePolicy } from "@protos/dangol/tickets/v1/policy_pb";
import { requestId } from "../../base/ids";
import { useSeen } from "../../base/seen";
import { may } from "../../base/session";
import { say, sayFailure } from "../../base/toast";
import { Icon } from "../../parts/icon";
import { useMemberNames } from "../../parts/members";
import { useReasonNames } from "../../parts/reasons";
import { useStages } from "../../parts/stages";
import { useWords, type Words } from "../../words/words";
import { policies, readPolicyAnew } from "./policy_api";
import { RuleDialog } from "./rule_dialog";

function conditionsOf(rule: AssignmentRule, reason: string, t: Words): string {
  const severities = rule.severities.map((severity) => t.severity[severity]).join(", ");
  const all = [reason, t.channel[rule.channel] ?? rule.channel, severities, rule.label];
  return all.filter(Boolean).join(" · ") || t.settings.rule.anything;
}

async function store(policy: TriagePolicy, assignmentRules: AssignmentRule[]): Promise<void> {
  const updateMask = create(FieldMaskSchema, { paths: ["assignment_rules"] });
  const triagePolicy = create(TriagePolicySchema, { assignmentRules });
  await policies.updateTriagePolicy({ triagePolicy, updateMask, etag: policy.etag, requestId: requestId() });
  await readPolicyAnew();
}

// The rule at a place is written; at one beyond the last, a new one.
function EditRule({ policy: newest, at, onClose }: { policy: TriagePolicy; at: number; onClose: () => void }) {
  const policy = useSeen(newest);
  const rules = policy.assignmentRules;
  const rule = rules[at];
  const put = (next: AssignmentRule) => store(policy, rule ? rules.map((one) => (one === rule ? next : one)) : [...rules, next]);
  return <RuleDialog {...(rule && { rule })} onStore={put} onClose={onClose} />;
}

export function Rules({ policy }: { policy: TriagePolicy }) {
  const { t } = useWords();
  const r = t.settings.rule;
  const reasons = useReasonNames();
  const memberOf = useMemberNames();
  const { nameOf: stageOf } = useStages();
  const [edited, setEdited] = useState<number>();
  const rules = policy.assignmentRules;
  const writes = may("policy.write");
  const change = (next: AssignmentRule[], said: string) =>
    void store(policy, next).then(() => say(said), (error: unknown) => sayFailure(error, t));
  const up = (at: number) => change([...rules.slice(0, at - 1), rules[at]!, rules[at - 1]!, ...rules.slice(at + 1)], r.moved);
  const remove = (at: number) => change(rules.filter((_, index) => index !== at), r.deleted);
  return (
    <section>
      <h3>{r.title}</h3>
      <p className="sub">{rules.length ? r.text : r.none}</p>
      <ol className="rules">
        {rules.map((rule, index) => {
          const conditions = conditionsOf(rule, reasons.full(rule.contactReason), t);
          const who = [rule.assignee && memberOf(rule.assignee), rule.stage && stageOf(rule.stage)].filter(Boolean).join(" · ");
          return (
            <li key={index}>
              <span className="t3">{index + 1}</span>
              {writes ? (
                <button type="button" className="number" onClick={() => setEdited(index)}>
                  {conditions}
                </button>
              ) : (
                <span>{conditions}</span>
              )}
              <b>→ {who}</b>
              <span className="acts">
                {writes && index > 0 && (
                  <button type="button" className="btn quiet icon" aria-label={`${r.up}: ${conditions}`} title={r.up} onClick={() => up(index)}>
                    <Icon name="up" />
                  </button>
                )}
                {writes && (
                  <button type="button" className="btn quiet icon" aria-label={`${r.delete}: ${conditions}`} title={r.delete} onClick={() => remove(index)}>
                    <Icon name="close" />
                  </button>
                )}
              </span>
            </li>
          );
        })}
      </ol>
      {writes && (
        <p className="alt">
          <button type="button" className="btn" onClick={() => setEdited(rules.length)}>
            {r.add}
          </button>
        </p>
      )}
      {edited !== undefined && <EditRule policy={policy} at={edited} onClose={() => setEdited(undefined)} />}
    </section>
  );
}
