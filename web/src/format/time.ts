// Times as they are read in both languages, in the computer's zone unless another is given.
import { timestampMs, type Timestamp } from "@bufbuild/protobuf/wkt";

import type { Language } from "../base/settings";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

type Part = Intl.DateTimeFormatPartTypes;

function partsOf(at: Date, zone: string | undefined): Record<Part, string> {
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    year: "numeric",
    month: "numeric",
    day: "numeric",
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
    hour12: false,
  }).formatToParts(at);
  return Object.fromEntries(parts.map((part) => [part.type, part.value])) as Record<Part, string>;
}

const WEEKDAYS: Record<string, string> = { Mon: "월", Tue: "화", Wed: "수", Thu: "목", Fri: "금", Sat: "토", Sun: "일" };
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

// 11월 28일 · 28 Nov; of another year 2025년 11월 28일 · 28 Nov 2025
export function formatDate(language: Language, at: Date, now = new Date(), zone?: string): string {
  const part = partsOf(at, zone);
  const sameYear = part.year === partsOf(now, zone).year;
  if (language === "ko") return `${sameYear ? "" : `${part.year}년 `}${Number(part.month)}월 ${Number(part.day)}일`;
  return `${Number(part.day)} ${MONTHS[Number(part.month) - 1]}${sameYear ? "" : ` ${part.year}`}`;
}

// 11월 23~29일 · 23–29 Nov; over the end of a month 11월 30일~12월 6일 · 30 Nov – 6 Dec; one day as a date
export function formatRange(language: Language, first: Date, last: Date, now = new Date(), zone?: string): string {
  const from = partsOf(first, zone);
  const to = partsOf(last, zone);
  const end = formatDate(language, last, now, zone);
  if (from.year !== to.year || from.month !== to.month) {
    return formatDate(language, first, now, zone) + (language === "ko" ? "~" : " – ") + end;
  }
  if (from.day === to.day) return end;
  if (language === "en") return `${Number(from.day)}–${end}`;
  return formatDate(language, first, now, zone).replace(/일$/, "") + `~${Number(to.day)}일`;
}

// 11월 28일 (토) 09:12 · Sat 28 Nov, 09:12
export function formatDateTime(language: Language, at: Date, now = new Date(), zone?: string): string {
  const part = partsOf(at, zone);
  const date = formatDate(language, at, now, zone);
  const time = `${part.hour}:${part.minute}`;
  return language === "ko" ? `${date} (${WEEKDAYS[part.weekday]}) ${time}` : `${part.weekday} ${date}, ${time}`;
}

// Within a day the hour, else the day.
export function formatMoment(language: Language, at: Date, now = new Date(), zone?: string): string {
  const part = partsOf(at, zone);
  const today = partsOf(now, zone);
  const isToday = part.year === today.year && part.month === today.month && part.day === today.day;
  return isToday ? `${part.hour}:${part.minute}` : formatDate(language, at, now, zone);
}

const UNITS: [number, string, string][] = [
  [365.25 * DAY, "년", "y"],
  [DAY, "일", "d"],
  [HOUR, "시간", "h"],
  [MINUTE, "분", "min"],
];

// In the largest whole unit, without a word: 4시간 · 4 h. Below a minute: 방금 · now.
export function formatAge(language: Language, millis: number): string {
  const unit = UNITS.find(([size]) => millis >= size);
  if (!unit) return language === "ko" ? "방금" : "now";
  const count = Math.floor(millis / unit[0]);
  return language === "ko" ? `${count}${unit[1]}` : `${count} ${unit[2]}`;
}

// How long something took: 49분, 14시간, 37일 · 49 minutes, 14 hours, 37 days. Below a minute: 1분 안 · under a minute.
export function formatDuration(language: Language, millis: number): string {
  const unit = UNITS.find(([size]) => millis >= size);
  if (!unit) return language === "ko" ? "1분 안" : "under a minute";
  const count = Math.floor(millis / unit[0]);
  if (language === "ko") return `${count}${unit[1]}`;
  const words: Record<string, string> = { y: "year", d: "day", h: "hour", min: "minute" };
  return `${count} ${words[unit[2]]}${count === 1 ? "" : "s"}`;
}

// 방금, 12초 전 · just now, 12 s ago
export function formatAgo(language: Language, millis: number): string {
  if (millis < MINUTE) {
    const seconds = Math.max(0, Math.floor(millis / 1000));
    if (!seconds) return language === "ko" ? "방금" : "just now";
    return language === "ko" ? `${seconds}초 전` : `${seconds} s ago`;
  }
  return language === "ko" ? `${formatAge(language, millis)} 전` : `${formatAge(language, millis)} ago`;
}

export function dateOf(time: Timestamp | undefined): Date | undefined {
  return time && new Date(timestampMs(time));
}
