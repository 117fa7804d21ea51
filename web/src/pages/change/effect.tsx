// What the change did to the complaints that it answers: the verdict first, then how sure it is, then every look.
import { useQuery } from "@connectrpc/connect-query";

import { Effect_Verdict, type Effect, type EffectLook } from "@protos/dangol/metrics/v1/effect_pb";
import { EffectService } from "@protos/dangol/metrics/v1/effect_service_pb";
import { noonOf } from "../../base/days";
import { idOf } from "../../base/ids";
import { useNow } from "../../base/now";
import { dateOf } from "../../format/time";
import { useWidth } from "../../parts/chart";
import { CsvButton } from "../../parts/csv_button";
import { useWords } from "../../words/words";
import { changeOf, GLYPHS, lookRows, placeOf, TONES } from "./effect_values";
import { useEffectOf } from "./use_effects";

// What is taken for no difference: a fifth.
const BAND = 0.2;
const HEIGHT = 88;
const MIDDLE = 40;
const SIDE = 12;

// The interval of 95 % on a scale from half as many to twice as many; the grey band is no difference.
function Interval({ look, tone }: { look: EffectLook; tone: string }) {
  const { t, f } = useWords();
  const [box, width] = useWidth();
  const x = (change: number) => SIDE + placeOf(change) * (width - 2 * SIDE);
  const low = changeOf(look.ratioLow);
  const high = changeOf(look.ratioHigh);
  const middle = changeOf(look.ratio);
  const say = (change: number) => f.signed(change * 100) + "%";
  return (
    <figure ref={box} className={`interval ${tone}`} role="group" aria-label={t.effect.interval(say(low), say(high))}>
      {width > 0 && (
        <svg className="chart" width={width} height={HEIGHT} viewBox={`0 0 ${width} ${HEIGHT}`} aria-hidden="true">
          <rect className="nband" x={x(-BAND)} width={x(BAND) - x(-BAND)} y={14} height={52} />
          <line className="bl" x1={x(0)} x2={x(0)} y1={14} y2={66} />
          <line className="iv" x1={x(low)} x2={x(high)} y1={MIDDLE} y2={MIDDLE} />
          {[low, high].map((one) => (
            <line key={one} className="iv" x1={x(one)} x2={x(one)} y1={MIDDLE - 6} y2={MIDDLE + 6} />
          ))}
          {([["end", low], ["start", high]] as const).map(([anchor, one]) => (
            <text key={anchor} x={x(one) + (anchor === "end" ? 4 : -4)} y={MIDDLE + 22} text-anchor={anchor === "end" ? "end" : "start"}>
              {say(one)}
            </text>
          ))}
          <circle className="ivd" cx={x(middle)} cy={MIDDLE} r="7" />
          {[-1, 0, 1].map((tick) => (
            <text key={tick} x={x(tick)} y={HEIGHT - 4} text-anchor={tick < 0 ? "start" : tick ? "end" : "middle"}>
              {tick ? say(tick) : t.effect.asBefore}
            </text>
          ))}
          <text className="lb" x={x(middle)} y={MIDDLE - 14} text-anchor="middle">
            {say(middle)}
          </text>
        </svg>
      )}
    </figure>
  );
}

function Looks({ effect }: { effect: Effect }) {
  const { t, f } = useWords();
  const head = [t.loop.day, t.csv.tickets, t.effect.expected, t.effect.ratio, t.effect.low, t.effect.high, t.change.verdict];
  return (
    <details className="why-note looks">
      <summary>{t.effect.looks(f.count(effect.looks.length))}</summary>
      <p>{t.effect.how}</p>
      <CsvButton name={`effect-${idOf(effect.name)}`} rows={() => lookRows(effect.looks, head, t.effect.verdicts)} />
      <div className="table-wrap" tabIndex={0} role="group" aria-label={t.effect.looks(f.count(effect.looks.length))}>
        <table className="ships">
          <thead>
            <tr>
              {head.map((one, index) => (
                <th key={one} scope="col" className={index && index < head.length - 1 ? "r" : ""}>
                  {one}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
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
          </tbody>
        </table>
      </div>
    </details>
  );
}

export function EffectSection({ change }: { change: string }) {
  const { t, f } = useWords();
  const now = useNow(60_000);
  const known = useEffectOf(change);
  const { data } = useQuery(EffectService.method.getEffect, { name: known?.name ?? "" }, { enabled: Boolean(known) });
  const effect = data ?? known;
  if (!effect) return null;
  const { look } = effect;
  const tone = TONES[effect.verdict] ?? "info";
  const next = dateOf(effect.nextLookTime);
  const moved = look && (effect.verdict === Effect_Verdict.IMPROVED || effect.verdict === Effect_Verdict.WORSENED);
  const percent = look ? f.percent(Math.abs(changeOf(look.ratio)), 0) : "";
  return (
    <section className="effect">
      <h3>{t.effect.title}</h3>
      <p className={`verdict-say ${tone}`}>
        <i aria-hidden="true">{GLYPHS[tone]}</i>
        {moved ? t.effect.moved(percent, changeOf(look.ratio) < 0) : t.effect.says[effect.verdict]}
      </p>
      {look && (
        <>
          <p className="sub">{t.effect.counted(f.count(look.complaints), f.count(Math.round(look.expected)))}</p>
          <Interval look={look} tone={tone} />
        </>
      )}
      <p className="meta">
        {t.effect.beforeAfter} {effect.finished ? t.effect.finished : next ? t.effect.next(f.date(next, now)) : ""}
      </p>
      {effect.looks.length > 0 && <Looks effect={effect} />}
    </section>
  );
}
