// Texts that a resource has in several languages.
import type { Language } from "./settings";

export function textIn(texts: Record<string, string>, language: Language): string {
  return texts[language] ?? texts.en ?? texts.ko ?? Object.values(texts)[0] ?? "";
}
