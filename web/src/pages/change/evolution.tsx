// How what can be said came about: look by look, with 95 %, and the day on which it was known.
import { useId } from "react";

import { Effect_Verdict, type Effect } from "@protos/dangol/metrics/v1/effect_pb";
import { daysBetween } from "../../base/days";
import { useWidth } from "../../parts/chart";
import { ChartTable } from "../../parts/chart_table";
import { useWords } from "../../words/words";
import { BAND } from "./interval";
import { changeOf, heldSince, placeOf, type Tone } from "./effect_values";

const HEIGHT = 220;
const TOP = 12;
const BOTTOM = 26;
const LEFT = 56;
const LABEL = 64;

interface Props {
  effect: Effect;
  firstDay: string;
  tone: Tone;
}

export function Evolution(props: Props) {
  // Two looks make no line.
  return props.effect.looks.filter((look) => look.day >= props.firstDay).length > 2 ? <Chart {...props} /> : null;
}

function Chart({ effect, firstDay, tone }: Props) {
  const { t, f } = useWords();
  const [box, width] = useWidth();
  const id = useId();
  const looks = effect.looks.filter((look) => look.day >= firstDay);
  // The first day after it shipped is day one.
  const dayOf = (day: string) => daysBetween(firstDay, day).length;
  const last = looks[looks.length - 1]!;
  const days = dayOf(last.day);
  const right = width < 480 ? 44 : LABEL;
  const x = (day: number) => LEFT + (day * (width - LEFT - right)) / Math.max(days, 1);
  const y = (change: number) => TOP + (1 - placeOf(change)) * (HEIGHT - TOP - BOTTOM);
  const points = looks.map((look) => ({ at: x(dayOf(look.day)), low: y(changeOf(look.ratioLow)), high: y(changeOf(look.ratioHigh)), middle: y(changeOf(look.ratio)) }));
  const path = (of: { at: number; to: number }[]) => of.map(({ at, to }, index) => `${index ? "L" : "M"}${at.toFixed(1)} ${to.toFixed(1)}`).join("");
  const band = path([...points.map(({ at, high }) => ({ at, to: high })), ...[...points].reverse().map(({ at, low }) => ({ at, to: low }))]);
  const known = looks.find((look) => look.verdict === Effect_Verdict.IMPROVED || look.verdict === Effect_Verdict.WORSENED);
  const said = known ? t.effect.knownOn(f.count(dayOf(known.day)), heldSince(looks, known)) : t.effect.notKnown;
  const ticks = [...new Set([0, Math.round(days / 3), Math.round((2 * days) / 3), days])];
  return (
    <section>
      <h3>{t.effect.when}</h3>
      <p className="sub" id={id}>
        {said}
      </p>
      <figure ref={box} className={`evolution ${tone}`} role="group" aria-labelledby={id}>
        {width > 0 && (
          <svg className="chart" width={width} height={HEIGHT} viewBox={`0 0 ${width} ${HEIGHT}`} aria-hidden="true">
            <rect className="nband" x={LEFT} width={width - LEFT - right} y={y(BAND)} height={y(-BAND) - y(BAND)} />
            {[1, 0.5, 0, -0.5, -1].map((tick) => (
              <g key={tick}>
                <line className={tick ? "gl" : "bl"} x1={LEFT} x2={width - right} y1={y(tick)} y2={y(tick)} />
                <text x={LEFT - 8} y={y(tick) + 4} text-anchor="end">
                  {tick ? f.change(tick) : t.effect.same}
                </text>
              </g>
            ))}
            <path className="evband" d={`${band}Z`} />
            <path className="evln" d={path(points.map(({ at, middle }) => ({ at, to: middle })))} />
            {known && (
              <circle className="evring" cx={x(dayOf(known.day))} cy={y(changeOf(known.ratio))} r="5">
                <title>{said}</title>
              </circle>
            )}
            <circle className="ivd" cx={points[points.length - 1]!.at} cy={points[points.length - 1]!.middle} r="3.5" />
            <text className="lbv" x={width - right + 10} y={points[points.length - 1]!.middle + 4}>
              {f.change(changeOf(last.ratio))}
            </text>
            {ticks.map((day) => (
              <text key={day} x={x(day)} y={HEIGHT - 6} text-anchor={day ? "middle" : "start"}>
                {day ? t.effect.dayAfter(f.count(day)) : t.changeState[4]}
              </text>
            ))}
          </svg>
        )}
        <ChartTable
          label={t.effect.when}
          head={[t.loop.day, t.effect.effect, t.effect.low, t.effect.high]}
          rows={looks.map((look) => [look.day, ...[look.ratio, look.ratioLow, look.ratioHigh].map((ratio) => f.change(changeOf(ratio)))])}
        />
      </figure>
    </section>
  );
}
