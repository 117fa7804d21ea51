// The steps of a stage as lines of text: how they are shown, and what becomes of them when the lines are edited.
import { clone, create } from "@bufbuild/protobuf";

import { ProcessStepSchema, type ProcessStep } from "@protos/dangol/metrics/v1/engine_pb";
import { textIn } from "../../base/names";
import type { Language } from "../../base/settings";

// Which step a line is of; undefined: it is of none.
type Places = (number | undefined)[];

// In the language of the page, or in another where there is no text in it.
export function linesOf(steps: ProcessStep[], language: Language): string[] {
  return steps.map((step) => textIn(step.description, language).replace(/\s*[\r\n]+\s*/g, " ").trim());
}

// A step keeps its id, its owner and its texts in other languages. Lines that were not edited change nothing.
export function stepsAfter(steps: ProcessStep[], language: Language, typed: string): ProcessStep[] {
  const before = linesOf(steps, language);
  if (typed === before.join("\n")) return steps;
  const lines = typed.split("\n").map((line) => line.trim()).filter(Boolean);
  const places = placesOf(lines, before);
  const taken = new Set(steps.map((step) => step.stepId));
  return lines.map((line, index) => {
    const at = places[index];
    if (at !== undefined && before[at] === line) return steps[at]!;
    const step = at === undefined ? create(ProcessStepSchema, { stepId: freeId(taken) }) : clone(ProcessStepSchema, steps[at]!);
    step.description[language] = line;
    return step;
  });
}

// By equal text first; what is left, in order between the same neighbours.
function placesOf(lines: string[], before: string[]): Places {
  const places = equalPlaces(lines, before);
  const kept: Places = before.map((_, at) => (places.includes(at) ? at : undefined));
  const left = new Map<string, number[]>();
  before.forEach((_, at) => {
    if (kept[at] === undefined) left.set(gapOf(kept, at), [...(left.get(gapOf(kept, at)) ?? []), at]);
  });
  return places.map((at, index) => at ?? left.get(gapOf(places, index))?.shift());
}

function equalPlaces(lines: string[], before: string[]): Places {
  const places: Places = [];
  let last = -1;
  for (const line of lines) {
    const free = [...before.keys()].filter((at) => before[at] === line && !places.includes(at));
    // Of steps with the same text the next one; a line that was moved up is behind.
    const at = free.find((one) => one > last) ?? free[0];
    places.push(at);
    last = at ?? last;
  }
  return places;
}

function gapOf(places: Places, index: number): string {
  const isKnown = (at: number | undefined) => at !== undefined;
  return `${places.slice(0, index).reverse().find(isKnown)} ${places.slice(index + 1).find(isKnown)}`;
}

function freeId(taken: Set<string>): string {
  for (let number = taken.size + 1; ; ++number) {
    const id = `step-${number}`;
    if (!taken.has(id)) {
      taken.add(id);
      return id;
    }
  }
}
