// The form of the day: today's cells first, the days before beside them. Enter saves and goes on, Esc restores, N (or the button, where there is no such
// key) is "not applicable".
import { create } from "@bufbuild/protobuf";
import { useQuery } from "@connectrpc/connect-query";
import { useRef, useState } from "react";

import { Engine_ClosedDays, type Engine } from "@protos/dangol/metrics/v1/engine_pb";
import { EngineService } from "@protos/dangol/metrics/v1/engine_service_pb";
import { Observation_State, type Kpi, type Point } from "@protos/dangol/metrics/v1/kpi_pb";
import { EntrySchema, KpiService, type Entry } from "@protos/dangol/metrics/v1/kpi_service_pb";
import { PolicyService } from "@protos/dangol/tickets/v1/policy_service_pb";
import { readAnew } from "../../base/api";
import { dayIn, daysUntil, noonOf, type Day } from "../../base/days";
import { explain } from "../../base/errors";
import { idOf, isResourceId, requestId } from "../../base/ids";
import { isComposing } from "../../base/keys";
import { textIn } from "../../base/names";
import { useNow } from "../../base/now";
import { may } from "../../base/session";
import { settings } from "../../base/settings";
import { CsvButton } from "../../parts/csv_button";
import { Key } from "../../parts/small";
import { MemberField, rememberMember } from "../../parts/member_field";
import { useWords } from "../../words/words";
import { kpis as api, usePending, useSeries } from "../engine/data";
import { formatValue, hasTwoParts, readNumber, unitOf } from "../engine/values";
import { isSame, savesInTurn, sendsOf, type Parts } from "./entry_saves";

const DAYS = 7;

function shown(value: number | undefined): string {
  return value === undefined ? "" : new Intl.NumberFormat("en", { maximumFractionDigits: 3 }).format(value);
}

function partsOf(kpi: Kpi, point: Point | undefined): Parts {
  if (!point || !point.recorded) return ["", ""];
  return hasTwoParts(kpi.kind) ? [shown(point.numerator), shown(point.denominator)] : [shown(point.value), ""];
}

// undefined: not complete yet; "wrong": it is no number.
function entryOf(kpi: Kpi, day: Day, [first, second]: Parts): Entry | "wrong" | undefined {
  const two = hasTwoParts(kpi.kind);
  if (!first.trim() && !second.trim()) return create(EntrySchema, { kpi: kpi.name, day, state: Observation_State.EMPTY });
  if (two && (!first.trim() || !second.trim())) return undefined;
  const value = readNumber(first);
  const denominator = two ? readNumber(second) : 0;
  if (value === undefined || denominator === undefined) return "wrong";
  return create(EntrySchema, two ? { kpi: kpi.name, day, numerator: value, denominator } : { kpi: kpi.name, day, value });
}

function notApplicable(kpi: string, day: Day): Entry {
  return create(EntrySchema, { kpi, day, state: Observation_State.NOT_APPLICABLE });
}

interface CellProps {
  kpi: Kpi;
  day: Day;
  label: string;
  point: Point | undefined;
  // On phones, days before have no room.
  column: "today" | "beside" | "before";
  // It is to be entered and is not.
  owed: boolean;
  closed: boolean;
  wrong: boolean;
  // Whether it was stored.
  onSave: (entry: Entry | "wrong") => Promise<boolean>;
  onRestore: () => void;
  // With the way to make it "not applicable".
  onPick: (makeNa: () => void) => void;
}

function Cell({ kpi, day, label, point, column, owed, closed, wrong, onSave, onRestore, onPick }: CellProps) {
  const { t } = useWords();
  const stored = partsOf(kpi, point);
  const [typed, setTyped] = useState<Parts>();
  const [sends] = useState(() => sendsOf(setTyped));
  const parts = typed ?? stored;
  const two = hasTwoParts(kpi.kind);
  const isNa = Boolean(point?.notApplicable) && !typed;
  const late = column !== "today" && Boolean(point?.missing) && !parts[0];
  const placeholder = isNa || (closed && !parts[0]) ? t.stage.na : late ? t.stage.late : "";
  const restore = () => {
    setTyped(undefined);
    onRestore();
  };
  const commit = () => {
    if (!typed) return;
    const underWay = sends.underWay();
    if (isSame(typed, underWay ?? stored)) return underWay ? undefined : restore();
    const entry = entryOf(kpi, day, typed);
    if (entry) void (entry === "wrong" ? onSave(entry) : sends.send(typed, () => onSave(entry)));
  };
  const makeNa = () => {
    setTyped(undefined);
    void sends.send(["", ""], () => onSave(notApplicable(kpi.name, day)));
  };
  if (!may("metrics.enter")) {
    const said = parts.filter(Boolean).join(" / ");
    return <td className={column}>{said || placeholder || "–"}</td>;
  }
  const input = (index: 0 | 1) => (
    <input
      type="text"
      inputMode="decimal"
      enterKeyHint="next"
      autocomplete="off"
      aria-label={two ? `${label} ${index ? t.stage.denominator : t.stage.numerator}` : label}
      aria-invalid={wrong || undefined}
      value={parts[index]}
      placeholder={index === 0 ? placeholder : ""}
      onInput={(event) => {
        const next: Parts = [...parts];
        next[index] = event.currentTarget.value;
        setTyped(next);
      }}
      onFocus={() => onPick(makeNa)}
      onBlur={(event) => {
        const next = event.relatedTarget;
        if (!(next instanceof HTMLElement && next.closest("td") === event.currentTarget.closest("td"))) commit();
      }}
      onKeyDown={(event) => {
        if (isComposing(event)) return;
        if (event.key === "Enter") {
          event.preventDefault();
          // What is no number is mended where it stands.
          if (typed && entryOf(kpi, day, typed) === "wrong") return void onSave("wrong");
          const inputs = [...event.currentTarget.closest("table")!.querySelectorAll<HTMLInputElement>(`td[data-day="${day}"] input`)];
          const next = inputs[inputs.indexOf(event.currentTarget) + 1];
          if (next) next.focus();
          else event.currentTarget.blur();
        } else if (event.key === "Escape") {
          restore();
        } else if (/^[nㅜ]$/i.test(event.key)) {
          event.preventDefault();
          makeNa();
        }
      }}
    />
  );
  const classes = [column, (parts[0] || isNa) && !typed ? "done" : "", owed && !parts[0] ? "owed" : "", two && placeholder ? "shut" : "", late ? "late" : "", wrong ? "wrong-cell" : ""];
  return (
    <td className={classes.filter(Boolean).join(" ")} data-day={day}>
      {two ? (
        <span className="pair">
          {input(0)}
          <i aria-hidden="true">/</i>
          {input(1)}
        </span>
      ) : (
        input(0)
      )}
    </td>
  );
}

// The days of the week on which nobody works, Sunday is the seventh; by the triage policy as it is now, where the engine has no closed days of its own.
function useClosedWeekdays(engine: Engine): number[] {
  const byPolicy = engine.closedDays === Engine_ClosedDays.POLICY;
  const hours = useQuery(PolicyService.method.getTriagePolicy, {}, { enabled: byPolicy }).data?.openingHours;
  if (!byPolicy) return engine.closedWeekdays;
  return hours ? [1, 2, 3, 4, 5, 6, 7].filter((day) => !hours.some(({ weekday }) => weekday === day)) : [];
}

// What was read is painted a moment after it came.
async function readAndShow(): Promise<void> {
  await readAnew(KpiService, EngineService);
  await new Promise((done) => setTimeout(done));
}

export function EntryGrid({ engine, kpis }: { engine: Engine; kpis: Kpi[] }) {
  const { t, f, language } = useWords();
  const now = useNow(60_000);
  const today = dayIn(engine.timeZone, now);
  const days = daysUntil(today, DAYS);
  const closedWeekdays = useClosedWeekdays(engine);
  const { points } = useSeries(engine.name, kpis, days[0]!, today, "day");
  const owed = new Set(usePending(engine).map(({ kpi, day }) => kpi + day));
  // On phones one day is shown beside today: the newest that is owed, else yesterday.
  const beside = days.filter((day) => day < today && kpis.some(({ name }) => owed.has(name + day))).at(-1) ?? days.at(-2);
  const columnOf = (day: Day) => (day === today ? "today" : day === beside ? "beside" : "before");
  const [member, setMember] = useState(settings().member);
  // Why a cell is not stored, by KPI and day; the newest comes last.
  const [failures, setFailures] = useState<ReadonlyMap<string, string>>(new Map());
  const [saveInTurn] = useState(() => savesInTurn(readAndShow));
  // The cell that was entered last.
  const picked = useRef<() => void>();

  const mark = (at: string, failure?: string) =>
    setFailures((old) => {
      const others = [...old].filter(([one]) => one !== at);
      return new Map(failure ? [...others, [at, failure]] : others);
    });
  const save = async (entry: Entry | "wrong", at: string): Promise<boolean> => {
    const isKnown = isResourceId(member);
    mark(at, entry === "wrong" ? t.stage.wrongNumber : isKnown ? undefined : t.stage.whoFirst);
    if (entry === "wrong" || !isKnown) return false;
    const request = { parent: engine.name, requestId: requestId(), recordedBy: rememberMember(member), entries: [entry] };
    return saveInTurn(
      () => api.recordObservations(request),
      (error) => mark(at, error === undefined ? undefined : explain(error, t, true).sentence),
    );
  };
  // A cell is picked before it is said who enters.
  const newestSave = useRef(save);
  newestSave.current = save;
  const failure = [...failures.values()].filter((one) => one !== t.stage.whoFirst || !isResourceId(member)).at(-1) ?? "";
  const rows = () => [
    [t.engine.kpi, ...days],
    ...kpis.map((kpi) => {
      const series = new Map((points.get(kpi.name) ?? []).map((point) => [point.firstDay, point.value]));
      return [textIn(kpi.displayNames, language), ...days.map((day) => String(series.get(day) ?? ""))];
    }),
  ];
  const todays = kpis.map((kpi) => points.get(kpi.name)?.slice(-1)[0]);
  const done = todays.filter((point) => point && (point.recorded || point.notApplicable)).length;
  const before = kpis.reduce((sum, { name }) => sum + days.filter((day) => day < today && owed.has(name + day)).length, 0);
  const weekday = (day: Day) => new Intl.DateTimeFormat(language, { weekday: "short", timeZone: "UTC" }).format(noonOf(day));
  return (
    <section className="entry">
      <div className="ehead">
        <h3>
          {t.stage.entry} <CsvButton name={idOf(kpis[0]!.stage || engine.name)} rows={rows} />
        </h3>
        <span className={before ? "meta due-line" : "meta"}>
          {t.stage.entered(f.count(kpis.length), f.count(done))}
          {before > 0 && ` · ${t.stage.owedBefore(f.count(before))}`}
        </span>
      </div>
      <div className="gridwrap" tabIndex={0} role="group" aria-label={t.stage.entry}>
        <table className="entrygrid">
          <thead>
            <tr>
              <th scope="col">
                <span className="vh">{t.engine.kpi}</span>
              </th>
              {days.map((day) => (
                <th key={day} scope="col" className={columnOf(day)}>
                  {Number(day.slice(8))} {weekday(day)} {day === today && <small>{t.stage.today}</small>}
                </th>
              ))}
              <th scope="col" className="tgt-c">
                {t.stage.dayTarget}
              </th>
            </tr>
          </thead>
          <tbody>
            {kpis.map((kpi) => {
              const series = new Map((points.get(kpi.name) ?? []).map((point) => [point.firstDay, point]));
              const label = textIn(kpi.displayNames, language);
              return (
                <tr key={kpi.name}>
                  <th scope="row" title={textIn(kpi.definition, language)}>
                    {label}
                    <small>{hasTwoParts(kpi.kind) ? t.stage.twoParts : unitOf(kpi, t)}</small>
                  </th>
                  {days.map((day) => (
                    <Cell
                      key={day}
                      kpi={kpi}
                      day={day}
                      label={`${label}, ${f.date(noonOf(day), now)}`}
                      point={series.get(day)}
                      column={columnOf(day)}
                      owed={owed.has(kpi.name + day)}
                      closed={closedWeekdays.includes(noonOf(day).getUTCDay() || 7)}
                      wrong={failures.has(kpi.name + day)}
                      onSave={(entry) => newestSave.current(entry, kpi.name + day)}
                      onRestore={() => mark(kpi.name + day)}
                      onPick={(makeNa) => (picked.current = makeNa)}
                    />
                  ))}
                  <td className="tgt-c">{formatValue(kpi, series.get(today)?.target, f)}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      <p className={failure ? "wrong" : "vh"} role="alert">
        {failure}
      </p>
      <p className="keys meta" hidden={!may("metrics.enter")}>
        <span className="by-key">
          <Key of="enter" /> {t.stage.keyNext} <Key of="escape" /> {t.stage.keyRestore}
        </span>
        <button
          type="button"
          className="btn quiet"
          onClick={() => {
            const first = kpis[0]!.name;
            if (picked.current) picked.current();
            else void save(notApplicable(first, today), first + today);
          }}
        >
          {t.stage.makeNa} <kbd aria-hidden="true">N</kbd>
        </button>
      </p>
      {!settings().member && may("metrics.enter") && (
        <div className="who">
          <MemberField label={t.why.enteredBy} value={member} onValue={setMember} tried={Boolean(failure)} />
        </div>
      )}
    </section>
  );
}
