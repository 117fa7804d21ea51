// The triage policy as people type it, and back.
import type { MessageInitShape } from "@bufbuild/protobuf";

import { OpeningHoursSchema, Weekday, type OpeningHours, type ResponseTimes } from "@protos/dangol/tickets/v1/policy_pb";
import { Ticket_Severity } from "@protos/dangol/tickets/v1/ticket_pb";

export const WEEKDAYS = [Weekday.MONDAY, Weekday.TUESDAY, Weekday.WEDNESDAY, Weekday.THURSDAY, Weekday.FRIDAY, Weekday.SATURDAY, Weekday.SUNDAY];
// What presses most comes first.
export const SEVERITIES = [Ticket_Severity.CRITICAL, Ticket_Severity.HIGH, Ticket_Severity.NORMAL, Ticket_Severity.LOW];

// 09:00-12:00 13:00-18:00; empty: nobody works.
export function hoursText(all: OpeningHours[], weekday: Weekday): string {
  return all
    .filter((one) => one.weekday === weekday)
    .map((one) => `${one.openTime}-${one.closeTime}`)
    .sort()
    .join(" ");
}

// Days in a row with the same hours, as one: Monday to Friday.
export function weekOf(all: OpeningHours[]): { first: Weekday; last: Weekday; hours: string }[] {
  const week: { first: Weekday; last: Weekday; hours: string }[] = [];
  for (const day of WEEKDAYS) {
    const hours = hoursText(all, day);
    const before = week[week.length - 1];
    if (before?.hours === hours) before.last = day;
    else week.push({ first: day, last: day, hours });
  }
  return week;
}

// 09:00-18:00, and what is as clear: 9-18, 9:00–18:00, 09:00 ~ 18:00.
const TO = /\s*[-–—~〜∼]\s*/;
const SPAN = new RegExp(`^(\\d{1,2}(?::\\d\\d)?)${TO.source}(\\d{1,2}(?::\\d\\d)?)$`);

function clock(text: string): string | undefined {
  const [hours = 0, minutes = 0] = text.split(":").map(Number);
  const fits = minutes < 60 && (hours < 24 || (hours === 24 && minutes === 0));
  return fits ? `${String(hours).padStart(2, "0")}:${String(minutes).padStart(2, "0")}` : undefined;
}

// undefined: it does not say hours of a day.
export function readHours(typed: string, weekday: Weekday): MessageInitShape<typeof OpeningHoursSchema>[] | undefined {
  const spans = typed.replace(new RegExp(TO, "g"), "-").split(/[\s,]+/).filter(Boolean);
  const hours = [];
  for (const span of spans) {
    const [, open, close] = SPAN.exec(span) ?? [];
    const openTime = open && clock(open);
    const closeTime = close && clock(close);
    if (!openTime || !closeTime || openTime >= closeTime) return undefined;
    hours.push({ weekday, openTime, closeTime });
  }
  return hours;
}

// Minutes of work as hours: 540 → 9, 90 → 1.5
export function hoursOf(minutes: number): string {
  return String(Math.round((minutes / 60) * 100) / 100);
}

// Hours as days: 168 → 7, 100 → 4.17, which is 100 hours again.
export function daysOf(hours: number): string {
  return String(Math.round((hours / 24) * 100) / 100);
}

// undefined: no hours, or none that a policy takes.
export function readMinutes(typed: string): number | undefined {
  const text = typed.trim().replace(",", ".");
  if (!/^\d{1,4}(\.\d{1,2})?$/.test(text)) return undefined;
  const minutes = Math.round(Number(text) * 60);
  return minutes >= 1 && minutes <= 525_600 ? minutes : undefined;
}

export function timesOf(all: ResponseTimes[], severity: Ticket_Severity): ResponseTimes | undefined {
  return all.find((one) => one.severity === severity);
}

// One line a day: 2026-12-31; each once. undefined: a line is no day.
export function readDays(typed: string): string[] | undefined {
  const days = typed.split(/[\s,]+/).filter(Boolean);
  return days.every((day) => /^\d{4}-\d\d-\d\d$/.test(day) && !Number.isNaN(Date.parse(day))) ? [...new Set(days)] : undefined;
}
