// What a page shows, as a file that a spreadsheet opens with its Korean intact.
import { saveFile } from "./save";

function cell(text: string): string {
  // A cell that begins like a formula would be one: what a customer wrote is text there, too. A negative number is none.
  const formula = /^[=+\-@\t\r]/.test(text) && !/^-\d+(\.\d+)?$/.test(text);
  const safe = formula ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
}

export function toCsv(rows: string[][]): string {
  return "\uFEFF" + rows.map((row) => row.map(cell).join(",") + "\r\n").join("");
}

export function saveCsv(name: string, rows: string[][]): void {
  saveFile(`${name}.csv`, new Blob([toCsv(rows)], { type: "text/csv;charset=utf-8" }));
}
