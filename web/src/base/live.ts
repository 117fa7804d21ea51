// What happens in the suite, as it happens: one stream for all tabs of a browser, since a browser opens six connections to a host.
// The tab that holds the lock reads the stream and tells the others; when it goes, the next one goes on behind the last cursors.
import { createClient } from "@connectrpc/connect";
import { useSyncExternalStore } from "react";

import type { WatchEvent, WatchResponse } from "@protos/dangol/gateway/v1/live_service_pb";
import { transport } from "./api";
import { keptAs } from "./place";

export interface LiveState {
  // Messages come, be it heartbeats; undefined: it is not known yet.
  connected: boolean | undefined;
  // Feeds whose service does not answer.
  away: string[];
  // When the last message came.
  lastMs: number;
}

// Every kind of event is described there: it comes beside the first page, which does not wait for it.
const describe = () => import("@protos/dangol/gateway/v1/live_service_pb");
type Live = Awaited<ReturnType<typeof describe>>;

// What the other tabs are told.
interface Told {
  events: WatchEvent[];
  reset: boolean;
  // The stream begins with this: what happened before it is told by nobody.
  began: boolean;
  away: string[];
  connected: boolean;
  cursors: Record<string, string>;
}
// What a tab that has just come asks the one that reads.
const HELLO = "hello";

const HEARTBEAT_MS = 15_000;
const SILENCE_MS = 2.5 * HEARTBEAT_MS;
const HIDDEN_MS = 5 * 60_000;
const RETRY_MS = [0, 500, 1_000, 2_000, 4_000];
const LOCK = keptAs("dangol.live");

let state: LiveState = { connected: undefined, away: [], lastMs: Date.now() };
let cursors: Record<string, string> = {};
const stateListeners = new Set<() => void>();
const eventListeners = new Set<(events: WatchEvent[], reset: boolean, began: boolean) => void>();
let channel: BroadcastChannel | undefined;
let leading: AbortController | undefined;
// This tab holds the lock.
let reading = false;
let hiddenTimer: ReturnType<typeof setTimeout> | undefined;

function hear(told: Told): void {
  state = { connected: told.connected, away: told.away, lastMs: told.connected ? Date.now() : state.lastMs };
  cursors = { ...cursors, ...told.cursors };
  for (const listener of stateListeners) listener();
  if (told.events.length || told.reset || told.began) for (const listener of eventListeners) listener(told.events, told.reset, told.began);
}

function toldWith(news: Partial<Told>): Told {
  return { events: [], reset: false, began: false, away: state.away, connected: state.connected ?? false, cursors, ...news };
}

function tell(news: Partial<Told>): void {
  const told = toldWith(news);
  channel?.postMessage(told);
  hear(told);
}

function awayAfter(response: WatchResponse, { FeedStatus_State }: Live): string[] {
  const away = new Set(state.away);
  for (const feed of response.feeds) {
    if (feed.state === FeedStatus_State.AWAY) away.add(feed.feed);
    else away.delete(feed.feed);
  }
  return [...away];
}

function cursorsAfter(response: WatchResponse): Record<string, string> {
  const after = { ...cursors };
  for (const { feed, cursor } of [...response.feeds, ...response.events]) if (cursor) after[feed] = cursor;
  return after;
}

async function readStream(signal: AbortSignal, heard: () => void): Promise<void> {
  const silent = new AbortController();
  let timer = setTimeout(() => silent.abort(), SILENCE_MS);
  signal.addEventListener("abort", () => silent.abort(), { once: true });
  try {
    const live = await describe();
    const client = createClient(live.LiveService, transport);
    let began = !Object.keys(cursors).length;
    for await (const response of client.watch({ cursors }, { signal: silent.signal, timeoutMs: 0 })) {
      clearTimeout(timer);
      timer = setTimeout(() => silent.abort(), SILENCE_MS);
      heard();
      const reset = response.feeds.some((feed) => feed.state === live.FeedStatus_State.RESET);
      tell({ events: response.events, reset, began, away: awayAfter(response, live), connected: true, cursors: cursorsAfter(response) });
      began = false;
    }
  } finally {
    clearTimeout(timer);
  }
}

async function lead(signal: AbortSignal): Promise<void> {
  let failures = 0;
  reading = true;
  signal.addEventListener("abort", () => (reading = false), { once: true });
  while (!signal.aborted) {
    await readStream(signal, () => (failures = 0)).catch(() => undefined);
    if (signal.aborted) return;
    tell({ connected: false });
    await new Promise((done) => setTimeout(done, RETRY_MS[Math.min(failures++, RETRY_MS.length - 1)]));
  }
}

// With `steal` the tab that holds the lock is thought to be frozen.
function join(steal = false): void {
  leading?.abort();
  const mine = new AbortController();
  leading = mine;
  // Without a secure origin there are no locks: each visible tab reads for itself.
  if (!navigator.locks) return void lead(mine.signal);
  const options = steal ? { steal } : { signal: mine.signal };
  navigator.locks
    .request(LOCK, options, () => lead(mine.signal))
    .catch(() => {
      // Deposed: stop reading, and wait in line again.
      if (!mine.signal.aborted) join();
    });
}

function leave(): void {
  leading?.abort();
  leading = undefined;
}

function onVisibility(): void {
  clearTimeout(hiddenTimer);
  if (document.hidden) {
    hiddenTimer = setTimeout(leave, HIDDEN_MS);
  } else if (!leading) {
    join();
  }
}

export function startLive(): void {
  if (globalThis.BroadcastChannel && navigator.locks) {
    channel = new BroadcastChannel(LOCK);
    channel.onmessage = ({ data }: MessageEvent<Told | typeof HELLO>) => {
      if (data !== HELLO) hear(data);
      else if (reading) tell({});
    };
    channel.postMessage(HELLO);
    setInterval(() => {
      if (!document.hidden && leading && Date.now() - state.lastMs > 2 * SILENCE_MS) {
        state = { ...state, lastMs: Date.now() };
        join(true);
      }
    }, HEARTBEAT_MS);
  }
  document.addEventListener("visibilitychange", onVisibility);
  // A page that sleeps may have missed what the others were told.
  document.addEventListener("resume", () => hear(toldWith({ reset: true })));
  window.addEventListener("pagehide", leave);
  window.addEventListener("pageshow", onVisibility);
  join();
}

export function onEvents(listener: (events: WatchEvent[], reset: boolean, began: boolean) => void): () => void {
  eventListeners.add(listener);
  return () => eventListeners.delete(listener);
}

export function useLive(): LiveState {
  return useSyncExternalStore(
    (listener) => {
      stateListeners.add(listener);
      return () => stateListeners.delete(listener);
    },
    () => state,
  );
}
