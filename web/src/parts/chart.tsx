// What charts over days have in common.
import { useEffect, useRef, useState } from "react";

// The width of the figure that has the ref, in pixels; 0 until it is known.
export function useWidth() {
  const box = useRef<HTMLElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => setWidth(Math.round(entry!.contentRect.width)));
    observer.observe(box.current!);
    return () => observer.disconnect();
  }, []);
  return [box, width] as const;
}

interface DatesProps {
  days: string[];
  width: number;
  x: (index: number) => number;
  y: number;
  say: (index: number) => string;
}

// Dates below a chart, as many as there is room for.
export function Dates({ days, width, x, y, say }: DatesProps) {
  const every = Math.max(1, Math.ceil(days.length / Math.max(2, Math.floor(width / 130))));
  return (
    <>
      {days.map(
        (day, index) =>
          index % every === 0 && (
            <text key={day} x={x(index)} y={y} text-anchor={index ? "middle" : "start"}>
              {say(index)}
            </text>
          ),
      )}
    </>
  );
}

// A line through what is known; where something is missing it is broken.
export function linePath(values: (number | undefined)[], x: (index: number) => number, y: (value: number) => number): string {
  return values
    .map((value, index) => (value === undefined ? "" : `${index && values[index - 1] !== undefined ? "L" : "M"}${x(index).toFixed(1)} ${y(value).toFixed(1)}`))
    .join("");
}

// Round steps for an axis from 0: 1, 2 or 5 times a power of ten, whole numbers, five of them at most.
export function ticksFor(most: number): number[] {
  const rough = Math.max(most, 1) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max(1, [1, 2, 5, 10].map((one) => one * power).find((one) => one >= rough)!);
  const ticks = [];
  for (let tick = 0; tick < Math.max(most, 1) + step; tick += step) ticks.push(tick);
  return ticks;
}

// Likewise within an axis that need not begin at 0.
export function ticksBetween(low: number, high: number): number[] {
  const rough = (high - low) / 4;
  if (!(rough > 0)) return [low];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((one) => one * power).find((one) => one >= rough)!;
  const ticks = [];
  for (let times = Math.ceil(low / step); times * step <= high + step / 1e9; ++times) ticks.push(times * step);
  return ticks;
}

const LABEL_PX = 16;

// Positions of labels from above to below, moved so far that none covers the one before.
export function apart(positions: number[]): number[] {
  const moved: number[] = [];
  for (const position of positions) moved.push(Math.max(position, (moved[moved.length - 1] ?? -Infinity) + LABEL_PX));
  return moved;
}
