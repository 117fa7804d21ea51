// Each engine with its calendar, and its numbers with who enters them and what is to be reached.
import { useState } from "react";
import { Link } from "wouter";

import { Engine_ClosedDays, type Engine } from "@protos/dangol/metrics/v1/engine_pb";
import { Kpi_State, type Kpi } from "@protos/dangol/metrics/v1/kpi_pb";
import { failureOf } from "../../base/api";
import { dayIn, noonOf } from "../../base/days";
import { idOf } from "../../base/ids";
import { textIn } from "../../base/names";
import { useNow } from "../../base/now";
import { mayAt } from "../../base/session";
import { CsvButton } from "../../parts/csv_button";
import { useMemberNames } from "../../parts/members";
import { Facts, Failure } from "../../parts/small";
import { useStages } from "../../parts/stages";
import { Table } from "../../parts/table";
import { useWords } from "../../words/words";
import { inOrder, isComputed, useAllKpis, useEngine } from "../engine/data";
import { formatWithUnit } from "../engine/values";
import { EngineDialog } from "./engine_dialog";
import { KpiDialog } from "./kpi_dialog";
import { GRANULARITIES, targetOf } from "./kpi_form";

function Kpis({ engine, onEdit }: { engine: Engine; onEdit: (kpi: Kpi) => void }) {
  const nameOf = useMemberNames();
  const { t, f, language } = useWords();
  const k = t.settings.engine;
  const { nameOf: stageNamed } = useStages();
  const query = useAllKpis(engine.name);
  const today = dayIn(engine.timeZone, useNow(60_000));
  const all = inOrder(engine, query.data?.kpis ?? []);
  const targets = (kpi: Kpi) =>
    GRANULARITIES.flatMap(([name, granularity]) => {
      const value = targetOf(kpi, granularity, today);
      return value === undefined ? [] : [`${t.engine.lengths[name]} ${formatWithUnit(kpi, value, t, f)}`];
    }).join(" · ");
  const cells = (kpi: Kpi) => [
    kpi.stage ? stageNamed(kpi.stage) : k.whole,
    k.kinds[kpi.kind]!,
    targets(kpi) || "–",
    isComputed(kpi) ? k.computed : kpi.owner ? nameOf(kpi.owner) : k.ofStage,
    kpi.state === Kpi_State.RETIRED ? k.retired : isComputed(kpi) ? "–" : k.dueAt(kpi.dueTimeOfDay),
  ];
  const head = [t.engine.kpi, t.engine.stage, k.kind, k.targets, k.enters, k.due];
  if (failureOf(query)) return <Failure error={query.error} onRetry={() => void query.refetch()} />;
  return (
    <>
      <h4>
        {t.engine.numbers} <CsvButton name={`kpis-${idOf(engine.name)}`} rows={() => [head, ...all.map((kpi) => [textIn(kpi.displayNames, language), ...cells(kpi)])]} />
      </h4>
      <Table label={`${textIn(engine.displayNames, language)} ${t.engine.numbers}`} head={head}>
        {all.map((kpi) => (
          <tr key={kpi.name} className={kpi.state === Kpi_State.RETIRED ? "t3" : ""}>
            <th scope="row">
              {mayAt("engines.write", kpi.stage) ? (
                <button type="button" className="number" onClick={() => onEdit(kpi)}>
                  {textIn(kpi.displayNames, language)}
                </button>
              ) : (
                textIn(kpi.displayNames, language)
              )}
            </th>
            {cells(kpi).map((cell, index) => (
              <td key={index}>{cell}</td>
            ))}
          </tr>
        ))}
      </Table>
    </>
  );
}

function One({ engine }: { engine: Engine }) {
  const { t, f, language } = useWords();
  const now = useNow();
  const k = t.settings.engine;
  const [editing, setEditing] = useState(false);
  const [kpi, setKpi] = useState<Kpi | "new">();
  const kpis = useAllKpis(engine.name).data?.kpis ?? [];
  const exposure = kpis.find((one) => one.name === engine.exposureKpi);
  const days = engine.closedWeekdays.map((day) => t.settings.policy.weekdays[day]).join(", ");
  return (
    <section>
      <h3>{textIn(engine.displayNames, language) || idOf(engine.name)}</h3>
      <Facts
        className="policy"
        of={[
          [t.settings.policy.zone, engine.timeZone],
          [k.weekStart, t.settings.policy.weekdays[engine.weekStart]],
          [k.closed, engine.closedDays === Engine_ClosedDays.POLICY ? k.byPolicy : days || t.none],
          [k.holidays, engine.holidays.map((day) => f.date(noonOf(day), now)).join(", ")],
          [k.exposure, exposure && textIn(exposure.displayNames, language)],
        ]}
      />
      <p className="alt">
        <Link className="btn" href={`/blueprint/${idOf(engine.name)}`}>
          {t.nav.blueprint}
        </Link>{" "}
        {mayAt("engines.write", "") && (
          <>
            <button type="button" className="btn" onClick={() => setEditing(true)}>
              {k.edit}
            </button>{" "}
            <button type="button" className="btn" onClick={() => setKpi("new")}>
              {k.addKpi}
            </button>
          </>
        )}
      </p>
      <Kpis engine={engine} onEdit={setKpi} />
      {editing && <EngineDialog engine={engine} onClose={() => setEditing(false)} />}
      {kpi && <KpiDialog engine={engine} {...(kpi !== "new" && { kpi })} onClose={() => setKpi(undefined)} />}
    </section>
  );
}

export function Engines() {
  const { t } = useWords();
  const k = t.settings.engine;
  const query = useEngine(undefined);
  const [adding, setAdding] = useState(false);
  return (
    <>
      <section className="lead">
        <h2>{t.settings.parts.engines}</h2>
        <p className="sub">{k.text}</p>
        {query.error && <Failure error={query.error} onRetry={() => void query.refetch()} />}
        {query.data && !query.engines.length && <p className="sub">{t.engine.emptyText}</p>}
        {mayAt("engines.write", "") && (
          <p className="alt">
            <button type="button" className={query.engines.length ? "btn" : "btn primary"} onClick={() => setAdding(true)}>
              {k.add}
            </button>
          </p>
        )}
      </section>
      {query.engines.map((engine) => (
        <One key={engine.name} engine={engine} />
      ))}
      {adding && <EngineDialog onClose={() => setAdding(false)} />}
    </>
  );
}
