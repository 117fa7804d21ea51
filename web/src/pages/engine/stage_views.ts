// The engine and its stages in their order, below the engine in the menu.
import type { Engine } from "@protos/dangol/metrics/v1/engine_pb";
import type { PageView } from "../../app/shell";
import { idOf } from "../../base/ids";
import { textIn } from "../../base/names";
import type { Language } from "../../base/settings";
import { activeStages } from "./data";

// Without `current` the engine itself is shown.
export function stageViews(engine: Engine, language: Language, current?: string): PageView[] {
  const id = idOf(engine.name);
  const stages = activeStages(engine).map((stage) => ({
    path: `/stage/${id}/${stage.stageId}`,
    label: textIn(stage.displayNames, language),
    here: stage.stageId === current,
  }));
  return [{ path: `/engine/${id}`, label: textIn(engine.displayNames, language), here: current === undefined }, ...stages];
}
