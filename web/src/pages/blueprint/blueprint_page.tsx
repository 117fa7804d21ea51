// The blueprint: how a stranger becomes a regular, what is done for it in each stage, and who agreed to it.
import "../../style/calm.css";
import "../../style/blueprint.css";

import { useQuery } from "@connectrpc/connect-query";
import { useState } from "react";
import { Link } from "wouter";

import { EngineReadiness_Lack, type Engine, type Stage } from "@protos/dangol/metrics/v1/engine_pb";
import { EngineService } from "@protos/dangol/metrics/v1/engine_service_pb";
import { Page } from "../../app/shell";
import { idOf } from "../../base/ids";
import { textIn } from "../../base/names";
import { mayAt } from "../../base/session";
import { useMemberNames } from "../../parts/members";
import { Failure } from "../../parts/small";
import { useWords } from "../../words/words";
import { ChooseBlueprint } from "../engine/choose_blueprint";
import { activeStages, stageName, useEngine, useKpis } from "../engine/data";
import { Revisions } from "./revisions";
import { StageDialog } from "./stage_dialog";
import { StopCandidates } from "./stop_candidates";

function StageColumn({ engine, stage, lacks }: { engine: Engine; stage: Stage; lacks: EngineReadiness_Lack[] }) {
  const nameOf = useMemberNames();
  const { t, language } = useWords();
  const [editing, setEditing] = useState(false);
  const { kpis } = useKpis(engine.name);
  const own = kpis.filter((kpi) => kpi.stage === stageName(engine, stage));
  return (
    <li className="bp-stage">
      <h3>
        <Link href={`/stage/${idOf(engine.name)}/${stage.stageId}`}>{textIn(stage.displayNames, language)}</Link>
      </h3>
      <p className="meta">{stage.owner ? t.change.owner(nameOf(stage.owner)) : t.change.noOwner}</p>
      <p className="t2 scenario">{textIn(stage.scenario, language)}</p>
      {stage.steps.length > 0 && (
        <>
          <h4>{t.blueprint.steps}</h4>
          <ol className="bp-steps">
            {stage.steps.map((step) => (
              <li key={step.stepId}>
                {textIn(step.description, language)}
                {step.owner && <small> {nameOf(step.owner)}</small>}
              </li>
            ))}
          </ol>
        </>
      )}
      {stage.playbook.length > 0 && (
        <>
          <h4>{t.blueprint.playbook}</h4>
          <dl className="bp-plays">
            {stage.playbook.map((play) => (
              <div key={play.playId}>
                <dt>{textIn(play.situation, language)}</dt>
                <dd>{textIn(play.response, language)}</dd>
              </div>
            ))}
          </dl>
        </>
      )}
      {own.length > 0 && (
        <>
          <h4>{t.blueprint.kpis}</h4>
          <p className="t2">{own.map((kpi) => textIn(kpi.displayNames, language)).join(" · ")}</p>
        </>
      )}
      {lacks.length > 0 && (
        <ul className="lacks">
          {lacks.map((lack) => (
            <li key={lack}>
              <span className="chip warn">{t.blueprint.lack[lack]}</span>
            </li>
          ))}
        </ul>
      )}
      {mayAt("engines.write", stageName(engine, stage)) && (
        <button type="button" className="btn" onClick={() => setEditing(true)}>
          {t.blueprint.edit}
        </button>
      )}
      {editing && <StageDialog engine={engine} stage={stage} onClose={() => setEditing(false)} />}
    </li>
  );
}

function Body({ engine }: { engine: Engine }) {
  const { t, f, language } = useWords();
  const query = useQuery(EngineService.method.getEngineReadiness, { name: engine.name });
  const readiness = query.data;
  const lacksOf = (stage: Stage) => {
    const gaps = readiness?.gaps.filter((gap) => gap.stage === stageName(engine, stage)) ?? [];
    return [...new Set(gaps.map((gap) => gap.lack))];
  };
  const gaps = readiness?.gaps ?? [];
  const lacking = [undefined, ...activeStages(engine)].flatMap((stage) => {
    const own = gaps.filter((gap) => gap.stage === (stage ? stageName(engine, stage) : ""));
    const said = [...new Set(own.map((gap) => gap.lack))].map((lack) => {
      const kpis = own.filter((gap) => gap.lack === lack && gap.kpi).length;
      return kpis ? t.blueprint.lackOf(t.blueprint.lack[lack]!, f.count(kpis)) : t.blueprint.lack[lack];
    });
    return said.length ? [[stage && textIn(stage.displayNames, language), said.join(", ")].filter(Boolean).join(": ")] : [];
  });
  return (
    <div className="page wide-page">
      <header className="chead">
        <p className="meta">{t.revision(f.count(engine.revision))}</p>
        {readiness && <h2>{readiness.ready ? t.blueprint.ready : t.blueprint.notReady(f.count(readiness.gaps.length))}</h2>}
        {query.error && <Failure error={query.error} onRetry={() => void query.refetch()} />}
        <p className="sub">{t.blueprint.text}</p>
        {lacking.length > 0 && <p className="meta lacking">{lacking.join(" · ")}</p>}
      </header>
      <ol className="bp-stages" style={{ "--stages": activeStages(engine).length }}>
        {activeStages(engine).map((stage) => (
          <StageColumn key={stage.stageId} engine={engine} stage={stage} lacks={lacksOf(stage)} />
        ))}
      </ol>
      <StopCandidates engine={engine} />
      <Revisions engine={engine} />
    </div>
  );
}

export default function BlueprintPage({ id }: { id?: string | undefined }) {
  const { t, language } = useWords();
  const { engine, error, isPending, refetch } = useEngine(id);
  const empty = !engine && !isPending && !error;
  return (
    <Page title={engine ? textIn(engine.displayNames, language) : t.nav.blueprint} {...(engine && { crumb: { href: "/blueprint", label: t.nav.blueprint } })} className={empty ? "emptyd" : "calm"}>
      {engine ? <Body engine={engine} /> : empty ? <ChooseBlueprint /> : <div className="page">{error && <Failure error={error} onRetry={() => void refetch()} />}</div>}
    </Page>
  );
}
