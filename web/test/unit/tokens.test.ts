// Recomputes the contrast of every pair of colours that the pages use (WCAG 2.1): text 4.5, controls and marks 3.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const css = readFileSync(new URL("../../src/style/tokens.css", import.meta.url), "utf8");

function tokensOf(block: string): Record<string, string> {
  return Object.fromEntries([...block.matchAll(/--([a-z0-9-]+): (#[0-9A-F]{6});/gi)].map(([, name, hex]) => [name!, hex!.toUpperCase()]));
}
function blockOf(start: string): string {
  const from = css.indexOf(start);
  expect(from, start).toBeGreaterThanOrEqual(0);
  return css.slice(from, css.indexOf("}", from));
}

const themes = {
  light: tokensOf(blockOf(":root {")),
  dark: tokensOf(blockOf(':root[data-theme="dark"] {')),
};

function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const channel = parseInt(hex.slice(at, at + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}
function contrast(one: string, other: string): number {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light! + 0.05) / (dark! + 0.05);
}

const GROUNDS = ["bg", "surface", "sunken", "raised", "hover"];
const TEXT: [string, string[]][] = [
  ["text", [...GROUNDS, "selected", "neutral-band", "accent-tint", "bad-tint"]],
  ["text-2", [...GROUNDS, "selected", "neutral-band", "accent-tint", "bad-tint"]],
  ["text-3", [...GROUNDS, "selected"]],
  ["accent", [...GROUNDS, "accent-tint"]],
  ["on-accent", ["accent", "accent-hover"]],
  ["good", ["bg", "surface", "good-tint"]],
  ["bad", ["bg", "surface", "bad-tint"]],
  ["warn", ["bg", "surface", "warn-tint"]],
  ["info", ["bg", "surface", "info-tint"]],
  // The label of a red button.
  ["surface", ["bad"]],
];
const MARKS: [string, string[]][] = [
  ["control", ["bg", "surface"]],
  ["focus", GROUNDS],
  ["dot", ["bg", "surface"]],
  ...[1, 2, 3, 4, 5].map((n): [string, string[]] => [`chart-${n}`, ["bg", "surface"]]),
];

test("the contrast is computed as WCAG does", () => {
  expect(contrast("#FFFFFF", "#000000")).toBeCloseTo(21, 5);
  expect(contrast("#767676", "#FFFFFF")).toBeCloseTo(4.54, 2);
});

for (const [theme, tokens] of Object.entries(themes)) {
  for (const [role, grounds, least] of [...TEXT.map((one) => [...one, 4.5] as const), ...MARKS.map((one) => [...one, 3] as const)]) {
    test.each(grounds)(`${theme}: ${role} on %s reaches ${least}`, (ground) => {
      expect(tokens[role], role).toBeDefined();
      expect(tokens[ground], ground).toBeDefined();
      expect(contrast(tokens[role]!, tokens[ground]!)).toBeGreaterThanOrEqual(least);
    });
  }
}

test("the dark theme is the same whether it was chosen or is the system's", () => {
  expect(tokensOf(blockOf(':root:not([data-theme="light"]) {'))).toEqual(themes.dark);
});
