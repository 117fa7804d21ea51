// Which stage holds an engine up: where, from the stage before to this one, most is lost against what was to be reached.

export interface Reached {
  stage: string;
  // Of a period that has ended.
  value: number;
  target: number;
  // How many came, one by one: by chance it could be more or less. Else it is what it is.
  counted: boolean;
}

export interface Bottleneck {
  stage: string;
  // Absent: it is the first.
  before: string | undefined;
  // 0.18: 18 % less than with the targets of both stages.
  short: number;
  // How probable it is that this stage loses most, by what chance does to counts.
  probability: number;
}

// What is lost by less than that is no bottleneck.
const SHORT_MIN = 0.05;
const DRAWS = 2_000;

// Numbers from 0 to 1, always the same ones: what is said must not change with each look (Lehmer, 16807).
function dice(): () => number {
  let state = 1;
  return () => {
    state = (state * 16_807) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

// Each stage's log ratio to its target, less that of the stage before it.
function losses(logRatios: number[]): number[] {
  return logRatios.map((ratio, index) => ratio - (index ? logRatios[index - 1]! : 0));
}

function leastOf(values: number[]): number {
  return values.indexOf(Math.min(...values));
}

// `stages`: in their order, those of which value and target are known.
export function bottleneckOf(stages: Reached[]): Bottleneck | undefined {
  // None at all is as little as half a one.
  const known = stages.filter(({ target }) => target > 0).map((one) => ({ ...one, value: Math.max(one.value, 0.5) }));
  if (known.length < 2) return undefined;
  const ratios = known.map(({ value, target }) => Math.log(value / target));
  const all = losses(ratios);
  const least = leastOf(all);
  const short = 1 - Math.exp(all[least]!);
  if (short < SHORT_MIN) return undefined;
  const roll = dice();
  // A count of n is by chance as far off as 1/√n of it.
  const drawn = () =>
    known.map(({ value, counted }, index) => {
      const normal = Math.sqrt(-2 * Math.log(roll())) * Math.cos(2 * Math.PI * roll());
      return ratios[index]! + (counted ? normal / Math.sqrt(value) : 0);
    });
  let same = 0;
  for (let draw = 0; draw < DRAWS; ++draw) if (leastOf(losses(drawn())) === least) ++same;
  return { stage: known[least]!.stage, before: known[least - 1]?.stage, short, probability: same / DRAWS };
}

// The share of the work that goes on elsewhere; undefined: nothing goes on. What nobody estimated counts as one.
export function effortElsewhere(changes: { stage: string; estimate?: { effortPercent: number } | undefined }[], stage: string): number | undefined {
  const effort = (of: typeof changes) => of.reduce((sum, { estimate }) => sum + (estimate?.effortPercent ?? 100), 0);
  const all = effort(changes);
  return all ? 1 - effort(changes.filter((one) => one.stage === stage)) / all : undefined;
}
