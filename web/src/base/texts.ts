// Texts of tickets and changes for places where there is little room.
import type { Ticket } from "@protos/dangol/tickets/v1/ticket_pb";
import { isSlug, slugOf } from "./ids";

const SHOWN = 400;

// The first words: the subject, or the beginning of the body, in one line.
export function firstWords(ticket: Pick<Ticket, "subject" | "body">): string {
  return (ticket.subject || ticket.body).slice(0, SHOWN).replace(/\s+/g, " ").trim();
}

// `delivery/late` → `late`; `price-rise` → `price rise`, unless it has a name.
export function lastReason(path: string, names?: ReadonlyMap<string, string>): string {
  return names?.get(path) || path.slice(path.lastIndexOf("/") + 1).replace(/[-_]/g, " ");
}

// `delivery/late` → `delivery / late`, each level by its name.
export function fullReason(path: string, names?: ReadonlyMap<string, string>): string {
  const levels = path ? path.split("/") : [];
  return levels.map((_, depth) => lastReason(levels.slice(0, depth + 1).join("/"), names)).join(" / ");
}

// What somebody typed who means a reason, by its path or by the name that is shown of it: `Delivery / Late` or `Late` → `delivery/late`.
// A path stays what it is, be it new; a name that several have is nobody's.
export function reasonTyped(typed: string, names: ReadonlyMap<string, string>): string {
  if (!typed.trim() || isSlug(typed)) return typed.trim();
  const plain = (text: string) => text.toLowerCase().replace(/\s+/g, "");
  const paths = [...names.keys()];
  for (const shown of [fullReason, lastReason]) {
    const found = paths.filter((path) => plain(shown(path, names)) === plain(typed));
    if (found.length === 1) return found[0]!;
  }
  return slugOf(typed);
}

// `members/minjae` → `minjae`
// What the metrics service notes where one takes over the work of another.
const TAKES_OVER = /^(members\/[\w-]+) takes over from (members\/[\w-]+)$/;

export function noteOf(note: string, takesOver: (to: string, from: string) => string, nameOf: (name: string) => string): string {
  const [, to, from] = TAKES_OVER.exec(note) ?? [];
  return to && from ? takesOver(nameOf(to), nameOf(from)) : note;
}

export function memberName(name: string): string {
  return name.replace(/^members\//, "");
}

const INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ";

// 인박스 → ㅇㅂㅅ
export function initialsOf(text: string): string {
  return Array.from(text, (letter) => {
    const code = letter.charCodeAt(0) - 0xac00;
    return code >= 0 && code < 11172 ? INITIALS[Math.floor(code / 588)]! : letter;
  }).join("");
}

// Whether what was typed finds the label, be it by initial consonants alone.
export function matches(label: string, typed: string): boolean {
  const wanted = typed.trim().toLowerCase().replace(/\s+/g, "");
  const text = label.toLowerCase().replace(/\s+/g, "");
  return text.includes(wanted) || (/^[ㄱ-ㅎ]+$/.test(wanted) && initialsOf(text).includes(wanted));
}
