// Which page is shown, and what every page has: its actions, the palette, the help, what was just done.
import type { ComponentType } from "preact";
import { Suspense, useEffect, useMemo, useState } from "react";
import { Redirect, Route, Switch, useLocation } from "wouter";

import { handleKey, useActions, type Action } from "../base/actions";
import { linkTrouble, may, useSession } from "../base/session";
import { changeSettings, settings } from "../base/settings";
import { say, undoLast } from "../base/toast";
import { Guard, isMissing, Opened, part } from "../parts/scripts";
import { Empty } from "../parts/small";
import { loadPageWords, useWords } from "../words/words";
import Palette from "./palette";
import { Page, places } from "./shell";
import { ToastView } from "./toast_view";

// The scripts of the pages, by the first part of their path.
const SCRIPTS = {
  today: () => import("../pages/today/today_page"),
  inbox: () => import("../pages/inbox/inbox"),
  board: () => import("../pages/board/board"),
  changes: () => import("../pages/change/change_page"),
  customers: () => import("../pages/customers/customers_page"),
  engine: () => import("../pages/engine/engine_page"),
  stage: () => import("../pages/stage/stage_page"),
  blueprint: () => import("../pages/blueprint/blueprint_page"),
  loop: () => import("../pages/loop/loop_page"),
  "not-yet": () => import("../pages/not_yet/not_yet_page"),
  published: () => import("../pages/published/published_page"),
  gallery: () => import("../pages/gallery/gallery_page"),
  settings: () => import("../pages/settings/settings_page"),
};

// Begins to fetch the page of an address, and where the page says so its first data, beside the words and the session.
export function fetchPage(path: string, search: string): void {
  const script = SCRIPTS[(path.split("/")[1] || "today") as keyof typeof SCRIPTS] as (() => Promise<{ warm?: (search: string) => void }>) | undefined;
  void script?.().then(
    (page) => page.warm?.(search),
    () => undefined,
  );
}

const TodayPage = part(SCRIPTS.today);
const Inbox = part(SCRIPTS.inbox);
const Board = page(SCRIPTS.board);
const ChangePage = page(SCRIPTS.changes);
const CustomersPage = page(SCRIPTS.customers);
const CustomerPage = page(() => import("../pages/customers/customer_page"));
const EnginePage = page(SCRIPTS.engine);
const StagePage = page(SCRIPTS.stage);
const BlueprintPage = page(SCRIPTS.blueprint);
const LoopPage = page(SCRIPTS.loop);
const NotYetPage = page(SCRIPTS["not-yet"]);
const PublishedPage = page(SCRIPTS.published);
const GalleryPage = page(SCRIPTS.gallery);
const SettingsPage = page(SCRIPTS.settings);

const SignIn = part(() => import("./sign_in"));
const KeyHelp = part(() => import("./key_help"));
const NewTicket = part(() => import("./new_ticket"));

// With the words that the first pages do without.
function page<P>(load: () => Promise<{ default: ComponentType<P> }>) {
  return part<P>(() => Promise.all([load(), loadPageWords()]).then(([module]) => module));
}

function NoPage({ title, text }: { title: string; text?: string }) {
  const { t } = useWords();
  return (
    <Page title={t.product} className="emptyd">
      <Empty title={[title]} {...(text && { text })} way={{ href: "/inbox", label: t.error.toInbox }} />
    </Page>
  );
}

function BrokenPage({ error }: { error: unknown }) {
  const { t } = useWords();
  const missing = isMissing(error);
  return (
    <Page title={t.product} className="emptyd">
      <Empty title={[missing ? t.error.script : t.error.page]} {...(missing && { text: t.error.scriptText })}>
        <p className="alt">
          <button type="button" className="btn primary" onClick={() => location.reload()}>
            {t.error.reload}
          </button>
        </p>
      </Empty>
    </Page>
  );
}

function isDark(): boolean {
  const { theme } = settings();
  return theme === "auto" ? matchMedia("(prefers-color-scheme: dark)").matches : theme === "dark";
}

type Floating = "palette" | "help" | "new" | undefined;

function useEverywhere(go: (path: string) => void, float: (what: Floating) => void): void {
  const { t, language } = useWords();
  const actions = useMemo<Action[]>(() => {
    const all = t.keys.groupAll;
    return [
      { id: "palette", label: t.action.palette, group: all, keys: ["ctrl+k", "/"], run: () => float("palette") },
      { id: "help", label: t.action.help, group: all, keys: ["?"], run: () => float("help") },
      ...(may("tickets.write") ? [{ id: "new", label: t.action.newTicket, group: all, keys: ["c"], run: () => float("new") }] : []),
      { id: "undo", label: t.action.undo, group: all, keys: ["z"], keysOnly: true, run: undoLast },
      {
        id: "link",
        label: t.action.copyLink,
        group: all,
        keys: [","],
        run: () => void navigator.clipboard?.writeText(location.href).then(() => say(t.action.linkCopied)),
      },
      {
        id: "theme",
        label: t.action.theme,
        group: all,
        run: () => changeSettings({ theme: isDark() ? "light" : "dark" }),
      },
      {
        id: "language",
        label: t.action.language,
        group: all,
        run: () => changeSettings({ language: language === "ko" ? "en" : "ko" }),
      },
      ...places().map(({ id, path, key }) => ({
        id: `go-${id}`,
        label: t.action.go(t.nav[id]),
        group: t.keys.groupGo,
        keys: [`g ${key}`],
        run: () => go(path),
      })),
    ];
  }, [t, language, go, float]);
  useActions(actions);
}

export function App() {
  const { t } = useWords();
  const [path, go] = useLocation();
  const [floating, setFloating] = useState<Floating>();
  const close = () => setFloating(undefined);
  useEverywhere(go, setFloating);
  useEffect(() => {
    window.addEventListener("keydown", handleKey);
    return () => window.removeEventListener("keydown", handleKey);
  }, []);

  const { refused, session } = useSession();
  // Where nobody has to sign in the page is there all the same, and says of whom it is not.
  useEffect(() => {
    const trouble = t.signIn.link[linkTrouble()];
    if (trouble) say(trouble, { bad: true });
  }, []);
  const signIn = refused && (
    <Guard shown={(error) => <BrokenPage error={error} />}>
      <Suspense fallback={null}>
        <SignIn />
      </Suspense>
    </Guard>
  );
  // Where a session ended while a page was open the page stays behind it, with the form that is being filled in.
  if (signIn && !session) return signIn;
  return (
    <>
      <Guard at={path} shown={(error) => <BrokenPage error={error} />}>
        <Suspense fallback={<div className="app" aria-busy="true" aria-label={t.loading} />}>
          <Switch>
            <Route path="/">
              <Redirect to="/today" replace />
            </Route>
            <Route path="/today">
              <TodayPage />
            </Route>
            <Route path="/inbox/:ticket?">{({ ticket }) => <Inbox ticket={ticket} />}</Route>
            <Route path="/board">
              <Board />
            </Route>
            <Route path="/changes/:change">{({ change }) => <ChangePage key={change} id={change} />}</Route>
            <Route path="/loop/:loop?">{({ loop }) => <LoopPage key={loop} id={loop} />}</Route>
            <Route path="/customers">
              <CustomersPage />
            </Route>
            <Route path="/customers/:customer">{({ customer }) => <CustomerPage key={customer} id={customer} />}</Route>
            <Route path="/engine/:engine?">{({ engine }) => <EnginePage id={engine} />}</Route>
            <Route path="/stage/:engine/:stage">{({ engine, stage }) => <StagePage key={engine + stage} engineId={engine} stageId={stage} />}</Route>
            <Route path="/not-yet">{() => <NotYetPage />}</Route>
            <Route path="/published">
              <PublishedPage />
            </Route>
            <Route path="/blueprint/:engine?">{({ engine }) => <BlueprintPage id={engine} />}</Route>
            <Route path="/gallery">
              <GalleryPage />
            </Route>
            <Route path="/settings/:part?">{({ part }) => <SettingsPage part={part} />}</Route>
            <Route>
              <NoPage title={t.error.notFound} text={t.error.notFoundText} />
            </Route>
          </Switch>
        </Suspense>
      </Guard>
      {floating === "palette" && <Palette go={go} onClose={close} />}
      <Opened what={floating} onClose={close}>
        {floating === "help" && <KeyHelp onClose={close} />}
        {floating === "new" && <NewTicket go={go} onClose={close} />}
      </Opened>
      <ToastView />
      {signIn}
    </>
  );
}
