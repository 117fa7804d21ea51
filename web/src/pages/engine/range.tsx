// Which period of an engine is shown: in the address, and above the page.
import { useMemo } from "react";
import { useLocation, useSearch } from "wouter";

import type { Engine } from "@protos/dangol/metrics/v1/engine_pb";
import { useActions, type Action } from "../../base/actions";
import { addPeriods, dayIn, noonOf, type Day, type PeriodLength } from "../../base/days";
import { useNow } from "../../base/now";
import { Icon } from "../../parts/icon";
import { useWords } from "../../words/words";
import { useReport } from "./data";

const PERIODS: PeriodLength[] = ["day", "week", "month"];

export function usePeriod(today: Day): { length: PeriodLength; day: Day; path: (length: PeriodLength, day: Day) => string } {
  const search = new URLSearchParams(useSearch());
  const length = PERIODS.find((one) => one === search.get("period")) ?? "week";
  const asked = search.get("at") ?? "";
  const day = /^\d{4}-\d\d-\d\d$/.test(asked) && asked < today ? asked : today;
  const path = (nextLength: PeriodLength, next: Day) => `?period=${nextLength}${next < today ? `&at=${next}` : ""}`;
  return { length, day, path };
}

export function Range({ engine }: { engine: Engine }) {
  const { t, f } = useWords();
  const now = useNow(60_000);
  const [path, go] = useLocation();
  const { length, day, path: to } = usePeriod(dayIn(engine.timeZone, now));
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
      <div className="seg" role="group" aria-label={t.engine.period}>
        {PERIODS.map((one) => (
          <button key={one} type="button" aria-pressed={one === length} onClick={() => go(path + to(one, day))}>
            {t.engine.lengths[one]}
          </button>
        ))}
      </div>
    </>
  );
}

