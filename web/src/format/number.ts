// Numbers as they are read in both languages. Minus is − (U+2212).
import type { Language } from "../base/settings";

function grouped(language: Language, value: number, digits = 0): string {
  const text = new Intl.NumberFormat(language === "ko" ? "ko-KR" : "en-GB", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(Math.abs(value));
  // What is rounded to nothing has no sign.
  return value < 0 && /[1-9]/.test(text) ? `−${text}` : text;
}

// Never shortened below 10,000; then Korean counts in 만, English in thousands.
export function formatCount(language: Language, count: number | bigint): string {
  const value = Number(count);
  if (Math.abs(value) < 10_000) return grouped(language, value);
  if (language === "en") return value < 1_000_000 ? grouped(language, value) : `${grouped(language, value / 1e6, 1)}M`;
  const digits = value % 10_000 === 0 || value >= 1e6 ? 0 : 1;
  return value < 1e8 ? `${grouped(language, value / 1e4, digits)}만` : `${grouped(language, value / 1e8, 1)}억`;
}

// 0.0316 → 3.2%
export function formatPercent(language: Language, share: number, digits = 1): string {
  return `${grouped(language, share * 100, digits)}%`;
}

// +16, −4, 0
export function formatSigned(language: Language, value: number, digits = 0): string {
  const text = grouped(language, value, digits);
  return value > 0 && /[1-9]/.test(text) ? `+${text}` : text;
}

// By how much it is more or less: 0.16 → +16%
export function formatChange(language: Language, share: number): string {
  return `${formatSigned(language, share * 100)}%`;
}

export function formatDecimal(language: Language, value: number, digits: number): string {
  return grouped(language, value, digits);
}

// 1,536 → 1.5 KB
export function formatBytes(language: Language, bytes: number | bigint): string {
  const units = ["B", "KB", "MB", "GB", "TB"];
  let value = Number(bytes);
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    ++unit;
  }
  return `${grouped(language, value, unit === 0 || value >= 100 ? 0 : 1)} ${units[unit]}`;
}
