import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";

import { OpeningHoursSchema, Weekday } from "@protos/dangol/tickets/v1/policy_pb";
import { daysOf, hoursOf, hoursText, readDays, readHours, readMinutes, weekOf } from "../../src/pages/settings/policy_form";

const span = (openTime: string, closeTime: string, weekday = Weekday.MONDAY) => create(OpeningHoursSchema, { weekday, openTime, closeTime });

test("hours of a day are written and read back", () => {
  const all = [span("13:00", "18:00"), span("09:00", "12:00"), span("10:00", "14:00", Weekday.SATURDAY)];
  expect(hoursText(all, Weekday.MONDAY)).toBe("09:00-12:00 13:00-18:00");
  expect(hoursText(all, Weekday.SUNDAY)).toBe("");
  const read = readHours("9:00 - 12:00, 13:00~24:00", Weekday.FRIDAY);
  expect(read).toEqual([
    { weekday: Weekday.FRIDAY, openTime: "09:00", closeTime: "12:00" },
    { weekday: Weekday.FRIDAY, openTime: "13:00", closeTime: "24:00" },
  ]);
  for (const typed of ["10-14", "10:00–14:00", "10 ~ 14:00", "10:00 — 14"]) {
    expect(readHours(typed, Weekday.SUNDAY), typed).toEqual([{ weekday: Weekday.SUNDAY, openTime: "10:00", closeTime: "14:00" }]);
  }
  expect(readHours("", Weekday.FRIDAY)).toEqual([]);
});

test("what is no span of a day is refused", () => {
  for (const typed of ["9", "09:00", "9-9", "18-9", "25-26", "18:00-09:00", "09:00-25:00", "09:61-10:00", "all day", "09:00-09:00"]) {
    expect(readHours(typed, Weekday.MONDAY), typed).toBeUndefined();
  }
});

test("hours are days for people, and the same hours again", () => {
  expect(daysOf(168)).toBe("7");
  expect(daysOf(36)).toBe("1.5");
  for (let hours = 1; hours <= 8_760; ++hours) {
    expect(readMinutes(daysOf(hours)), String(hours)).toBeDefined();
    expect(Math.round(Number(daysOf(hours)) * 24)).toBe(hours);
  }
});

test("minutes of work are hours for people", () => {
  expect(hoursOf(540)).toBe("9");
  expect(hoursOf(90)).toBe("1.5");
  expect(readMinutes("1.5")).toBe(90);
  expect(readMinutes("9")).toBe(540);
  for (const typed of ["", "0", "-1", "soon", "9999"]) expect(readMinutes(typed), typed).toBeUndefined();
});

test("days off are days", () => {
  expect(readDays("2026-12-31\n2027-01-02")).toEqual(["2026-12-31", "2027-01-02"]);
  expect(readDays("2026-12-31, 2026-12-31")).toEqual(["2026-12-31"]);
  expect(readDays("")).toEqual([]);
  expect(readDays("31.12.2026")).toBeUndefined();
});

test("days in a row with the same hours are one line of a week", () => {
  const workdays = [1, 2, 3, 4].map((day) => span("09:00", "18:00", day));
  const { MONDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY } = Weekday;
  expect(weekOf([...workdays, span("09:00", "12:00", FRIDAY)])).toEqual([
    { first: MONDAY, last: THURSDAY, hours: "09:00-18:00" },
    { first: FRIDAY, last: FRIDAY, hours: "09:00-12:00" },
    { first: SATURDAY, last: SUNDAY, hours: "" },
  ]);
});
