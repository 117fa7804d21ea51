// What customers are told, by language.
import type { Language } from "../../base/settings";

// Those in which everybody writes here; others stay as they came.
export const WRITTEN = ["ko", "en"];

export function languageName(code: string, language: Language): string {
  try {
    return new Intl.DisplayNames([language], { type: "language" }).of(code) ?? code;
  } catch {
    // No language of BCP 47.
    return code;
  }
}

// The language that is shown first.
export function notesOf(notes: Record<string, string>, language: Language): [code: string, note: string][] {
  const first = (code: string) => (code.split("-")[0] === language ? 0 : 1);
  return Object.entries(notes).sort(([one], [other]) => first(one) - first(other) || (one < other ? -1 : 1));
}

// Without those that say nothing.
export function notesWith(notes: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(notes).flatMap(([code, note]) => (note.trim() ? [[code, note.trim()]] : [])));
}
