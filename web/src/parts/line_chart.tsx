// Lines over days. Text stays 12 px whatever the width; arrows move a cursor; a hidden table says the same.
import { useId, useState } from "react";

import { noonOf } from "../base/days";
import { useWords } from "../words/words";
import { apart, Dates, linePath, ticksFor, useWidth } from "./chart";
import { ChartTable } from "./chart_table";

export interface Line {
  label: string;
  values: number[];
  dashed?: boolean;
}

interface Props {
  caption: string;
  days: string[];
  lines: Line[];
}

const HEIGHT = 230;
const TOP = 12;
const BOTTOM = 26;
const LEFT = 40;
const LABELS = 92;

export function LineChart({ caption, days, lines }: Props) {
  const { t, f } = useWords();
  const [box, width] = useWidth();
  const [cursor, setCursor] = useState<number>();
  const captionId = useId();

  const ticks = ticksFor(Math.max(0, ...lines.flatMap((line) => line.values)));
  const top = ticks[ticks.length - 1]!;
  const right = width < 480 ? 12 : LABELS;
  const x = (index: number) => LEFT + (index * (width - LEFT - right)) / Math.max(days.length - 1, 1);
  const y = (value: number) => HEIGHT - BOTTOM - (value / top) * (HEIGHT - TOP - BOTTOM);
  const ends = lines.map((line) => ({ line, at: y(line.values[line.values.length - 1] ?? 0) + 4 })).sort((one, other) => one.at - other.at);
  const labelsAt = apart(ends.map((end) => end.at));
  const date = (index: number) => f.date(noonOf(days[index]!));
  const shown = cursor ?? days.length - 1;
  const said = [date(shown), ...lines.map((line) => `${line.label} ${f.count(line.values[shown]!)}`)].join(" · ");
  const move = (to: number) => setCursor(Math.min(Math.max(to, 0), days.length - 1));

  return (
    <figure
      ref={box}
      className="line-chart"
      role="group"
      aria-labelledby={captionId}
      tabIndex={0}
      onKeyDown={(event) => {
        const by = { ArrowRight: 1, ArrowLeft: -1, PageDown: 7, PageUp: -7 }[event.key];
        if (!by) return;
        event.preventDefault();
        move(shown + by);
      }}
      onMouseLeave={() => setCursor(undefined)}
      onMouseMove={(event) => {
        const at = event.clientX - box.current!.getBoundingClientRect().left - LEFT;
        move(Math.round((at / Math.max(width - LEFT - right, 1)) * (days.length - 1)));
      }}
    >
      {width > 0 && (
        <svg className="chart" width={width} height={HEIGHT} viewBox={`0 0 ${width} ${HEIGHT}`} aria-hidden="true">
          {ticks.map((tick) => (
            <g key={tick}>
              <line className={tick ? "gl" : "bl"} x1={LEFT} x2={width - right} y1={y(tick)} y2={y(tick)} />
              <text x={LEFT - 8} y={y(tick) + 4} text-anchor="end">
                {f.count(tick)}
              </text>
            </g>
          ))}
          <Dates days={days} width={width} x={x} y={HEIGHT - 6} say={date} />
          {lines.map((line) => (
            <path
              key={line.label}
              className={line.dashed ? "prev" : "ln"}
              d={linePath(line.values, x, y)}
            />
          ))}
          {right === LABELS &&
            ends.map(({ line }, index) => (
              <text key={line.label} className={line.dashed ? "lb" : "lba"} x={width - right + 8} y={labelsAt[index]}>
                {line.label}
              </text>
            ))}
          {cursor !== undefined && <line className="ship" x1={x(cursor)} x2={x(cursor)} y1={TOP} y2={HEIGHT - BOTTOM} />}
        </svg>
      )}
      <figcaption id={captionId}>
        <span className="vh">{caption}</span> <span aria-live="polite">{said}</span>
      </figcaption>
      <ChartTable label={caption} head={[t.loop.day, ...lines.map((line) => line.label)]} rows={days.map((day, index) => [day, ...lines.map((line) => line.values[index]!)])} />
    </figure>
  );
}
