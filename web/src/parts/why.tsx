// Where figures come from, in a sentence, for those that no table of their own explains.
import { useWords } from "../words/words";

export function Why({ text }: { text: string }) {
  const { t } = useWords();
  return (
    <details className="why-note">
      <summary>{t.why.ask}</summary>
      <p>{text}</p>
    </details>
  );
}
