// The stages of all engines, as people call them.
import { useQuery } from "@connectrpc/connect-query";

import { EngineService } from "@protos/dangol/metrics/v1/engine_service_pb";
import { idOf } from "../base/ids";
import { textIn } from "../base/names";
import { useWords } from "../words/words";

const ENGINES_MAX = 100;

export function useStages() {
  const { language } = useWords();
  const { data } = useQuery(EngineService.method.listEngines, { pageSize: ENGINES_MAX });
  const stages = (data?.engines ?? []).flatMap((engine) =>
    engine.stages
      .filter((stage) => !stage.retired)
      .map((stage) => ({ value: `${engine.name}/stages/${stage.stageId}`, label: textIn(stage.displayNames, language) })),
  );
  // `engines/shop/stages/decision` → 결정
  const nameOf = (name: string) => stages.find((stage) => stage.value === name)?.label ?? idOf(name);
  return { stages, nameOf };
}
