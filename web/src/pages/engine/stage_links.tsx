import { Link } from "wouter";

import type { Engine } from "@protos/dangol/metrics/v1/engine_pb";
import { idOf } from "../../base/ids";
import { textIn } from "../../base/names";
import { useWords } from "../../words/words";
import { activeStages } from "./data";

// The stages in their order, for lists.
export function StageLinks({ engine, current }: { engine: Engine; current?: string }) {
  const { language } = useWords();
  return (
    <>
      {activeStages(engine).map((stage) => (
        <li key={stage.stageId}>
          <Link
            className={stage.stageId === current ? "sub on" : "sub"}
            aria-current={stage.stageId === current ? "true" : undefined}
            href={`/stage/${idOf(engine.name)}/${stage.stageId}`}
          >
            <span>{textIn(stage.displayNames, language)}</span>
          </Link>
        </li>
      ))}
    </>
  );
}
