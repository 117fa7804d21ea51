import { expect, test } from "vitest";

import { toCsv } from "../../src/base/csv";

test("a file begins with a mark that says UTF-8, and lines end as spreadsheets want them", () => {
  expect(toCsv([["이름", "말"], ["a", "b"]])).toBe("\uFEFF이름,말\r\na,b\r\n");
});

test("commas, quotes and line feeds stay in their cell", () => {
  expect(toCsv([['He said "no", twice', "two\nlines"]])).toBe('\uFEFF"He said ""no"", twice","two\nlines"\r\n');
});

test("what begins like a formula is text", () => {
  expect(toCsv([["=1+1", "+82", "-5+1", "-x", "@x", "a=1"]])).toBe("\uFEFF'=1+1,'+82,'-5+1,'-x,'@x,a=1\r\n");
});

test("a negative number stays one", () => {
  expect(toCsv([["-5", "-0.25", "1e-7"]])).toBe("\uFEFF-5,-0.25,1e-7\r\n");
});
