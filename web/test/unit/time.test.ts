import { expect, test } from "vitest";

import { dateOf, formatAge, formatAgo, formatDate, formatDateTime, formatDuration, formatMoment, formatRange } from "../../src/format/time";

const zone = "Asia/Seoul";
const now = new Date("2026-11-28T14:00:00Z"); // 23:00 in Seoul
const at = new Date("2026-11-27T00:12:00Z"); // 09:12 in Seoul, a Friday

test("a date of this year has no year", () => {
  expect(formatDate("ko", at, now, zone)).toBe("11월 27일");
  expect(formatDate("en", at, now, zone)).toBe("27 Nov");
});

test("days from one to another name the month once, unless it ends between them", () => {
  const day = (text: string) => new Date(`${text}T03:00:00Z`);
  expect(formatRange("ko", day("2026-11-23"), day("2026-11-29"), now, zone)).toBe("11월 23~29일");
  expect(formatRange("en", day("2026-11-23"), day("2026-11-29"), now, zone)).toBe("23–29 Nov");
  expect(formatRange("ko", day("2026-11-30"), day("2026-12-06"), now, zone)).toBe("11월 30일~12월 6일");
  expect(formatRange("en", day("2026-11-30"), day("2026-12-06"), now, zone)).toBe("30 Nov – 6 Dec");
  expect(formatRange("en", day("2025-12-29"), day("2026-01-04"), now, zone)).toBe("29 Dec 2025 – 4 Jan");
  expect(formatRange("ko", day("2026-11-23"), day("2026-11-23"), now, zone)).toBe("11월 23일");
});

test("a date of another year says which", () => {
  const then = new Date("2023-07-21T00:00:00Z");
  expect(formatDate("ko", then, now, zone)).toBe("2023년 7월 21일");
  expect(formatDate("en", then, now, zone)).toBe("21 Jul 2023");
});

test("the zone decides which day it is", () => {
  const late = new Date("2025-12-31T15:30:00Z");
  expect(formatDate("en", late, now, zone)).toBe("1 Jan");
  expect(formatDate("en", late, now, "UTC")).toBe("31 Dec 2025");
});

test("a date with its time has the weekday", () => {
  expect(formatDateTime("ko", at, now, zone)).toBe("11월 27일 (금) 09:12");
  expect(formatDateTime("en", at, now, zone)).toBe("Fri 27 Nov, 09:12");
});

test("midnight is 00:00", () => {
  expect(formatDateTime("en", new Date("2026-11-27T15:00:00Z"), now, zone)).toBe("Sat 28 Nov, 00:00");
});

test("a moment of today is its hour, of another day the day", () => {
  expect(formatMoment("ko", new Date("2026-11-28T00:13:00Z"), now, zone)).toBe("09:13");
  expect(formatMoment("ko", at, now, zone)).toBe("11월 27일");
});

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

test.each([
  [-5_000, "방금", "now"],
  [59_000, "방금", "now"],
  [MINUTE, "1분", "1 min"],
  [4 * HOUR + 59 * MINUTE, "4시간", "4 h"],
  [25 * HOUR, "1일", "1 d"],
  [365 * DAY, "365일", "365 d"],
  [3.5 * 365.25 * DAY, "3년", "3 y"],
])("an age of %d ms", (millis, ko, en) => {
  expect(formatAge("ko", millis)).toBe(ko);
  expect(formatAge("en", millis)).toBe(en);
});

test.each([
  [30_000, "1분 안", "under a minute"],
  [49 * MINUTE, "49분", "49 minutes"],
  [DAY, "1일", "1 day"],
  [37 * DAY, "37일", "37 days"],
])("a duration of %d ms", (millis, ko, en) => {
  expect(formatDuration("ko", millis)).toBe(ko);
  expect(formatDuration("en", millis)).toBe(en);
});

test("how long ago something was, in seconds at first", () => {
  expect(formatAgo("ko", 12_400)).toBe("12초 전");
  expect(formatAgo("en", -50)).toBe("just now");
  expect(formatAgo("ko", 999)).toBe("방금");
  expect(formatAgo("en", 1_000)).toBe("1 s ago");
  expect(formatAgo("en", 3 * HOUR)).toBe("3 h ago");
  expect(formatAgo("ko", 5 * MINUTE)).toBe("5분 전");
});

test("a missing time is no date", () => {
  expect(dateOf(undefined)).toBeUndefined();
  expect(dateOf({ $typeName: "google.protobuf.Timestamp", seconds: 1n, nanos: 500_000_000 })?.getTime()).toBe(1_500);
});
