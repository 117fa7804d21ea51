// A bar for each period; what has not ended is hatched. A hidden table says the same.
import { useId } from "react";

import { useWidth } from "./chart";
import { ChartTable } from "./chart_table";

export interface Bar {
  name: string;
  // A share; absent: nothing is known.
  value: number | undefined;
  soFar: boolean;
}

interface Props {
  label: string;
  bars: Bar[];
  say: (share: number) => string;
}

const HEIGHT = 196;
const TOP = 24;
const BOTTOM = 28;
const LEFT = 44;
// Of the room that a bar has.
const FILLED = 0.68;

// Shares are read against the next quarter above the largest.
function topOf(bars: Bar[]): number {
  return Math.max(0.25, Math.ceil(Math.max(...bars.map(({ value }) => value ?? 0)) * 4) / 4);
}

export function BarChart({ label, bars, say }: Props) {
  const [box, width] = useWidth();
  const hatch = useId();
  const top = topOf(bars);
  const room = (width - LEFT) / Math.max(bars.length, 1);
  const y = (value: number) => HEIGHT - BOTTOM - (value / top) * (HEIGHT - TOP - BOTTOM);
  // The names of months need about 40 pixels.
  const every = Math.max(1, Math.ceil(40 / Math.max(room, 1)));
  const whole = bars.flatMap((bar, index) => (bar.value !== undefined && !bar.soFar ? [index] : []));
  const labelled = new Set([whole[0], whole[whole.length - 1]]);
  return (
    <figure ref={box} role="group" aria-label={label}>
      {width > 0 && (
        <svg className="chart" width={width} height={HEIGHT} viewBox={`0 0 ${width} ${HEIGHT}`} aria-hidden="true">
          <defs>
            <pattern id={hatch} width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
              <rect className="hatch-ground" width="5" height="5" />
              <line className="hatch-line" x1="0" y1="0" x2="0" y2="5" />
            </pattern>
          </defs>
          {[0, top / 2, top].map((tick) => (
            <g key={tick}>
              <line className={tick ? "gl" : "bl"} x1={LEFT} x2={width} y1={y(tick)} y2={y(tick)} />
              <text x={LEFT - 8} y={y(tick) + 4} text-anchor="end">
                {say(tick)}
              </text>
            </g>
          ))}
          {bars.map(({ name, value, soFar }, index) => {
            const x = LEFT + index * room + (room * (1 - FILLED)) / 2;
            const middle = x + (room * FILLED) / 2;
            return (
              <g key={name}>
                {value !== undefined && <rect className={soFar ? "" : "bar-of"} fill={soFar ? `url(#${hatch})` : undefined} x={x} width={room * FILLED} y={y(value)} height={y(0) - y(value)} />}
                {value !== undefined && labelled.has(index) && (
                  <text className="lbv" x={middle} y={y(value) - 6} text-anchor="middle">
                    {say(value)}
                  </text>
                )}
                {index % every === 0 && (
                  <text x={middle} y={HEIGHT - 8} text-anchor="middle">
                    {name}
                  </text>
                )}
              </g>
            );
          })}
        </svg>
      )}
      <ChartTable label={label} rows={bars.map(({ name, value }) => [name, value === undefined ? "–" : say(value)])} />
    </figure>
  );
}
