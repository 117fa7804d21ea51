// A stage: the numbers to enter today, and how each number does.
import "../../style/calm.css";
import "../../style/engine.css";

import type { Engine } from "@protos/dangol/metrics/v1/engine_pb";
import type { Kpi } from "@protos/dangol/metrics/v1/kpi_pb";
import { Page } from "../../app/shell";
import { idOf } from "../../base/ids";
import { textIn } from "../../base/names";
import { useMemberNames } from "../../parts/members";
import { Empty, Failure } from "../../parts/small";
import { useWords } from "../../words/words";
import { activeStages, isComputed, stageName, useEngine, useKpis } from "../engine/data";
import { stageViews } from "../engine/stage_views";
import { Complaints } from "./complaints";
import { EntryGrid } from "./entry_grid";
import { KpiSection } from "./kpi_section";
import { useShipped } from "./ship_marks";

function Numbers({ engine, stage, kpis }: { engine: Engine; stage: string; kpis: Kpi[] }) {
  const shipped = useShipped(stage);
  return (
    <>
      {kpis.map((kpi) => (
        <KpiSection key={kpi.name} engine={engine} kpi={kpi} shipped={shipped} />
      ))}
    </>
  );
}

export default function StagePage({ engineId, stageId }: { engineId: string; stageId: string }) {
  const nameOf = useMemberNames();
  const { t, f, language } = useWords();
  const { engine, error, isPending, refetch } = useEngine(engineId);
  const stage = engine && activeStages(engine).find((one) => one.stageId === stageId);
  const numbers = useKpis(engine?.name ?? "");
  const own = engine && stage ? numbers.kpis.filter((kpi) => kpi.stage === stageName(engine, stage)) : [];
  const entered = own.filter((kpi) => !isComputed(kpi));
  if (!engine || !stage) {
    return (
      <Page title={t.nav.engine} className={isPending ? "calm" : "emptyd"}>
        {error ? <Failure error={error} onRetry={() => void refetch()} /> : !isPending && <Empty title={[t.error.hidden]} way={{ href: "/engine", label: t.action.go(t.nav.engine) }} />}
      </Page>
    );
  }
  const name = textIn(stage.displayNames, language);
  const scenario = textIn(stage.scenario, language);
  return (
    <Page
      title={name}
      crumb={{ href: `/engine/${idOf(engine.name)}`, label: t.nav.engine }}
      className="calm"
      views={stageViews(engine, language, stageId)}
    >
      <div className="page">
        <header className="chead">
          <div className="facts">
            <span>{stage.owner ? t.change.owner(nameOf(stage.owner)) : t.change.noOwner}</span>
            {numbers.data && <span>{t.stage.kpis(f.count(own.length))}</span>}
          </div>
          <h2>{name}</h2>
          {scenario && <p className="sub">{scenario}</p>}
        </header>
        {entered.length > 0 && <EntryGrid engine={engine} kpis={entered} />}
        {numbers.error && <Failure error={numbers.error} onRetry={() => void numbers.refetch()} />}
        {numbers.data && !own.length && (
          <section>
            <p className="sub">{t.stage.noKpi}</p>
          </section>
        )}
        <Numbers engine={engine} stage={stageName(engine, stage)} kpis={own} />
        <Complaints stage={stageName(engine, stage)} />
      </div>
    </Page>
  );
}
