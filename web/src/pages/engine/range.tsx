// Which period of an engine is shown: in the address, and above the page.
import { useMemo } from "react";
import { useLocation, useSearch } from "wouter";

import type { Engine } from "@protos/dangol/metrics/v1/engine_pb";
import { useActions, type Action } from "../../base/actions";
import { addPeriods, dayIn, noonOf, type Day, type PeriodLength } from "../../base/days";
import { useNow } from "../../base/now";
import { Icon } from "../../parts/icon";
import { useWords } from "../../words/words";
import { isComputed, useKpis, useReport, useSeries } from "./data";

const PERIODS: PeriodLength[] = ["day", "week", "month"];

// So many periods are shown of each number.
export const SHOWN = 8;

interface Period {
  length: PeriodLength;
  today: Day;
  day: Day;
  // False: it is not known yet which one is shown.
  known: boolean;
  error: unknown;
  readAnew: () => void;
  path: (length: PeriodLength, day?: Day) => string;
}

// The period that is asked for, else the newest with numbers: on its first day a period has none, and there is nothing to see.
export function usePeriod(engine: Engine): Period {
  const today = dayIn(engine.timeZone, useNow(60_000));
  const search = new URLSearchParams(useSearch());
  const length = PERIODS.find((one) => one === search.get("period")) ?? "week";
  const at = search.get("at") ?? "";
  const asked = /^\d{4}-\d\d-\d\d$/.test(at) && at <= today ? at : undefined;
  const numbers = useKpis(engine.name);
  const entered = numbers.kpis.filter((kpi) => !isComputed(kpi));
  const newest = useSeries(engine.name, asked ? [] : numbers.kpis, addPeriods(today, length, 1 - SHOWN), today, length);
  const has = (before: number) => entered.some((kpi) => newest.points.get(kpi.name)?.at(-1 - before)?.value !== undefined);
  const day = asked ?? (!has(0) && has(1) ? addPeriods(today, length, -1) : today);
  const path = (nextLength: PeriodLength, next = asked) => `?period=${nextLength}${next ? `&at=${next < today ? next : today}` : ""}`;
  const { error, readAnew } = newest;
  return { length, today, day, known: asked !== undefined || Boolean(numbers.data && newest.known), error, readAnew, path };
}

// Of a day, a week, a month: in the strip, and on phones, where it has no room for them, above the page.
export function Periods({ engine, className = "" }: { engine: Engine; className?: string }) {
  const { t } = useWords();
  const [path, go] = useLocation();
  const { length, path: to } = usePeriod(engine);
  return (
    <div className={`seg periods ${className}`.trim()} role="group" aria-label={t.engine.period}>
      {PERIODS.map((one) => (
        <button key={one} type="button" aria-pressed={one === length} onClick={() => go(path + to(one))}>
          {t.engine.lengths[one]}
        </button>
      ))}
    </div>
  );
}

export function Range({ engine }: { engine: Engine }) {
  const { t, f } = useWords();
  const now = useNow(60_000);
  const [path, go] = useLocation();
  const { length, day, path: to } = usePeriod(engine);
  const report = useReport(engine, length, day).data;
  const first = report?.firstDay ?? day;
  const last = report?.lastDay ?? day;
  const step = (by: number) => go(path + to(length, addPeriods(day, length, by)));
  const actions = useMemo<Action[]>(
    () => [
      { id: "earlier", label: t.engine.earlier, group: t.keys.groupList, keys: ["["], run: () => step(-1) },
      { id: "later", label: t.engine.later, group: t.keys.groupList, keys: ["]"], run: () => step(1) },
    ],
    [t, length, day],
  );
  useActions(actions);
  return (
    <>
      <span className="range">
        <button type="button" className="btn quiet icon" aria-label={t.engine.earlier} onClick={() => step(-1)}>
          <Icon name="left" />
        </button>
        <span>{f.range(noonOf(first), noonOf(last), now)}</span>
        <button type="button" className="btn quiet icon" aria-label={t.engine.later} onClick={() => step(1)}>
          <Icon name="right" />
        </button>
      </span>
      <Periods engine={engine} />
    </>
  );
}

