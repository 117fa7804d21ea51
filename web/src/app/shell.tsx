// What surrounds every page: the menu, the strip above the page, and what floats.
import { useQuery } from "@connectrpc/connect-query";
import type { ComponentChildren } from "preact";
import { lazy, Suspense, useEffect, useState } from "react";
import { Link, useLocation } from "wouter";

import { View } from "@protos/dangol/tickets/v1/ticket_query_pb";
import { TicketService } from "@protos/dangol/tickets/v1/ticket_service_pb";
import { runAction } from "../base/actions";
import { useLive } from "../base/live";
import { useNow } from "../base/now";
import { may, type Permission } from "../base/session";
import { isDemo, useSettings } from "../base/settings";
import { Icon, type IconName } from "../parts/icon";
import { useMemberNames } from "../parts/members";
import { Key } from "../parts/small";
import { useWords } from "../words/words";

interface Place {
  id: "today" | "engine" | "inbox" | "board" | "loop" | "notYet" | "published" | "customers" | "blueprint" | "settings";
  path: string;
  icon: IconName;
  // Behind g.
  key: string;
  needs?: Permission;
}

const ALL_PLACES: Place[] = [
  { id: "today", path: "/today", icon: "today", key: "d" },
  { id: "engine", path: "/engine", icon: "engine", key: "e" },
  { id: "inbox", path: "/inbox", icon: "inbox", key: "i" },
  { id: "board", path: "/board", icon: "board", key: "b" },
  { id: "loop", path: "/loop", icon: "loop", key: "l" },
  { id: "notYet", path: "/not-yet", icon: "notYet", key: "n" },
  { id: "published", path: "/published", icon: "told", key: "w" },
  { id: "customers", path: "/customers", icon: "customer", key: "u", needs: "customers.read" },
  { id: "blueprint", path: "/blueprint", icon: "blueprint", key: "p" },
  { id: "settings", path: "/settings", icon: "settings", key: "s" },
];

// Those that this person may see.
export function places(): Place[] {
  return ALL_PLACES.filter(({ needs }) => !needs || may(needs));
}

// The work of every day; what is looked up now and then; and the settings.
const DAILY: Place["id"][] = ["today", "engine", "inbox", "board", "loop"];

function isAt(place: Place, location: string): boolean {
  if (place.id === "engine" && location.startsWith("/stage/")) return true;
  if (place.id === "board" && location.startsWith("/changes/")) return true;
  return location === place.path || location.startsWith(place.path + "/");
}

function LiveMark() {
  const { t, f } = useWords();
  const live = useLive();
  const now = useNow(1_000);
  const away = live.away.map((name) => t.service[name] ?? name).join(", ");
  const bad = live.connected === false || Boolean(away);
  const said = live.connected === undefined ? t.live.never : !live.connected ? t.live.off : away ? t.live.away(away) : t.live.on(f.ago(now.getTime() - live.lastMs));
  return (
    <span className={bad ? "live off" : "live"} title={t.live.title}>
      <i aria-hidden="true" />
      <span className="said">{said}</span>
      <span className="vh" role="status">
        {bad ? said : ""}
      </span>
    </span>
  );
}

function Views({ of }: { of: PageView[] }) {
  return (
    <ul className="subs">
      {of.map(({ path, label, here, count, hot }) => (
        <li key={path}>
          <Link href={path} className={["sub", here && "on", hot && "hot"].filter(Boolean).join(" ")} aria-current={here ? "true" : undefined}>
            <span>{label}</span>
            {count !== undefined && <b className="n">{count}</b>}
          </Link>
        </li>
      ))}
    </ul>
  );
}

// Where the menu has no room for them.
function ViewPick({ of, label }: { of: PageView[]; label: string }) {
  const [, go] = useLocation();
  return (
    <select className="view-pick" aria-label={label} value={of.find((view) => view.here)?.path} onChange={(event) => go(event.currentTarget.value)}>
      {of.map((view) => (
        <option key={view.path} value={view.path}>
          {view.label}
        </option>
      ))}
    </select>
  );
}

// Whose name stands beside what is decided here.
function Me() {
  const { t } = useWords();
  const { member } = useSettings();
  const nameOf = useMemberNames();
  if (!member) return null;
  const name = nameOf(`members/${member}`);
  return (
    <li>
      <Link href="/settings/device" className="me" title={t.me(name)}>
        <span className="avatar" aria-hidden="true">
          {/[가-힣]/.test(name) ? name.slice(-2) : name.slice(0, 1).toUpperCase()}
        </span>
        <span>{name}</span>
      </Link>
    </li>
  );
}

// It reads more than the page that is shown: it comes once that is there, and where it does not come the menu does without.
const TodayCount = lazy(() => import("../pages/today/today_count").catch(() => ({ default: () => null })));
const LATER_MS = 1_000;
let isLater = false;

function useLater(): boolean {
  const [later, setLater] = useState(isLater);
  useEffect(() => {
    const timer = setTimeout(() => setLater((isLater = true)), LATER_MS);
    return () => clearTimeout(timer);
  }, []);
  return later;
}

// How much waits there.
function Waiting({ of }: { of: Place["id"] }) {
  const { f } = useWords();
  const later = useLater();
  const { member } = useSettings();
  const inbox = useQuery(TicketService.method.countTickets, {}).data?.views.find((one) => one.view === View.INBOX);
  if (of === "inbox") return inbox && inbox.tickets > 0n ? <b className="n">{f.count(inbox.tickets) + (inbox.more ? "+" : "")}</b> : null;
  if (of !== "today" || !member || !later) return null;
  return (
    <Suspense fallback={null}>
      <TodayCount />
    </Suspense>
  );
}

function Side({ views }: { views?: PageView[] | undefined }) {
  const { t } = useWords();
  const [location] = useLocation();
  const link = (place: Place) => {
    const here = isAt(place, location);
    return (
      <li key={place.id}>
        <Link href={place.path} className={here ? "on" : ""} aria-current={here ? "page" : undefined} title={t.nav[place.id]}>
          <Icon name={place.icon} />
          <span>{t.nav[place.id]}</span>
          <Waiting of={place.id} />
        </Link>
        {here && views && <Views of={views} />}
      </li>
    );
  };
  return (
    <nav className="side" aria-label={t.mainMenu}>
      <Link href="/today" className="brand">
        <span className="mark" aria-hidden="true">
          단
        </span>
        <span>{t.product}</span>
      </Link>
      {isDemo && (
        <p className="demo" title={t.demoText}>
          {t.demo}
        </p>
      )}
      <ul>{places().filter(({ id }) => DAILY.includes(id)).map(link)}</ul>
      <ul className="second">{places().filter(({ id }) => !DAILY.includes(id) && id !== "settings").map(link)}</ul>
      <ul className="foot">
        {places().filter(({ id }) => id === "settings").map(link)}
        <Me />
      </ul>
    </nav>
  );
}

// On phones there is room for five; the palette has all.
const BESIDE_MORE = 4;

function Bottom() {
  const { t } = useWords();
  const [location] = useLocation();
  return (
    <nav className="bottom" aria-label={t.mainMenu}>
      {places().slice(0, BESIDE_MORE).map((place) => {
        const here = isAt(place, location);
        return (
          <Link key={place.id} href={place.path} className={here ? "on" : ""} aria-current={here ? "page" : undefined}>
            <Icon name={place.icon} />
            <span>{t.nav[place.id]}</span>
            <Waiting of={place.id} />
          </Link>
        );
      })}
      <button type="button" onClick={() => runAction("palette")}>
        <Icon name="more" />
        <span>{t.nav.more}</span>
      </button>
    </nav>
  );
}

// A part of a place, below it in the menu.
export interface PageView {
  path: string;
  label: string;
  here: boolean;
  count?: string | undefined;
  hot?: boolean;
}

interface PageProps {
  // In the strip and in the title of the window.
  title: string;
  crumb?: { href: string; label: string };
  // Beside the title.
  tools?: ComponentChildren;
  views?: PageView[];
  className: string;
  children: ComponentChildren;
}

export function Page({ title, crumb, tools, views, className, children }: PageProps) {
  const { t } = useWords();
  useEffect(() => {
    document.title = `${title} · ${t.product}`;
  }, [title, t]);
  const dense = !className.includes("calm");
  return (
    <div className={dense ? "app dense" : "app"}>
      <a className="skip" href="#main">
        {t.skip}
      </a>
      <Side views={views} />
      <header className="strip">
        {crumb ? (
          <h1 className="crumb">
            <Link href={crumb.href}>
              <Icon name="left" />
              <span>{crumb.label}</span>
            </Link>
            <span className="sep" aria-hidden="true">
              /
            </span>
            {title}
          </h1>
        ) : (
          <h1>{title}</h1>
        )}
        {views && <ViewPick of={views} label={t.views} />}
        {tools}
        {isDemo && <span className="chip warn demo-mark">{t.demoShort}</span>}
        <LiveMark />
        {may("tickets.write") && (
          <button className="btn quiet icon pen" type="button" aria-label={t.action.newTicket} title={t.action.newTicket} onClick={() => runAction("new")}>
            <Icon name="plus" />
          </button>
        )}
        <button className="find" type="button" onClick={() => runAction("palette")}>
          <Icon name="search" />
          <span>{t.find}</span>
          <Key of="ctrl+k" />
        </button>
      </header>
      <main id="main" className={className} tabIndex={-1}>
        {children}
      </main>
      <Bottom />
    </div>
  );
}
