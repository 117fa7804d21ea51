// A series with its mean and limits; what is unusual is ringed and lettered, what shipped is marked above by its number.
import { noonOf, type Day } from "../../base/days";
import { apart, Dates, linePath, ticksBetween, useWidth } from "../../parts/chart";
import { ChartTable } from "../../parts/chart_table";
import { useWords } from "../../words/words";
import type { ShipMark } from "./ship_marks";
import type { Limits, Signal } from "./xmr";

interface Props {
  label: string;
  days: Day[];
  values: (number | undefined)[];
  limits: Limits | undefined;
  signals: Signal[];
  target: number | undefined;
  ships: ShipMark[];
  say: (value: number | undefined) => string;
}

interface Level {
  name: string;
  value: number;
  text: string;
}

const PLOT = 178;
const TOP = 16;
const BOTTOM = 26;
const LEFT = 44;
const LABELS = 96;
const DISC = 8;
// Discs that are closer than this stand above each other.
const DISC_ROOM = 2 * DISC + 2;

// In which row each disc stands, from left to right.
function stacked(places: number[]): number[] {
  const rows: number[] = [];
  places.forEach((place, index) => {
    const taken = rows.filter((_, before) => place - places[before]! < DISC_ROOM);
    rows[index] = [0, ...taken.map((row) => row + 1)].find((row) => !taken.includes(row))!;
  });
  return rows;
}

export function XmrChart({ label, days, values, limits, signals, target, ships, say }: Props) {
  const { t, f } = useWords();
  const [box, width] = useWidth();

  const known = values.filter((value): value is number => value !== undefined);
  const marks = [...known, ...(limits ? [limits.upper, limits.lower] : []), ...(target === undefined ? [] : [target])];
  // Counts begin at 0 unless they are far from it.
  const floor = Math.min(...marks);
  const ceiling = Math.max(...marks);
  const low = floor > 0 && (floor < ceiling / 2 || floor === ceiling) ? 0 : floor;
  const high = Math.max(ceiling, low + 1e-9);
  // Of counts there is none between 1 and 2.
  const ticks = ticksBetween(low, high).filter((tick, index, all) => !index || say(tick) !== say(all[index - 1]));
  const right = width < 480 ? 12 : LABELS;
  const x = (index: number) => LEFT + (index * (width - LEFT - right)) / Math.max(days.length - 1, 1);
  const discs = stacked(ships.map((ship) => x(ship.at)));
  const top = TOP + (ships.length ? DISC_ROOM * (1 + Math.max(...discs)) : 0);
  const height = top + PLOT + BOTTOM;
  const y = (value: number) => top + PLOT - ((value - low) / (high - low)) * PLOT;
  const levels: Level[] = [
    ...(limits
      ? [
          { name: "lim", value: limits.upper, text: t.stage.upper(say(limits.upper)) },
          { name: "mean", value: limits.mean, text: t.stage.mean(say(limits.mean)) },
          ...(limits.lower > low ? [{ name: "lim", value: limits.lower, text: t.stage.lower(say(limits.lower)) }] : []),
        ]
      : []),
    ...(target === undefined ? [] : [{ name: "tgt", value: target, text: t.engine.target(say(target)) }]),
  ].sort((one, other) => other.value - one.value);
  const labelsAt = apart(levels.map((one) => y(one.value) + 4));
  return (
    <figure ref={box} role="group" aria-label={label}>
      {width > 0 && (
        <svg className="chart" width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
          {limits && <rect className="calmz" x={LEFT} width={width - LEFT - right} y={y(limits.upper)} height={y(limits.lower) - y(limits.upper)} />}
          {ticks.map((tick) => (
            <g key={tick}>
              <line className="gl" x1={LEFT} x2={width - right} y1={y(tick)} y2={y(tick)} />
              <text x={LEFT - 8} y={y(tick) + 4} text-anchor="end">
                {say(tick)}
              </text>
            </g>
          ))}
          <line className="bl" x1={LEFT} x2={width - right} y1={height - BOTTOM} y2={height - BOTTOM} />
          {levels.map(({ name, value, text }, index) => (
            <g key={text}>
              <line className={name} x1={LEFT} x2={width - right} y1={y(value)} y2={y(value)} />
              {right === LABELS && (
                <text className={name === "tgt" ? "lbi" : "lb"} x={width - right + 8} y={labelsAt[index]}>
                  {text}
                </text>
              )}
            </g>
          ))}
          {ships.map(({ at, title }, index) => (
            <g key={index} className="ship-mark">
              <title>{title}</title>
              <line x1={x(at)} x2={x(at)} y1={DISC_ROOM * (1 + discs[index]!)} y2={top + PLOT} />
              <circle cx={x(at)} cy={DISC + 1 + DISC_ROOM * discs[index]!} r={DISC} />
              <text x={x(at)} y={DISC + 5 + DISC_ROOM * discs[index]!} text-anchor="middle">
                {index + 1}
              </text>
            </g>
          ))}
          <Dates days={days} width={width} x={x} y={height - 6} say={(index) => f.date(noonOf(days[index]!))} />
          <path className="ln s" d={linePath(values, x, y)} />
          {values.map((value, index) => value !== undefined && <circle key={index} className="ptl" cx={x(index)} cy={y(value)} r="2" />)}
          {signals.map((signal, index) => {
            const at = values.slice(signal.first, signal.last + 1);
            return (
              <g key={index}>
                {at.map(
                  (value, offset) =>
                    value !== undefined && (
                      <circle key={offset} className={signal.kind === "run" ? "sig run" : "sig"} cx={x(signal.first + offset)} cy={y(value)} r={signal.kind === "run" ? 4 : 5.5} />
                    ),
                )}
                <text className="lbb" x={x(signal.first) - 9} y={y(at[0]!) + 4} text-anchor="end">
                  {String.fromCharCode(65 + index)}
                </text>
              </g>
            );
          })}
        </svg>
      )}
      <ChartTable
        label={label}
        rows={days.map((day, index) => [
          day,
          say(values[index]),
          ships
            .filter((ship) => ship.at === index)
            .map((ship) => ship.title)
            .join(", "),
        ])}
      />
    </figure>
  );
}
