// Every part with its states, for those who build pages and for the test that looks at them.
import "../../style/calm.css";
import "../../style/engine.css";
import "../../style/inbox.css";
import "../../style/loop.css";
import "../../style/today.css";
import "../../style/gallery.css";

import { create } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import type { ComponentChildren } from "preact";
import { useState } from "react";

import { Change_State, ChangeSchema, EffectVerdict } from "@protos/dangol/backlog/v1/change_pb";
import { Ticket_State } from "@protos/dangol/tickets/v1/ticket_pb";
import { StateCountSchema } from "@protos/dangol/tickets/v1/ticket_query_pb";
import { Page } from "../../app/shell";
import { BarChart } from "../../parts/bar_chart";
import { Choice, TextField } from "../../parts/fields";
import { FilesField, useFiles } from "../../parts/files_field";
import { Icon, type IconName } from "../../parts/icon";
import { LineChart } from "../../parts/line_chart";
import { ChangeChip, Empty, Failure, Key, Quote, TicketChip, Verdict } from "../../parts/small";
import { Sparkline } from "../../parts/sparkline";
import { useWords } from "../../words/words";
import { standingsOf } from "../loop/standing";
import { StandingFlow } from "../loop/standing_flow";
import { limitsOf, signalsOf } from "../stage/xmr";
import { XmrChart } from "../stage/xmr_chart";

const ICONS: IconName[] = ["today", "inbox", "board", "loop", "engine", "blueprint", "customer", "settings", "search", "plus", "check", "close", "up", "left", "right", "link", "file", "out", "phone", "import", "more"];
const TONES = ["", "accent", "good", "bad", "warn", "info", "line"];
const VALUES = [41, 44, 39, 46, 43, 40, 45, 42, 44, 41, 68, 43, 40, 45, 47, 48, 49, 47, 48, 50, 49, 48];
const BARS = [0.21, 0.24, undefined, 0.31, 0.37, 0.18].map((value, index) => ({ name: String(index + 1), value, soFar: index === 5 }));
const VERDICTS = [["good", "▲"], ["bad", "▼"], ["text2", "＝"], ["info", "…"], ["warn", "◐"], ["unknown", ""]] as const;
const DAYS = VALUES.map((_, index) => `2026-11-${String(index + 1).padStart(2, "0")}`);

const SHIPS = [3, 3, 15].map((at, index) => ({ change: `changes/${index}`, title: String(index + 1), at }));
const STATES = [14, 37, 50, 38, 200, 73, 4, 1].map((tickets, index) => create(StateCountSchema, { state: index + 1, tickets: BigInt(tickets) }));
const ANSWERED = [EffectVerdict.IMPROVED, EffectVerdict.TOO_EARLY, EffectVerdict.NO_DETECTABLE_EFFECT, EffectVerdict.WORSENED].map((effectVerdict, index) =>
  create(ChangeSchema, { name: `changes/${index}`, title: String(index + 1), effectVerdict, evidence: { answered: BigInt(60 >> index) } }),
);

function Part({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <section className="part">
      <h3>{name}</h3>
      {children}
    </section>
  );
}

function Rows() {
  const { t } = useWords();
  const rows: [string, string, string, boolean][] = [
    ["row new", "over", t.inbox.recurred, false],
    ["row new", "today", t.inbox.unread, false],
    ["row", "no", t.inbox.read, false],
    ["row on", "", t.inbox.openIt, false],
    ["row sel", "", t.inbox.select, true],
  ];
  return (
    <div className="gallery-rows">
      {rows.map(([classes, due, what, selecting]) => (
        <span key={classes + due} className={classes}>
          {selecting ? (
            <span className="box in">
              <Icon name="check" />
            </span>
          ) : (
            <span className={`due ${due}`} />
          )}
          <span className="who">{t.channel.phone}</span>
          <span className="say">{what}</span>
          <span className="why">{t.inbox.reason}</span>
          <span className="age">3</span>
        </span>
      ))}
    </div>
  );
}

function Fields() {
  const { t } = useWords();
  const [text, setText] = useState("");
  const [kind, setKind] = useState(1);
  return (
    <div className="gallery-fields">
      <TextField label={t.newTicket.subject} hint={t.newTicket.wordsHint} value={text} onValue={setText} />
      <TextField label={t.newTicket.reason} value="Late" onValue={() => undefined} wrong={t.slugWrong} />
      <TextField label={t.newTicket.words} rows={3} value={text} onValue={setText} />
      <Choice label={t.newTicket.kind} options={[1, 2, 3, 4].map((value) => ({ value, label: t.ticketKind[value]! }))} value={kind} onValue={setKind} />
    </div>
  );
}

function Charts() {
  const { t, f } = useWords();
  const limits = limitsOf(VALUES);
  const say = (value: number | undefined) => (value === undefined ? "–" : f.count(Math.round(value)));
  return (
    <>
      <Sparkline values={VALUES} target={46} />
      <Sparkline values={[1, undefined, 3, 2]} />
      <LineChart
        caption=""
        days={DAYS}
        lines={[
          { label: t.ticketState[1]!, values: VALUES },
          { label: t.ticketState[5]!, values: VALUES.map((value) => value - 9), dashed: true },
        ]}
      />
      <BarChart label={t.road.title} bars={BARS} say={(share) => f.percent(share, 0)} />
      <XmrChart label={t.engine.kpi} days={DAYS} values={VALUES} limits={limits} signals={limits ? signalsOf(VALUES, limits) : []} target={46} ships={SHIPS} say={say} />
      <StandingFlow nodes={standingsOf(STATES, ANSWERED)} label={t.loop.flow} />
    </>
  );
}

export default function GalleryPage() {
  const { t } = useWords();
  const g = t.gallery;
  const files = useFiles();
  return (
    <Page title={g.title} className="calm">
      <div className="page gallery">
        <p className="sub">{g.text}</p>
        <Part name={g.buttons}>
          <p className="wrap">
            <button type="button" className="btn primary">
              {t.inbox.accept} <Key of="a" />
            </button>
            <button type="button" className="btn">
              {t.inbox.decline} <Key of="d" />
            </button>
            <button type="button" className="btn quiet">
              {t.inbox.hear} <Key of="h" />
            </button>
            <button type="button" className="btn danger">
              {t.change.drop}
            </button>
            <button type="button" className="btn" disabled>
              {t.inbox.send}
            </button>
            <button type="button" className="btn lg primary">
              <Icon name="check" /> {t.engine.iRead}
            </button>
            <button type="button" className="number">
              1,204
            </button>
          </p>
        </Part>
        <Part name={g.chips}>
          <p className="wrap">
            {[1, 2, 3, 4, 5, 6, 7, 8].map((state) => (
              <TicketChip key={state} state={state as Ticket_State} />
            ))}
          </p>
          <p className="wrap">
            {[1, 2, 3, 4, 5, 6, 7, 8].map((state) => (
              <ChangeChip key={state} state={state as Change_State} />
            ))}
          </p>
          <p className="wrap">
            {TONES.map((tone) => (
              <span key={tone} className={`chip ${tone}`}>
                {g.chip}
              </span>
            ))}
          </p>
        </Part>
        <Part name={g.icons}>
          <p className="wrap">
            {ICONS.map((name) => (
              <Icon key={name} name={name} />
            ))}
          </p>
        </Part>
        <Part name={g.verdicts}>
          <p className="wrap">
            {VERDICTS.map(([tone, glyph]) => (
              <Verdict key={tone} tone={tone} glyph={glyph}>
                {g.chip}
              </Verdict>
            ))}
          </p>
        </Part>
        <Part name={g.rows}>
          <Rows />
        </Part>
        <Part name={g.quotes}>
          <Quote text={g.said}>{t.channel.phone}</Quote>
          <Quote text={g.said} accent>
            {t.channel.email}
          </Quote>
        </Part>
        <Part name={g.fields}>
          <Fields />
          <FilesField files={files} />
        </Part>
        <Part name={g.toasts}>
          <p className="toast">
            <span>{t.inbox.accepted("3")}</span>
            <span className="left">0:07</span>
            <button type="button" className="btn quiet">
              {t.action.undo} <Key of="z" />
            </button>
          </p>
          <p className="toast bad">
            <span>{t.error.code[10]}</span>
          </p>
        </Part>
        <Part name={g.failures}>
          <Failure error={new ConnectError("away", Code.Unavailable)} onRetry={() => undefined} />
        </Part>
        <Part name={g.empty}>
          <Empty title={t.engine.emptyTitle} text={t.engine.emptyText} />
        </Part>
        <Part name={g.charts}>
          <Charts />
        </Part>
      </div>
    </Page>
  );
}
