// All numbers of an engine, each against its target.
import { Link } from "wouter";

import type { Engine } from "@protos/dangol/metrics/v1/engine_pb";
import type { Kpi, Point } from "@protos/dangol/metrics/v1/kpi_pb";
import { idOf } from "../../base/ids";
import { textIn } from "../../base/names";
import type { Language } from "../../base/settings";
import { CsvButton } from "../../parts/csv_button";
import { Verdict } from "../../parts/small";
import { Table } from "../../parts/table";
import { useWords, type Words } from "../../words/words";
import type { OnWhy } from "./chain";
import { isComputed, stageName } from "./data";
import { formatValue, standingOf, unitOf, type Standing } from "./values";

const MARKS: Record<Standing, { tone: string; glyph?: string }> = {
  good: { tone: "good", glyph: "▲" },
  bad: { tone: "bad", glyph: "▼" },
  even: { tone: "text2", glyph: "＝" },
  running: { tone: "info", glyph: "…" },
  waiting: { tone: "unknown" },
  unknown: { tone: "unknown" },
};

// The table as rows, numbers as they are and not as they are written.
function numberRows(engine: Engine, all: Kpi[], points: Map<string, Point[]>, { t, language }: { t: Words; language: Language }): string[][] {
  const stages = new Map(engine.stages.map((stage) => [stageName(engine, stage), textIn(stage.displayNames, language)]));
  const head = [t.engine.kpi, t.engine.stage, t.csv.firstDay, t.engine.standing, t.engine.before, t.engine.value, t.csv.unit, t.engine.targetName];
  const rows = all.map((kpi) => {
    const series = points.get(kpi.name) ?? [];
    const last = series[series.length - 1];
    const number = (value: number | undefined) => (value === undefined ? "" : String(value));
    return [
      textIn(kpi.displayNames, language),
      stages.get(kpi.stage) ?? "",
      last?.firstDay ?? "",
      t.engine.standings[standingOf(kpi, last)],
      number(series[series.length - 2]?.value),
      number(last?.value),
      unitOf(kpi, t),
      number(last?.target),
    ];
  });
  return [head, ...rows];
}

interface Props {
  engine: Engine;
  all: Kpi[];
  points: Map<string, Point[]>;
  onWhy: OnWhy;
}

function NumberTable({ engine, all, points, onWhy, label }: Props & { label: string }) {
  const { t, f, language } = useWords();
  const stages = new Map(engine.stages.map((stage) => [stageName(engine, stage), textIn(stage.displayNames, language)]));
  return (
    <Table label={label} head={[t.engine.kpi, t.engine.stage, t.engine.standing, t.engine.before, t.engine.value, t.engine.targetName]} numbers={[3, 4, 5]}>
      {all.map((kpi) => {
        const series = points.get(kpi.name) ?? [];
        const last = series[series.length - 1];
        const standing = standingOf(kpi, last);
        return (
          <tr key={kpi.name}>
            <th scope="row">{textIn(kpi.displayNames, language)}</th>
            <td>{kpi.stage ? <Link href={`/stage/${idOf(engine.name)}/${idOf(kpi.stage)}`}>{stages.get(kpi.stage)}</Link> : ""}</td>
            <td>
              <Verdict {...MARKS[standing]}>{t.engine.standings[standing]}</Verdict>
            </td>
            <td className="r t3">{formatValue(kpi, series[series.length - 2]?.value, f)}</td>
            <td className="r">
              {last?.value === undefined ? (
                "–"
              ) : (
                <button type="button" className="number" title={t.why.ask} onClick={() => onWhy(kpi, last)}>
                  {formatValue(kpi, last.value, f)}
                </button>
              )}
              {last?.value !== undefined && <small className="t3"> {unitOf(kpi, t, last.value)}</small>}
            </td>
            <td className="r">{formatValue(kpi, last?.target, f)}</td>
          </tr>
        );
      })}
    </Table>
  );
}

// What is computed and has no target is looked up now and then: it stays behind a line.
export function Numbers({ engine, all, points, onWhy }: Props) {
  const { t, f, language } = useWords();
  const isAside = (kpi: Kpi) => isComputed(kpi) && points.get(kpi.name)?.at(-1)?.target === undefined;
  const aside = all.filter(isAside);
  return (
    <section>
      <h3>
        {t.engine.numbers} <CsvButton name={idOf(engine.name)} rows={() => numberRows(engine, all, points, { t, language })} />
      </h3>
      <NumberTable engine={engine} all={all.filter((kpi) => !isAside(kpi))} points={points} onWhy={onWhy} label={t.engine.numbers} />
      {aside.length > 0 && (
        <details className="aside">
          <summary>{t.engine.computedToo(f.count(aside.length))}</summary>
          <NumberTable engine={engine} all={aside} points={points} onWhy={onWhy} label={t.engine.computedToo(f.count(aside.length))} />
        </details>
      )}
    </section>
  );
}
