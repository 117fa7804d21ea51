// The time, to show how long ago something was.
import { useSyncExternalStore } from "react";

const listeners = new Map<number, Set<() => void>>();
const ticks = new Map<number, number>();

function subscribeTo(everyMs: number) {
  return (listener: () => void) => {
    let set = listeners.get(everyMs);
    if (!set) {
      set = new Set();
      listeners.set(everyMs, set);
      ticks.set(everyMs, Date.now());
      setInterval(() => {
        ticks.set(everyMs, Date.now());
        for (const one of listeners.get(everyMs)!) one();
      }, everyMs);
    }
    set.add(listener);
    return () => set.delete(listener);
  };
}
const subscribe = new Map<number, ReturnType<typeof subscribeTo>>();

export function useNow(everyMs = 30_000): Date {
  if (!subscribe.has(everyMs)) subscribe.set(everyMs, subscribeTo(everyMs));
  return new Date(useSyncExternalStore(subscribe.get(everyMs)!, () => ticks.get(everyMs) ?? initialMs));
}
const initialMs = Date.now();
