// How many complain beside before, with 95 %: a band of what is no difference, the interval, and what is most likely.
import type { EffectLook } from "@protos/dangol/metrics/v1/effect_pb";
import { useWidth } from "../../parts/chart";
import { ChartTable } from "../../parts/chart_table";
import { useWords } from "../../words/words";
import { changeOf, placeOf, type Tone } from "./effect_values";

// What is taken for no difference: a fifth.
export const BAND = 0.2;
const HEIGHT = 116;
const TOP = 18;
const AXIS = 88;
const MIDDLE = 52;
const SIDE = 28;

interface Props {
  look: EffectLook;
  tone: Tone;
}

export function Interval({ look, tone }: Props) {
  const { t, f } = useWords();
  const [box, width] = useWidth();
  const x = (change: number) => SIDE + placeOf(change) * (width - 2 * SIDE);
  const low = changeOf(look.ratioLow);
  const high = changeOf(look.ratioHigh);
  const middle = changeOf(look.ratio);
  return (
    <figure ref={box} className={`interval ${tone}`} role="group" aria-label={t.effect.interval(f.change(low), f.change(high))}>
      {width > 0 && (
        <svg className="chart" width={width} height={HEIGHT} viewBox={`0 0 ${width} ${HEIGHT}`} aria-hidden="true">
          <rect className="nband" x={x(-BAND)} width={x(BAND) - x(-BAND)} y={TOP} height={AXIS - TOP} />
          <line className="bl" x1={x(0)} x2={x(0)} y1={TOP} y2={AXIS} />
          <text x={x(0)} y={12} text-anchor="middle">
            {t.effect.asBefore}
          </text>
          <line className="iv" x1={x(low)} x2={x(high)} y1={MIDDLE} y2={MIDDLE} />
          {[low, high].map((one) => (
            <line key={one} className="iv" x1={x(one)} x2={x(one)} y1={MIDDLE - 7} y2={MIDDLE + 7} />
          ))}
          <text x={x(low)} y={MIDDLE + 24} text-anchor="middle">
            {f.change(low)}
          </text>
          <text x={x(high)} y={MIDDLE + 24} text-anchor="middle">
            {f.change(high)}
          </text>
          <circle className="ivd" cx={x(middle)} cy={MIDDLE} r="7" />
          <text className="lbv" x={x(middle)} y={MIDDLE - 14} text-anchor="middle">
            {f.change(middle)}
          </text>
          <line className="bl" x1={x(-1)} x2={x(1)} y1={AXIS} y2={AXIS} />
          {[-1, -0.5, 0, 0.5, 1].map((tick) => (
            <g key={tick}>
              <line className="bl" x1={x(tick)} x2={x(tick)} y1={AXIS} y2={AXIS + 4} />
              <text x={x(tick)} y={HEIGHT - 6} text-anchor="middle">
                {tick ? f.change(tick) : "0"}
              </text>
            </g>
          ))}
        </svg>
      )}
      <ChartTable
        label={t.effect.interval(f.change(low), f.change(high))}
        rows={[
          [t.effect.low, f.change(low)],
          [t.effect.effect, f.change(middle)],
          [t.effect.high, f.change(high)],
        ]}
      />
    </figure>
  );
}

const SMALL = { width: 216, height: 22 };

// In a row of a table, which says the numbers.
export function SmallInterval({ look, tone }: Props) {
  const x = (change: number) => 4 + placeOf(change) * (SMALL.width - 8);
  const middle = SMALL.height / 2;
  return (
    <svg className={`chart small-interval ${tone}`} width={SMALL.width} height={SMALL.height} viewBox={`0 0 ${SMALL.width} ${SMALL.height}`} aria-hidden="true">
      <rect className="nband" x={x(-BAND)} width={x(BAND) - x(-BAND)} y={2} height={SMALL.height - 4} />
      <line className="bl" x1={x(0)} x2={x(0)} y1={2} y2={SMALL.height - 2} />
      <line className="iv" x1={x(changeOf(look.ratioLow))} x2={x(changeOf(look.ratioHigh))} y1={middle} y2={middle} />
      <circle className="ivd" cx={x(changeOf(look.ratio))} cy={middle} r="4" />
    </svg>
  );
}
