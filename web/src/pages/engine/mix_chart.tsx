// A bar for each month, parted by generation, with the mean of it above; what has not ended is paler. A hidden table says the same.
import type { StrategyMonth } from "@protos/dangol/metrics/v1/strategy_pb";
import { useWidth } from "../../parts/chart";
import { ChartTable } from "../../parts/chart_table";
import { useWords } from "../../words/words";
import { GENERATIONS, shareOf } from "./mix_values";

interface Props {
  label: string;
  months: { name: string; month: StrategyMonth }[];
  // Of the table.
  head: string[];
}

const HEIGHT = 196;
const TOP = 24;
const BOTTOM = 28;
const LEFT = 44;
// Of the room that a bar has.
const FILLED = 0.68;
const WIDEST = 56;

export function MixChart({ label, months, head }: Props) {
  const { f } = useWords();
  const [box, width] = useWidth();
  const room = Math.min((width - LEFT) / Math.max(months.length, 1), WIDEST / FILLED);
  const high = HEIGHT - TOP - BOTTOM;
  const every = Math.max(1, Math.ceil(40 / Math.max(room, 1)));
  const said = ({ generation }: StrategyMonth) => (generation === undefined ? "–" : f.decimal(generation, 1));
  return (
    <figure ref={box} role="group" aria-label={label}>
      {width > 0 && (
        <svg className="chart" width={width} height={HEIGHT} viewBox={`0 0 ${width} ${HEIGHT}`} aria-hidden="true">
          {[0, 0.5, 1].map((tick) => (
            <g key={tick}>
              <line className={tick ? "gl" : "bl"} x1={LEFT} x2={width} y1={HEIGHT - BOTTOM - tick * high} y2={HEIGHT - BOTTOM - tick * high} />
              <text x={LEFT - 8} y={HEIGHT - BOTTOM - tick * high + 4} text-anchor="end">
                {f.percent(tick, 0)}
              </text>
            </g>
          ))}
          {months.map(({ name, month }, index) => {
            const x = LEFT + index * room + (room * (1 - FILLED)) / 2;
            const middle = x + (room * FILLED) / 2;
            let below = 0;
            return (
              <g key={month.firstDay} className={month.soFar ? "so-far-bar" : ""}>
                {GENERATIONS.map((generation) => {
                  const share = shareOf(month, generation);
                  below += share;
                  return share > 0 && <rect key={generation} className={`gen${generation}`} x={x} width={room * FILLED} y={HEIGHT - BOTTOM - below * high} height={share * high} />;
                })}
                {index % every === 0 && (
                  <>
                    <text className="lbv" x={middle} y={TOP - 8} text-anchor="middle">
                      {said(month)}
                    </text>
                    <text x={middle} y={HEIGHT - 8} text-anchor="middle">
                      {name}
                    </text>
                  </>
                )}
              </g>
            );
          })}
        </svg>
      )}
      <ChartTable label={label} head={head} rows={months.map(({ name, month }) => [name, ...month.strategies.map(({ count }) => f.count(count)), said(month)])} />
    </figure>
  );
}
