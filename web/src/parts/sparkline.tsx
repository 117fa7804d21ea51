// A small line of the last periods, with the target dashed and the last value marked. It says nothing that the text beside it does not.
import { linePath } from "./chart";

interface Props {
  values: (number | undefined)[];
  target?: number | undefined;
  // The last period has not ended: its value stands apart from the line.
  partial?: boolean;
}

const WIDTH = 132;
const HEIGHT = 32;
const PAD = 3;

export function Sparkline({ values, target, partial = false }: Props) {
  const whole = partial ? values.slice(0, -1) : values;
  const known = whole.filter((value): value is number => value !== undefined);
  if (known.length < 2) return <span className="spark none" aria-hidden="true" />;
  const ends = [...known, ...values.slice(-1), target];
  const all = ends.filter((value): value is number => value !== undefined);
  const low = Math.min(...all);
  const high = Math.max(...all);
  const x = (index: number) => PAD + (index * (WIDTH - 2 * PAD)) / Math.max(values.length - 1, 1);
  const y = (value: number) => HEIGHT - PAD - Math.min(Math.max(value - low, 0) / (high - low || 1), 1) * (HEIGHT - 2 * PAD);
  const last = values.length - 1;
  return (
    <svg className="spark" width={WIDTH} height={HEIGHT} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
      {target !== undefined && <line className="sp-t" x1={PAD} x2={WIDTH - PAD} y1={y(target)} y2={y(target)} />}
      <path className="sp-l" d={linePath(whole, x, y)} />
      {values[last] !== undefined && <circle className={partial ? "sp-d partial" : "sp-d"} cx={x(last)} cy={y(values[last]!)} r="2.5" />}
    </svg>
  );
}
