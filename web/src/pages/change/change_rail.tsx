// Beside a change: who decided it and why, what customers are told, who was answered, and when it went where.
import { useState } from "react";

import { Change_State, Decision_Answer, type Change } from "@protos/dangol/backlog/v1/change_pb";
import { useNow } from "../../base/now";
import { may } from "../../base/session";
import { dateOf } from "../../format/time";
import { useMemberNames } from "../../parts/members";
import { Facts } from "../../parts/small";
import { Why } from "../../parts/why";
import { useWords } from "../../words/words";
import { notesOf } from "./notes";
import { PublishDialog } from "./publish_dialog";
import { peopleOf, waitingOf } from "./transitions";

function Decided({ change }: { change: Change }) {
  const nameOf = useMemberNames();
  const { t } = useWords();
  const { decision } = change;
  return (
    <section>
      <h3>{t.change.decided}</h3>
      {decision ? (
        <>
          <p>
            <b>{nameOf(decision.decidedBy)}</b>
          </p>
          <p className="t2 said">“{decision.rationale}”</p>
          <Facts
            of={[
              [t.change.canKeep, t.change.answer[decision.canKeep]],
              [t.change.forEveryone, t.change.answer[decision.forEveryone]],
              [t.change.withinCapability, t.change.answer[decision.withinCapability]],
            ]}
          />
        </>
      ) : (
        <p className="t2">{change.drop ? nameOf(change.drop.decidedBy) : t.change.undecided}</p>
      )}
    </section>
  );
}

function Worth({ change }: { change: Change }) {
  const { t, f } = useWords();
  const { estimate } = change;
  const due = dateOf(change.targetTime);
  const lines: [string, string][] = [
    [t.change.score, estimate ? f.decimal(Number(change.scoreHundredths) / 100, 0) : t.change.notEstimated],
    ...(estimate
      ? ([
          [t.change.impact, t.change.impacts[estimate.impactPercent] ?? `${estimate.impactPercent}%`],
          [t.change.confidence, `${estimate.confidencePercent}%`],
          [t.change.effortShort, f.decimal(estimate.effortPercent / 100, 1)],
        ] as [string, string][])
      : []),
    [t.change.due, due ? f.date(due) : ""],
    [t.change.release, change.release],
  ];
  return (
    <section>
      <h3>{t.change.worth}</h3>
      <Facts of={lines} />
    </section>
  );
}

// Why it came back, or what was concluded of it.
function Said({ change }: { change: Change }) {
  const nameOf = useMemberNames();
  const { t, f } = useWords();
  const { regression, conclusion } = change;
  const at = dateOf(regression?.time ?? conclusion?.time);
  if (!regression && !conclusion) return null;
  return (
    <section>
      <h3>{t.change.verdict}</h3>
      {conclusion && <p className={conclusion.verdict === 1 ? "good" : "bad"}>{t.change.verdicts[conclusion.verdict]}</p>}
      {regression && <p className="bad">{t.change.regressions[regression.cause]}</p>}
      {(conclusion?.reason || regression?.reason) && <p className="t2 lines">{conclusion?.reason || regression?.reason}</p>}
      <p className="t3">{[at && f.dateTime(at), nameOf(conclusion?.decidedBy || regression?.decidedBy || "")].filter(Boolean).join(" · ")}</p>
    </section>
  );
}

// Asked 90 days after it shipped.
function Kept({ change }: { change: Change }) {
  const nameOf = useMemberNames();
  const { t } = useWords();
  const review = change.keepReview;
  if (!review) return null;
  return (
    <section>
      <h3>{t.change.canKeep}</h3>
      <p className={review.answer === Decision_Answer.NO ? "bad" : "good"}>{t.change.answer[review.answer]}</p>
      {review.note && <p className="t2 lines">{review.note}</p>}
      <p className="t3">{nameOf(review.answeredBy)}</p>
    </section>
  );
}

function Heard({ change }: { change: Change }) {
  const { t, f } = useWords();
  const { demands = 0n, answered = 0n, late = 0n, recurrences = 0n } = change.evidence ?? {};
  if (!demands) return null;
  const share = (count: bigint) => ({ flexGrow: Number(count), flexBasis: 0 });
  const lines: [string, bigint, boolean][] = [
    [t.change.numberPeople, BigInt(peopleOf(change)), true],
    [t.change.numberTickets, demands, true],
    [t.change.numberWaiting, waitingOf(change), true],
    [t.change.numberAnswered, answered, true],
    [t.change.numberLate, late, late > 0n],
    [t.change.numberRecurrences, recurrences, recurrences > 0n],
  ];
  return (
    <section>
      <h3>{t.change.numbers}</h3>
      <div className="heard" aria-hidden="true">
        {waitingOf(change) > 0n && <i className="h1" style={share(waitingOf(change))} />}
        {answered > 0n && <i className="h3" style={share(answered)} />}
      </div>
      <dl className="hl">
        {lines
          .filter(([, , shown]) => shown)
          .map(([name, count]) => (
            <div key={name} className={name === t.change.numberRecurrences ? "bad" : ""}>
              <dt>{name}</dt>
              <dd>{f.count(count)}</dd>
            </div>
          ))}
      </dl>
      <Why text={t.change.numbersWhy} />
    </section>
  );
}

function Went({ change }: { change: Change }) {
  const { t, f } = useWords();
  const now = useNow();
  const steps: [string, Date | undefined][] = [
    [t.change.stepProposed, dateOf(change.createTime)],
    [t.change.stepPlanned, dateOf(change.planTime)],
    [t.change.stepStarted, dateOf(change.startTime)],
    [t.change.stepShipped, dateOf(change.shipTime)],
    [t.change.stepDropped, dateOf(change.drop?.time)],
  ];
  return (
    <section>
      <h3>{t.change.steps}</h3>
      <Facts of={steps.map(([name, at]) => [name, at && f.dateTime(at, now)])} />
    </section>
  );
}

export function ChangeRail({ change }: { change: Change }) {
  const { t, f, language } = useWords();
  const now = useNow();
  const [telling, setTelling] = useState(false);
  const notes = notesOf(change.customerNotes, language);
  const tells = change.state !== Change_State.DROPPED && change.state !== Change_State.MERGED;
  return (
    <aside className="rail">
      <Said change={change} />
      <Kept change={change} />
      <Decided change={change} />
      {change.description && (
        <section>
          <h3>{t.change.what}</h3>
          <p className="t2 lines">{change.description}</p>
        </section>
      )}
      {tells && (
        <section>
          <h3>{t.change.toldCustomers}</h3>
          {notes.map(([code, note]) => (
            <p key={code} className="t2 lines" lang={code} dir="auto">
              {note}
            </p>
          ))}
          {!notes.length && <p className="t3">{change.published ? t.published.noNote : t.published.notYet}</p>}
          <p className="meta">
            {change.published && <span className="chip good">{t.published.chip}</span>}{" "}
            {may("changes.write") && (
              <button type="button" className="linky" onClick={() => setTelling(true)}>
                {notes.length || change.published ? t.published.edit : t.published.publish}
              </button>
            )}
          </p>
          {telling && <PublishDialog change={change} publish={!notes.length} onClose={() => setTelling(false)} />}
        </section>
      )}
      <Worth change={change} />
      <Heard change={change} />
      {change.shipments.length > 0 && (
        <section>
          <h3>{t.change.shipments}</h3>
          {change.shipments.map((shipment) => (
            <p key={shipment.name} className="t2">
              {t.change.shipment(f.dateTime(dateOf(shipment.shipTime) ?? now, now), f.count(shipment.answered))}
              {shipment.partial && ` · ${t.change.shipmentPartial}`}
              {shipment.revertTime && ` · ${t.change.shipmentReverted}`}
              {!shipment.finishTime && ` · ${t.change.shipmentRuns}`}
            </p>
          ))}
        </section>
      )}
      <Went change={change} />
    </aside>
  );
}
