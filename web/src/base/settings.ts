// What this person chose on this device.
import { useSyncExternalStore } from "react";

import { keptAs } from "./place";

export type Language = "ko" | "en";
export type Theme = "auto" | "light" | "dark";

export interface Settings {
  language: Language;
  theme: Theme;
  // Keys without Ctrl or ⌘ do something (WCAG 2.1.4: they can be switched off).
  singleKeys: boolean;
  // Who decides here, `members/{member}` without its prefix: who signed in, else what was typed.
  member: string;
}

// The gateway says so in the page.
export const isDemo = globalThis.document?.documentElement.dataset.demo !== undefined;

const STORE = keptAs("dangol.settings");

function browserLanguage(): Language {
  return /^ko\b/.test(globalThis.navigator?.language ?? "") ? "ko" : "en";
}

function load(): Settings {
  const settings: Settings = { language: browserLanguage(), theme: "auto", singleKeys: true, member: "" };
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(STORE) ?? "{}");
    return { ...settings, ...(stored as Partial<Settings>) };
  } catch {
    return settings;
  }
}

let current = load();
const listeners = new Set<() => void>();

export function settings(): Settings {
  return current;
}

export function changeSettings(change: Partial<Settings>): void {
  current = { ...current, ...change };
  try {
    localStorage.setItem(STORE, JSON.stringify(current));
  } catch {
    // Storage is full or forbidden: the choice holds until the page is left.
  }
  showSettings();
  for (const listener of listeners) listener();
}

export function showSettings(): void {
  const root = document.documentElement;
  root.lang = current.language;
  if (current.theme === "auto") delete root.dataset.theme;
  else root.dataset.theme = current.theme;
}

// Another tab has changed them.
export function followSettings(): void {
  window.addEventListener("storage", (event) => {
    if (event.key !== STORE) return;
    current = load();
    showSettings();
    for (const listener of listeners) listener();
  });
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useSettings(): Settings {
  return useSyncExternalStore(subscribe, settings);
}
