// The words of the pages, in both languages, and the formats that go with them.
import { useMemo } from "react";

import { useSettings, type Language } from "../base/settings";
import { formatBytes, formatCount, formatDecimal, formatPercent, formatSigned } from "../format/number";
import { formatAge, formatAgo, formatDate, formatDateTime, formatDuration, formatMoment } from "../format/time";
import { en } from "./en";
import { ko } from "./ko";

// What both dictionaries have: a word that one of them lacks does not compile.
export type Words = typeof ko;

const dictionaries: Record<Language, Words> = { ko, en };

type Bound<F> = F extends (language: Language, ...rest: infer Rest) => string ? (...rest: Rest) => string : never;

function formatsOf(language: Language) {
  const bind = <F extends (language: Language, ...rest: never[]) => string>(format: F) =>
    ((...rest: never[]) => format(language, ...rest)) as Bound<F>;
  return {
    count: bind(formatCount),
    percent: bind(formatPercent),
    signed: bind(formatSigned),
    decimal: bind(formatDecimal),
    bytes: bind(formatBytes),
    date: bind(formatDate),
    dateTime: bind(formatDateTime),
    moment: bind(formatMoment),
    age: bind(formatAge),
    ago: bind(formatAgo),
    duration: bind(formatDuration),
  };
}

export type Formats = ReturnType<typeof formatsOf>;

export function wordsOf(language: Language): Words {
  return dictionaries[language];
}

export function useWords(): { language: Language; t: Words; f: Formats } {
  const { language } = useSettings();
  return useMemo(() => ({ language, t: dictionaries[language], f: formatsOf(language) }), [language]);
}
