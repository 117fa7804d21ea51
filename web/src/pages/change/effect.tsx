// What the change did to the complaints that it answers: the verdict first, then how sure it is, then every look.
import { useQuery } from "@connectrpc/connect-query";

import { Effect_Verdict, type Effect } from "@protos/dangol/metrics/v1/effect_pb";
import { EffectService } from "@protos/dangol/metrics/v1/effect_service_pb";
import { noonOf } from "../../base/days";
import { idOf } from "../../base/ids";
import { useNow } from "../../base/now";
import { dateOf } from "../../format/time";
import { CsvButton } from "../../parts/csv_button";
import { LineChart } from "../../parts/line_chart";
import { useReasonNames } from "../../parts/reasons";
import { Table } from "../../parts/table";
import { useWords } from "../../words/words";
import { changeOf, lookRows, toneOf } from "./effect_values";
import { EffectWord } from "./effect_mark";
import { Evolution } from "./evolution";
import { Interval } from "./interval";
import { useEffectOf } from "./use_effects";

function Looks({ effect }: { effect: Effect }) {
  const { t, f } = useWords();
  const head = [t.loop.day, t.csv.tickets, t.effect.expected, t.effect.ratio, t.effect.low, t.effect.high, t.change.verdict];
  return (
    <details className="why-note looks">
      <summary>{t.effect.looks(f.count(effect.looks.length))}</summary>
      <p>{t.effect.how}</p>
      <CsvButton name={`effect-${idOf(effect.name)}`} rows={() => lookRows(effect.looks, head, t.effect.verdicts)} />
      <Table label={t.effect.looks(f.count(effect.looks.length))} head={head} numbers={[1, 2, 3, 4, 5]} onPhones="table">
        {[...effect.looks].reverse().map((look) => (
          <tr key={look.day}>
            <th scope="row">{f.date(noonOf(look.day))}</th>
            <td className="r">{f.count(look.complaints)}</td>
            <td className="r">{f.decimal(look.expected, 1)}</td>
            <td className="r">{f.decimal(look.ratio, 2)}</td>
            <td className="r">{f.decimal(look.ratioLow, 2)}</td>
            <td className="r">{f.decimal(look.ratioHigh, 2)}</td>
            <td>{t.effect.verdicts[look.verdict]}</td>
          </tr>
        ))}
      </Table>
    </details>
  );
}

// What came since it shipped beside what would have come at the rate of before, day by day.
function Counterfactual({ effect }: { effect: Effect }) {
  const { t } = useWords();
  const looks = effect.looks.filter((look) => look.day >= (effect.after?.firstDay ?? ""));
  // Two looks make no line.
  if (looks.length < 3) return null;
  return (
    <section>
      <h3>{t.effect.without}</h3>
      <p className="sub">{t.effect.withoutSay}</p>
      <LineChart
        caption={t.effect.withoutCaption}
        days={looks.map((look) => look.day)}
        lines={[
          { label: t.effect.actual, values: looks.map((look) => Number(look.complaints)) },
          { label: t.effect.hadNot, values: looks.map((look) => Math.round(look.expected * 10) / 10), dashed: true },
        ]}
      />
    </section>
  );
}

// `first`: it is what there is to say of the change.
export function EffectSection({ change, first }: { change: string; first: boolean }) {
  const { t, f } = useWords();
  const now = useNow(60_000);
  const reasons = useReasonNames();
  const known = useEffectOf(change);
  const { data } = useQuery(EffectService.method.getEffect, { name: known?.name ?? "" }, { enabled: Boolean(known) });
  const effect = data ?? known;
  if (!effect) return null;
  const { look } = effect;
  const tone = toneOf(effect.verdict);
  const next = dateOf(effect.nextLookTime);
  const moved = look && (effect.verdict === Effect_Verdict.IMPROVED || effect.verdict === Effect_Verdict.WORSENED);
  const percent = look ? f.percent(Math.abs(changeOf(look.ratio)), 0) : "";
  return (
    <section className={first ? "vsec effect" : "effect"}>
      {!first && <h3>{t.effect.title}</h3>}
      <p className="verdict-line">
        <EffectWord verdict={effect.verdict} />
        <span className="meta">{[effect.contactReasons.map(reasons.full).join(", "), effect.exposureKpi ? t.effect.perOrder : t.effect.perDay].join(" · ")}</span>
      </p>
      <p className={first ? "vsay" : "verdict-say"}>{moved ? t.effect.moved(percent, changeOf(look.ratio) < 0) : t.effect.says[effect.verdict]}</p>
      {look && (
        <>
          <p className="sub">
            {t.effect.counted(f.count(look.complaints), f.count(Math.round(look.expected)))} {t.effect.interval(f.change(changeOf(look.ratioLow)), f.change(changeOf(look.ratioHigh)))}
          </p>
          <Interval look={look} tone={tone} />
        </>
      )}
      <p className="meta">
        {t.effect.beforeAfter} {effect.finished ? t.effect.finished : next ? t.effect.next(f.date(next, now)) : ""}
      </p>
      <Counterfactual effect={effect} />
      {effect.after && <Evolution effect={effect} firstDay={effect.after.firstDay} tone={tone} />}
      {effect.looks.length > 0 && <Looks effect={effect} />}
    </section>
  );
}
