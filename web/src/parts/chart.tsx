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

const LABEL_PX = 16;

// Positions of labels from above to below, moved so far that none covers the one before.
export function apart(positions: number[]): number[] {
  const moved: number[] = [];
  for (const position of positions) moved.push(Math.max(position, (moved[moved.length - 1] ?? -Infinity) + LABEL_PX));
  return moved;
}
