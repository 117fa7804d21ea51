// In a list of changes: what each did, in a word. Of one without an effect nothing is said.
import { useWords } from "../../words/words";
import { GLYPHS, TONES } from "./effect_values";
import { useEffectOf } from "./use_effects";

export function EffectMark({ change }: { change: string }) {
  const { t } = useWords();
  const effect = useEffectOf(change);
  if (!effect) return null;
  const tone = TONES[effect.verdict] ?? "info";
  return (
    <span className={`verdict ${tone}`}>
      <i aria-hidden="true">{GLYPHS[tone]}</i>
      {t.effect.verdicts[effect.verdict]}
    </span>
  );
}
