import { expect, test } from "vitest";

import { bottleneckOf, effortElsewhere, type Reached } from "../../src/pages/engine/bottleneck";

const stage = (name: string, value: number, target: number, counted = true): Reached => ({ stage: name, value, target, counted });
const SHOP = [stage("apply", 414, 400), stage("experience", 325, 312), stage("decision", 80, 94), stage("regular", 49, 56)];

test("the bottleneck is where most is lost on the way from the stage before, not what is furthest below its target", () => {
  const neck = bottleneckOf(SHOP)!;
  expect([neck.stage, neck.before]).toEqual(["decision", "experience"]);
  expect(neck.short).toBeCloseTo(1 - 80 / 94 / (325 / 312), 6);
  // Regulars are 12.5 % short, but no more than those who decided.
  expect(bottleneckOf([stage("a", 100, 100), stage("b", 50, 100), stage("c", 45, 100)])!.stage).toBe("b");
});

test("it is the less sure the fewer were counted, and the same at each look", () => {
  const many = bottleneckOf(SHOP.map((one) => ({ ...one, value: one.value * 100, target: one.target * 100 })))!;
  const few = bottleneckOf(SHOP.map((one) => ({ ...one, value: one.value / 10, target: one.target / 10 })))!;
  expect(many.probability).toBeGreaterThan(0.99);
  expect(few.probability).toBeLessThan(0.8);
  expect(few.probability).toBeGreaterThan(0.3);
  expect(bottleneckOf(SHOP)).toEqual(bottleneckOf(SHOP));
  expect(bottleneckOf(SHOP.map((one) => ({ ...one, counted: false })))!.probability).toBe(1);
});

test("where nothing is short by a twentieth, or too little is known, nothing is said", () => {
  expect(bottleneckOf([stage("a", 100, 100), stage("b", 96, 100)])).toBeUndefined();
  expect(bottleneckOf([stage("a", 50, 100)])).toBeUndefined();
  expect(bottleneckOf([stage("a", 100, 100), stage("b", 50, 0)])).toBeUndefined();
  expect(bottleneckOf([stage("a", 100, 100), stage("b", 0, 100)])!.stage).toBe("b");
  expect(bottleneckOf([stage("a", 50, 100), stage("b", 50, 100)])!.before).toBeUndefined();
});

test("work is counted by its effort, and as one where nobody estimated it", () => {
  const change = (of: string, effortPercent?: number) => ({ stage: of, ...(effortPercent !== undefined && { estimate: { effortPercent } }) });
  expect(effortElsewhere([change("here", 300), change("there"), change("")], "here")).toBeCloseTo(0.4);
  expect(effortElsewhere([change("here")], "here")).toBe(0);
  expect(effortElsewhere([], "here")).toBeUndefined();
});
