// What people do here and nothing speaks for. Whether it is left is for them to decide.
import { useQuery } from "@connectrpc/connect-query";
import { Link } from "wouter";

import type { Engine } from "@protos/dangol/metrics/v1/engine_pb";
import { EngineService } from "@protos/dangol/metrics/v1/engine_service_pb";
import { failureOf } from "../../base/api";
import { idOf } from "../../base/ids";
import { textIn } from "../../base/names";
import { dateOf } from "../../format/time";
import { Failure } from "../../parts/small";
import { useWords } from "../../words/words";
import { EffectMark } from "../change/effect_mark";
import { stageName } from "../engine/data";

export function StopCandidates({ engine }: { engine: Engine }) {
  const { t, f, language } = useWords();
  const query = useQuery(EngineService.method.getStopCandidates, { engine: engine.name });
  if (failureOf(query)) return <Failure error={query.error} onRetry={() => void query.refetch()} />;
  const { changes = [], steps = [] } = query.data ?? {};
  if (!changes.length && !steps.length) return null;
  const nameOf = (name: string) => {
    const stage = engine.stages.find((one) => stageName(engine, one) === name);
    return stage ? textIn(stage.displayNames, language) : "";
  };
  return (
    <section>
      <h3>{t.blueprint.stop}</h3>
      <p className="sub">{t.blueprint.stopText}</p>
      <ul className="stop">
        {changes.map(({ change, title, shipTime }) => {
          const shipped = dateOf(shipTime);
          return (
            <li key={change}>
              <span className="t3">{shipped && t.change.shippedOn(f.date(shipped))}</span>
              <Link href={`/changes/${idOf(change)}`}>{title || idOf(change)}</Link>
              <EffectMark change={change} />
            </li>
          );
        })}
        {steps.map(({ stage, stepId, description }) => (
          <li key={stage + stepId}>
            <span className="t3">{nameOf(stage)}</span>
            <span>{textIn(description, language)}</span>
            <span className="t3">{t.blueprint.uncited}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
