// Which key was pressed, whatever the input method: with a Korean one `event.key` of J is `ㅓ`, and `event.code` still `KeyJ`.

const SHIFTED: Record<string, string> = { Slash: "?", Digit8: "*", Equal: "+" };
const PLAIN: Record<string, string> = {
  Slash: "/",
  Comma: ",",
  Period: ".",
  BracketLeft: "[",
  BracketRight: "]",
  Minus: "-",
  NumpadMultiply: "*",
  NumpadAdd: "+",
  NumpadSubtract: "-",
};

export interface Pressed {
  key: string;
  code: string;
  shiftKey: boolean;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
}

function plainKey(event: Pressed): string {
  if (/^[a-z0-9]$/i.test(event.key)) return event.key.toLowerCase();
  // ASCII signs are what they say they are, on every layout.
  if (/^[!-/:-@[-`{-~]$/.test(event.key)) return event.key;
  const letter = /^Key([A-Z])$/.exec(event.code)?.[1];
  if (letter) return letter.toLowerCase();
  const sign = event.shiftKey ? SHIFTED[event.code] : PLAIN[event.code];
  if (sign) return sign;
  const digit = /^(?:Digit|Numpad)(\d)$/.exec(event.code)?.[1];
  if (digit) return digit;
  return event.key === " " ? "space" : event.key.toLowerCase();
}

// Such as `j`, `shift+j`, `ctrl+k` (⌘ is the same), `?`; empty where only a modifier was pressed, or Alt belongs to the system.
export function keyOf(event: Pressed): string {
  if (event.altKey || /^(Shift|Control|Meta|Alt|CapsLock|HangulMode|Dead|Unidentified)$/.test(event.key)) return "";
  const key = plainKey(event);
  const shift = event.shiftKey && /^([a-z]|enter|arrow\w+)$/.test(key) ? "shift+" : "";
  return (event.ctrlKey || event.metaKey ? "ctrl+" : "") + shift + key;
}

// While the input method puts a syllable together, Enter and arrows are its own.
export function isComposing(event: { isComposing: boolean; keyCode: number }): boolean {
  return event.isComposing || event.keyCode === 229;
}

// Ctrl or ⌘ and Enter.
export function isSend(event: { key: string; ctrlKey: boolean; metaKey: boolean; isComposing: boolean; keyCode: number }): boolean {
  return event.key === "Enter" && (event.ctrlKey || event.metaKey) && !isComposing(event);
}

// In a list that has its keys from a field above it.
export function stepOf(event: { key: string; isComposing: boolean; keyCode: number }): -1 | 0 | 1 {
  if (isComposing(event)) return 0;
  return event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
}

// How a key is written on its cap.
export function keyCap(key: string): string {
  const mac = /Mac|iPhone|iPad/.test(globalThis.navigator?.platform ?? "");
  const names: Record<string, string> = {
    ctrl: mac ? "⌘" : "Ctrl",
    shift: "⇧",
    enter: "↵",
    escape: "Esc",
    arrowup: "↑",
    arrowdown: "↓",
    arrowleft: "←",
    arrowright: "→",
  };
  return key
    .split(" ")
    .map((part) => (part === "+" ? "+" : part.split("+").map((one) => names[one] ?? (key.includes("ctrl+") ? one.toUpperCase() : one)).join(" ")))
    .join(" ");
}
