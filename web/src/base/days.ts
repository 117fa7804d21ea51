// Days of a calendar, such as 2026-11-24, in the zone of an engine.

export type Day = string;
export type PeriodLength = "day" | "week" | "month";

export function dayIn(zone: string, at: Date): Day {
  // By its parts: no locale has this order everywhere.
  const parts = new Intl.DateTimeFormat("en", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" }).formatToParts(at);
  const part = (type: string) => parts.find((one) => one.type === type)!.value;
  return `${part("year")}-${part("month")}-${part("day")}`;
}

// By the clock of this device.
export function dayHere(at: Date): Day {
  return dayIn(Intl.DateTimeFormat().resolvedOptions().timeZone, at);
}

// So many days up to one, that one included.
export function daysUntil(last: Day, count: number): Day[] {
  return daysBetween(addDays(last, 1 - count), last);
}

export function addDays(day: Day, count: number): Day {
  return new Date(Date.parse(day) + count * 86_400_000).toISOString().slice(0, 10);
}

export function addMonths(day: Day, count: number): Day {
  const at = new Date(Date.parse(day));
  return new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + count, 1)).toISOString().slice(0, 10);
}

export function daysBetween(first: Day, last: Day): Day[] {
  const days = [];
  for (let day = first; day <= last; day = addDays(day, 1)) days.push(day);
  return days;
}

// A day some periods before or after.
export function addPeriods(day: Day, length: PeriodLength, count: number): Day {
  if (length === "month") return addMonths(day, count);
  return addDays(day, count * (length === "week" ? 7 : 1));
}

// How a time stands by when something is due; what is due on the day that is shown is due today.
export function dueBy(due: Date, now: Date): "over" | "today" | undefined {
  if (due < now) return "over";
  return dayHere(due) === dayHere(now) ? "today" : undefined;
}

// What is due on a day is due by its end.
export function endOf(day: Day): Date {
  return new Date(`${day}T23:59:59`);
}

// For formats: the day as a time that is on it in every zone.
export function noonOf(day: Day): Date {
  return new Date(`${day}T12:00:00Z`);
}
