import { expect, test } from "vitest";

import { formatBytes, formatChange, formatCount, formatDecimal, formatPercent, formatSigned } from "../../src/format/number";

test("a count below 10,000 is never shortened", () => {
  expect(formatCount("ko", 0)).toBe("0");
  expect(formatCount("ko", 9_999)).toBe("9,999");
  expect(formatCount("en", 9_999n)).toBe("9,999");
});

test("a large count is in 만 and 억 in Korean, and in millions in English", () => {
  expect(formatCount("ko", 12_000)).toBe("1.2만");
  expect(formatCount("ko", 20_000)).toBe("2만");
  expect(formatCount("ko", 3_456_789)).toBe("346만");
  expect(formatCount("ko", 123_456_789)).toBe("1.2억");
  expect(formatCount("en", 12_345)).toBe("12,345");
  expect(formatCount("en", 3_456_789)).toBe("3.5M");
});

test("a share is a percentage with one digit", () => {
  expect(formatPercent("ko", 0.0316)).toBe("3.2%");
  expect(formatPercent("en", 1)).toBe("100.0%");
  expect(formatPercent("en", 0.9984, 0)).toBe("100%");
});

test("a difference has its sign, and minus is U+2212", () => {
  expect(formatSigned("ko", 16)).toBe("+16");
  expect(formatSigned("ko", -11)).toBe("−11");
  expect(formatSigned("en", 0)).toBe("0");
  expect(formatSigned("en", -0.38, 2)).toBe("−0.38");
  expect(formatSigned("en", 0.4)).toBe("0");
  expect(formatSigned("ko", -0.4)).toBe("0");
  expect(formatChange("ko", -0.384)).toBe("−38%");
  expect(formatChange("en", 0.16)).toBe("+16%");
});

test("a decimal keeps its digits", () => {
  expect(formatDecimal("en", 5.2, 1)).toBe("5.2");
  expect(formatDecimal("ko", 3, 1)).toBe("3.0");
});

test("bytes are in the largest unit that leaves a number above one", () => {
  expect(formatBytes("en", 0)).toBe("0 B");
  expect(formatBytes("en", 1_536)).toBe("1.5 KB");
  expect(formatBytes("ko", 250n * 1024n * 1024n)).toBe("250 MB");
});
