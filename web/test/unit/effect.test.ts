import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";

import { Effect_Verdict, EffectLookSchema } from "@protos/dangol/metrics/v1/effect_pb";
import { changeOf, heldSince, lookRows, placeOf, TONES } from "../../src/pages/change/effect_values";

test("a ratio is so much more or less than before", () => {
  expect(changeOf(0.62)).toBeCloseTo(-0.38);
  expect(changeOf(1)).toBe(0);
});

test("what is as before stands in the middle, and what is off the scale at its edge", () => {
  expect(placeOf(0)).toBe(0.5);
  expect(placeOf(-1)).toBe(0);
  expect(placeOf(7)).toBe(1);
});

test("only fewer and more complaints have the colours of good and bad", () => {
  const coloured = Object.entries(TONES).filter(([, tone]) => tone === "good" || tone === "bad");
  expect(coloured.map(([verdict]) => Number(verdict))).toEqual([Effect_Verdict.IMPROVED, Effect_Verdict.WORSENED]);
});

test("looks are rows", () => {
  const look = create(EffectLookSchema, { day: "2026-11-24", complaints: 5n, expected: 12.3456, ratio: 0.4, ratioLow: 0.2, ratioHigh: 0.8, verdict: Effect_Verdict.IMPROVED });
  expect(lookRows([look], ["h"], { [Effect_Verdict.IMPROVED]: "better" })).toEqual([["h"], ["2026-11-24", "5", "12.346", "0.4", "0.2", "0.8", "better"]]);
});

test("a verdict has held where every look since said the same", () => {
  const looks = [Effect_Verdict.TOO_EARLY, Effect_Verdict.IMPROVED, Effect_Verdict.IMPROVED].map((verdict) => create(EffectLookSchema, { verdict }));
  expect(heldSince(looks, looks[1]!)).toBe(true);
  expect(heldSince([...looks, create(EffectLookSchema, { verdict: Effect_Verdict.INCONCLUSIVE })], looks[1]!)).toBe(false);
});
