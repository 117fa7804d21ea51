// Texts that a resource has in several languages.
import type { Language } from "./settings";

// A short name as it is read: cold-chain → Cold chain.
export function nameOfSlug(slug: string): string {
  const words = slug.replace(/[-_]+/g, " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export function textIn(texts: Record<string, string>, language: Language): string {
  return texts[language] ?? texts.en ?? texts.ko ?? Object.values(texts)[0] ?? "";
}
