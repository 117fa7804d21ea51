// What can be done on the page that is shown: one list for keys, the palette and the help.
import { useEffect, useRef, useSyncExternalStore } from "react";

import { isComposing, keyOf } from "./keys";
import { settings } from "./settings";

export interface Action {
  id: string;
  // What it does, in the language of the page.
  label: string;
  // Where it stands in the palette and in the help.
  group: string;
  // Such as `j`, `shift+j`, `ctrl+k`, `g i`; the first is shown.
  keys?: string[];
  run(): void;
  // It moves about and is of no use in the palette.
  keysOnly?: boolean;
  // A key that is held does it again and again. Anything else is done once: the next one would be decided, too.
  repeats?: boolean;
}

const layers: { current: Action[] }[] = [];
const listeners = new Set<() => void>();
let snapshot: Action[] = [];

function changed(): void {
  // What the page itself offers comes first.
  snapshot = [...layers].reverse().flatMap((layer) => layer.current);
  for (const listener of listeners) listener();
}

// While the component is there, its actions are there; those of a component that came later win.
export function useActions(actions: Action[]): void {
  const layer = useRef(actions);
  layer.current = actions;
  useEffect(() => {
    layers.push(layer);
    changed();
    return () => {
      layers.splice(layers.indexOf(layer), 1);
      changed();
    };
  }, []);
  const labels = actions.map((action) => action.id + action.label).join("\n");
  useEffect(changed, [labels]);
}

export function useAllActions(): Action[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => snapshot,
  );
}

export function runAction(id: string): void {
  for (let i = layers.length - 1; i >= 0; --i) {
    const action = layers[i]!.current.find((one) => one.id === id);
    if (action) return action.run();
  }
}

function isEditable(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

let pending = "";
let pendingSince = 0;
const SEQUENCE_MS = 1_500;

export function handleKey(event: KeyboardEvent): void {
  if (isComposing(event) || event.defaultPrevented) return;
  const key = keyOf(event);
  if (!key) return;
  const single = !/^(ctrl\+|escape$|enter$|arrow|tab$)/.test(key);
  if (single && (isEditable(event.target) || !settings().singleKeys)) return;
  if (isEditable(event.target) && !key.startsWith("ctrl+")) return;
  // A dialog has keys of its own, also the one whose script is still coming; a focused button or link has its Enter.
  if (document.querySelector("dialog[open], [data-opening]")) return;
  if (key === "enter" && event.target instanceof HTMLElement && event.target.closest("a, button, summary")) return;

  const sequence = pending && event.timeStamp - pendingSince < SEQUENCE_MS ? `${pending} ${key}` : "";
  pending = "";
  for (const wanted of sequence ? [sequence, key] : [key]) {
    for (let i = layers.length - 1; i >= 0; --i) {
      const action = layers[i]!.current.find((one) => one.keys?.includes(wanted));
      if (!action) continue;
      event.preventDefault();
      if (event.repeat && !action.repeats) return;
      return action.run();
    }
  }
  if (snapshot.some((action) => action.keys?.some((one) => one.startsWith(key + " ")))) {
    pending = key;
    pendingSince = event.timeStamp;
  }
}
