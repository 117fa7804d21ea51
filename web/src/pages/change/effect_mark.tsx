// What a change did, in a word.
import type { Effect_Verdict } from "@protos/dangol/metrics/v1/effect_pb";
import { Verdict } from "../../parts/small";
import { useWords } from "../../words/words";
import { GLYPHS, toneOf } from "./effect_values";
import { useEffectOf } from "./use_effects";

export function EffectWord({ verdict }: { verdict: Effect_Verdict }) {
  const { t } = useWords();
  const tone = toneOf(verdict);
  return (
    <Verdict tone={tone} glyph={GLYPHS[tone]}>
      {t.effect.verdicts[verdict]}
    </Verdict>
  );
}

// In a list of changes. Of one without an effect nothing is said.
export function EffectMark({ change }: { change: string }) {
  const effect = useEffectOf(change);
  return effect ? <EffectWord verdict={effect.verdict} /> : null;
}
