// The words of the pages, in the language that is shown, and the formats that go with them.
import { useEffect, useMemo, useState } from "react";

import { useSettings, type Language } from "../base/settings";
import { formatBytes, formatChange, formatCount, formatDecimal, formatPercent, formatSigned } from "../format/number";
import { formatAge, formatAgo, formatDate, formatDateTime, formatDuration, formatMoment, formatRange } from "../format/time";
import type { ko } from "./ko";
import type { koPages } from "./ko_pages";

// What both dictionaries have: a word that one of them lacks does not compile.
export type FirstWords = typeof ko;
export type PageWords = typeof koPages;
export type Words = FirstWords & PageWords;

// Each is a script of its own: nobody reads two languages at once, and the first page needs the words of no other.
const FIRST: Record<Language, () => Promise<FirstWords>> = {
  ko: () => import("./ko").then((module) => module.ko),
  en: () => import("./en").then((module) => module.en),
};
const PAGES: Record<Language, () => Promise<PageWords>> = {
  ko: () => import("./ko_pages").then((module) => module.koPages),
  en: () => import("./en_pages").then((module) => module.enPages),
};
const loaded: Partial<Record<Language, Words>> = {};
let pagesWanted = false;

// Sentences for what goes wrong are not needed before something does: they come behind the first page.
const REASONS: Record<Language, () => Promise<Record<string, string>>> = {
  ko: () => import("./reasons_ko").then((module) => module.reasonsKo),
  en: () => import("./reasons_en").then((module) => module.reasonsEn),
};

export async function loadWords(language: Language): Promise<void> {
  if (loaded[language]) return;
  // Those of the pages are added to it; until one of them is opened nobody reads them.
  const words = (await FIRST[language]()) as Words;
  if (pagesWanted) Object.assign(words, await PAGES[language]());
  loaded[language] = words;
  void REASONS[language]().then(
    (reasons) => Object.assign(words.reasons, reasons),
    // Offline: an error is told by its code.
    () => undefined,
  );
}

// The words of every page, in the languages that are loaded and in those that will be.
export async function loadPageWords(): Promise<void> {
  pagesWanted = true;
  await Promise.all((Object.keys(loaded) as Language[]).map(async (language) => Object.assign(loaded[language]!, await PAGES[language]())));
}

type Bound<F> = F extends (language: Language, ...rest: infer Rest) => string ? (...rest: Rest) => string : never;

function formatsOf(language: Language) {
  const bind = <F extends (language: Language, ...rest: never[]) => string>(format: F) =>
    ((...rest: never[]) => format(language, ...rest)) as Bound<F>;
  return {
    count: bind(formatCount),
    percent: bind(formatPercent),
    signed: bind(formatSigned),
    change: bind(formatChange),
    decimal: bind(formatDecimal),
    bytes: bind(formatBytes),
    date: bind(formatDate),
    range: bind(formatRange),
    dateTime: bind(formatDateTime),
    moment: bind(formatMoment),
    age: bind(formatAge),
    ago: bind(formatAgo),
    duration: bind(formatDuration),
  };
}

export type Formats = ReturnType<typeof formatsOf>;

// The language that was chosen, or until its words are there the one before. `loadWords` has been called once.
export function useWords(): { language: Language; t: Words; f: Formats } {
  const { language: chosen } = useSettings();
  const [, setLoads] = useState(0);
  useEffect(() => {
    if (!loaded[chosen]) void loadWords(chosen).then(() => setLoads((count) => count + 1));
  }, [chosen]);
  const language = loaded[chosen] ? chosen : chosen === "ko" ? "en" : "ko";
  return useMemo(() => ({ language, t: loaded[language]!, f: formatsOf(language) }), [language]);
}
