import { expect, test } from "vitest";

import { keyCap, keyOf, type Pressed } from "../../src/base/keys";

function press(key: string, code: string, more: Partial<Pressed> = {}): string {
  return keyOf({ key, code, shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, ...more });
}

test("a Latin letter is itself", () => {
  expect(press("j", "KeyJ")).toBe("j");
  expect(press("J", "KeyJ", { shiftKey: true })).toBe("shift+j");
});

test("with the Korean input method on, the key decides that has the letter", () => {
  expect(press("ㅓ", "KeyJ")).toBe("j");
  expect(press("ㅏ", "KeyK")).toBe("k");
  expect(press("ㅁ", "KeyA")).toBe("a");
  expect(press("ㅃ", "KeyQ", { shiftKey: true })).toBe("shift+q");
  expect(press("Process", "KeyD")).toBe("d");
});

test("another layout's letter wins over the place of the key", () => {
  expect(press("j", "KeyC")).toBe("j");
});

test("signs work in both modes", () => {
  expect(press("?", "Slash", { shiftKey: true })).toBe("?");
  expect(press("*", "Digit8", { shiftKey: true })).toBe("*");
  expect(press("/", "Slash")).toBe("/");
  expect(press("Process", "Slash", { shiftKey: true })).toBe("?");
  expect(press("Process", "Comma")).toBe(",");
});

test("Ctrl and ⌘ are the same", () => {
  expect(press("k", "KeyK", { ctrlKey: true })).toBe("ctrl+k");
  expect(press("ㅏ", "KeyK", { metaKey: true })).toBe("ctrl+k");
});

test("a modifier alone, and Alt, are nothing", () => {
  expect(press("Shift", "ShiftLeft", { shiftKey: true })).toBe("");
  expect(press("HangulMode", "Lang1")).toBe("");
  expect(press("a", "KeyA", { altKey: true })).toBe("");
});

test("named keys keep their names", () => {
  expect(press("Enter", "Enter")).toBe("enter");
  expect(press("ArrowDown", "ArrowDown", { shiftKey: true })).toBe("shift+arrowdown");
  expect(press(" ", "Space")).toBe("space");
  expect(press("1", "Numpad1")).toBe("1");
});

test("a cap says the key", () => {
  expect(keyCap("a")).toBe("a");
  expect(keyCap("ctrl+k")).toBe("Ctrl K");
  expect(keyCap("g i")).toBe("g i");
  expect(keyCap("*")).toBe("*");
});
