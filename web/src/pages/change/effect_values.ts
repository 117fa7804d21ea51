// What the effect of a change says, as numbers that are shown.
import { Effect_Verdict, type EffectLook } from "@protos/dangol/metrics/v1/effect_pb";

// 0.62 → −0.38: so much more than before.
export function changeOf(ratio: number): number {
  return ratio - 1;
}

export type Tone = "good" | "bad" | "text2" | "info";

export const TONES: Record<Effect_Verdict, Tone> = {
  [Effect_Verdict.VERDICT_UNSPECIFIED]: "info",
  [Effect_Verdict.TOO_EARLY]: "info",
  [Effect_Verdict.IMPROVED]: "good",
  [Effect_Verdict.WORSENED]: "bad",
  [Effect_Verdict.NO_DETECTABLE_EFFECT]: "text2",
  [Effect_Verdict.INCONCLUSIVE]: "info",
};

// A verdict that this version does not know is none yet.
export function toneOf(verdict: Effect_Verdict): Tone {
  return TONES[verdict] ?? "info";
}

export const GLYPHS: Record<Tone, string> = { good: "▲", bad: "▼", text2: "＝", info: "…" };

// From −100 % to +100 % of what it was before; what lies outside stands at the edge.
export function placeOf(change: number): number {
  return (Math.min(Math.max(change, -1), 1) + 1) / 2;
}

// Whether every look from then on said the same.
export function heldSince(looks: EffectLook[], known: EffectLook): boolean {
  return looks.slice(looks.indexOf(known)).every((look) => look.verdict === known.verdict);
}

// The looks as rows of a table.
export function lookRows(looks: EffectLook[], head: string[], verdicts: Record<number, string>): string[][] {
  const number = (value: number) => String(Math.round(value * 1000) / 1000);
  return [
    head,
    ...looks.map((look) => [look.day, String(look.complaints), number(look.expected), number(look.ratio), number(look.ratioLow), number(look.ratioHigh), verdicts[look.verdict] ?? ""]),
  ];
}
