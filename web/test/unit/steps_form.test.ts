import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";

import { ProcessStepSchema, type ProcessStep } from "@protos/dangol/metrics/v1/engine_pb";
import { linesOf, stepsAfter } from "../../src/pages/blueprint/steps_form";

const step = (stepId: string, description: Record<string, string>, owner = `members/${stepId}`) => create(ProcessStepSchema, { stepId, description, owner });
const STEPS = [step("ask", { ko: "묻는다", en: "Ask" }), step("pack", { ko: "싼다", en: "Pack" }), step("send", { en: "Send" })];
// What was typed, as one text.
const after = (lines: string[], steps = STEPS) => stepsAfter(steps, "ko", lines.join("\n"));
const told = (steps: ProcessStep[]) => steps.map(({ stepId, description, owner }) => [stepId, { ...description }, owner]);
const BEFORE = told(STEPS);

test("a step that is described in another language alone has its line", () => {
  expect(linesOf(STEPS, "ko")).toEqual(["묻는다", "싼다", "Send"]);
});

test("a step with a line feed has one line, and stays one step", () => {
  const steps = [step("ask", { ko: "묻는다.\n \r\n다시 묻는다." }), STEPS[1]!];
  expect(linesOf(steps, "ko")).toEqual(["묻는다. 다시 묻는다.", "싼다"]);
  expect(told(after([...linesOf(steps, "ko"), "보낸다"], steps)).slice(0, 2)).toEqual(told(steps));
});

test("a text that was not touched changes nothing", () => {
  expect(after(linesOf(STEPS, "ko"))).toEqual(STEPS);
});

test("a line that is put in is a new step, and all others stay as they are", () => {
  for (const at of [0, 1, 2, 3]) {
    const lines = linesOf(STEPS, "ko");
    lines.splice(at, 0, "확인한다");
    const expected = [...BEFORE];
    expected.splice(at, 0, ["step-4", { ko: "확인한다" }, ""]);
    expect(told(after(lines))).toEqual(expected);
  }
});

test("a line that is taken out takes its step with it, and no other", () => {
  for (const at of [0, 1, 2]) {
    const without = <T>(all: T[]) => all.filter((_, index) => index !== at);
    expect(told(after(without(linesOf(STEPS, "ko"))))).toEqual(without(BEFORE));
  }
  expect(after(["", " "])).toEqual([]);
});

test("a line that is moved takes its step along", () => {
  expect(told(after(["Send", "묻는다", "싼다"]))).toEqual([BEFORE[2], BEFORE[0], BEFORE[1]]);
});

test("a line that is edited changes its step in this language alone", () => {
  expect(told(after(["묻는다", "잘 싼다", "Send"]))).toEqual([BEFORE[0], ["pack", { ko: "잘 싼다", en: "Pack" }, "members/pack"], BEFORE[2]]);
  expect(told(after(["묻는다", "싼다", "보낸다"]))[2]).toEqual(["send", { ko: "보낸다", en: "Send" }, "members/send"]);
  expect(told(STEPS)).toEqual(BEFORE);
});

test("what is edited stays between its neighbours where lines come and go elsewhere", () => {
  const steps = [...STEPS, step("call", { ko: "전화한다" })];
  const edited = told(after(["인사한다", "묻는다", "싼다", "보낸다", "전화한다", "적는다"], steps));
  expect(edited.map(([stepId]) => stepId)).toEqual(["step-5", "ask", "pack", "send", "call", "step-6"]);
});

test("of steps with the same text each is one", () => {
  const steps = [step("first", { ko: "확인한다" }), step("pack", { ko: "싼다" }), step("last", { ko: "확인한다" })];
  expect(told(after(["싼다", "확인한다"], steps))).toEqual(told(steps.slice(1)));
  expect(told(after(["확인한다", "싼다"], steps))).toEqual(told(steps.slice(0, 2)));
});

test("a new step has an id that no step has or had", () => {
  const steps = [step("step-2", { ko: "묻는다" }), step("step-3", { ko: "싼다" })];
  expect(after(["싼다", "보낸다", "적는다"], steps).map(({ stepId }) => stepId)).toEqual(["step-3", "step-4", "step-5"]);
});
