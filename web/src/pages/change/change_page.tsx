// A change: what it does for whom, why it was decided, and what became of the complaints behind it.
import "../../style/calm.css";
import "../../style/change.css";

import { Code, ConnectError } from "@connectrpc/connect";
import { useQuery } from "@connectrpc/connect-query";
import { useMemo, useState } from "react";

import { Change_Kind, Change_State, type Change } from "@protos/dangol/backlog/v1/change_pb";
import { ChangeService } from "@protos/dangol/backlog/v1/change_service_pb";
import { Page } from "../../app/shell";
import { useActions, type Action } from "../../base/actions";
import { idOf } from "../../base/ids";
import { useNow } from "../../base/now";
import { may } from "../../base/session";
import { dateOf } from "../../format/time";
import { useMemberNames } from "../../parts/members";
import { useReasonNames } from "../../parts/reasons";
import { ChangeChip, Empty, Failure, Key } from "../../parts/small";
import { useWords } from "../../words/words";
import { ChangeRail } from "./change_rail";
import { Comments } from "./comments";
import { DemandQuotes } from "./demand_quotes";
import { EditDialog } from "./edit_dialog";
import { EffectSection } from "./effect";
import { MergeDialog } from "./merge_dialog";
import { Outcome } from "./outcome";
import { Preview } from "./preview";
import { TransitionDialog } from "./transition_dialog";
import { afterthoughtsOf, isOffered, mayGo, mayMerge, nextOf, peopleOf, questionOf, type Afterthought, type Transition } from "./transitions";
import { useEffectOf } from "./use_effects";
import { VerdictDialog } from "./verdict_dialog";

const QUOTES = 3;
const QUOTES_AFTER_SHIP = 5;
const KEYS: Record<Transition, string> = { plan: "p", start: "s", ship: "v", drop: "d" };
const ORDER: Transition[] = ["plan", "start", "ship", "drop"];

function Head({ change }: { change: Change }) {
  const nameOf = useMemberNames();
  const { t, f } = useWords();
  const reasons = useReasonNames();
  const now = useNow();
  const shipped = dateOf(change.shipTime);
  const question = questionOf(change, now);
  const facts = [
    shipped && change.state >= Change_State.SHIPPED ? t.change.shippedOn(f.date(shipped, now)) : "",
    change.kind === Change_Kind.KIND_UNSPECIFIED ? "" : t.change.kind[change.kind],
    change.contactReasons.map(reasons.full).join(", "),
    change.owner ? t.change.owner(nameOf(change.owner)) : t.change.noOwner,
  ];
  return (
    <header className="chead">
      <div className="facts">
        <ChangeChip state={change.state} />
        {facts.filter(Boolean).map((fact) => (
          <span key={fact}>{fact}</span>
        ))}
      </div>
      <h2>{change.title}</h2>
      <p className="sub">
        {question === "conclude" ? t.change.concludeDue : question === "keep" ? t.change.keepDue : change.state === Change_State.DROPPED && change.drop ? change.drop.reason : t.change.next[change.state]}
      </p>
    </header>
  );
}

function Why({ change }: { change: Change }) {
  const { t, f } = useWords();
  const demands = change.evidence?.demands ?? 0n;
  const shipped = change.state === Change_State.SHIPPED || change.state === Change_State.VERIFIED;
  return (
    <section>
      <h3>{t.change.why}</h3>
      <p className="sub">{demands ? t.change.whySome(f.count(demands), f.count(peopleOf(change))) : t.change.whyNone}</p>
      <div className="voices">
        <DemandQuotes change={change.name} count={shipped ? QUOTES_AFTER_SHIP : QUOTES} total={demands} accent={!shipped} />
      </div>
    </section>
  );
}

function Body({ change }: { change: Change }) {
  const { t } = useWords();
  const [asking, setAsking] = useState<Transition>();
  const [after, setAfter] = useState<Afterthought>();
  const [editing, setEditing] = useState(false);
  const now = useNow(60_000);
  const afterthoughts = afterthoughtsOf(change, now);
  const question = questionOf(change, now);
  const [merging, setMerging] = useState(false);
  // What it did is said first, once there is something to say.
  const effect = useEffectOf(change.name);
  const can = ORDER.filter((transition) => mayGo(change, transition) && isOffered(change, transition));
  const next = nextOf(change);
  const actions = useMemo<Action[]>(
    () => [
      ...can.map((transition) => ({
        id: transition,
        label: t.change[transition],
        group: t.keys.groupDecide,
        keys: [KEYS[transition]],
        run: () => setAsking(transition),
      })),
      ...afterthoughts.map((what) => ({ id: what, label: t.change[what], group: t.keys.groupDecide, run: () => setAfter(what) })),
      ...(mayMerge(change) ? [{ id: "merge", label: t.change.merge, group: t.keys.groupDecide, run: () => setMerging(true) }] : []),
      ...(may("changes.write") ? [{ id: "edit", label: t.change.edit, group: t.keys.groupDecide, keys: ["e"], run: () => setEditing(true) }] : []),
    ],
    [t, change.state, afterthoughts.join()],
  );
  useActions(actions);
  return (
    <div className="page change">
      <Head change={change} />
      {change.state !== Change_State.MERGED && (
        <div className="acts0">
          {can.map((transition) => (
            <button
              key={transition}
              type="button"
              className={transition === next ? "btn primary" : transition === "drop" ? "btn quiet" : "btn"}
              onClick={() => setAsking(transition)}
            >
              {t.change[transition]} <Key of={KEYS[transition]} />
            </button>
          ))}
          {afterthoughts.map((what) => (
            <button key={what} type="button" className={what === question ? "btn primary" : "btn quiet"} onClick={() => setAfter(what)}>
              {t.change[what]}
            </button>
          ))}
          {mayMerge(change) && (
            <button type="button" className="btn quiet" onClick={() => setMerging(true)}>
              {t.change.merge}
            </button>
          )}
          {may("changes.write") && (
            <button type="button" className="btn quiet" onClick={() => setEditing(true)}>
              {t.change.edit} <Key of="e" />
            </button>
          )}
        </div>
      )}
      <div className="cols">
        <div className="colmain">
          {effect?.look && <EffectSection change={change.name} first />}
          <Outcome change={change} first={!effect?.look} />
          {effect && !effect.look && <EffectSection change={change.name} first={false} />}
          <Why change={change} />
          <Preview change={change} />
          <Comments parent={change.name} />
        </div>
        <ChangeRail change={change} />
      </div>
      {after && <VerdictDialog change={change} what={after} onClose={() => setAfter(undefined)} />}
      {merging && <MergeDialog change={change} onClose={() => setMerging(false)} />}
      {editing && <EditDialog change={change} onClose={() => setEditing(false)} />}
      {asking && <TransitionDialog change={change} transition={asking} onClose={() => setAsking(undefined)} />}
    </div>
  );
}

export default function ChangePage({ id }: { id: string }) {
  const { t } = useWords();
  const query = useQuery(ChangeService.method.getChange, { name: `changes/${id}` });
  const gone = query.error && ConnectError.from(query.error).code === Code.NotFound;
  return (
    <Page title={query.data?.title ?? t.change.id(idOf(id))} crumb={{ href: "/board", label: t.nav.board }} className={gone ? "emptyd" : "calm"}>
      {query.data ? (
        <Body change={query.data} />
      ) : gone ? (
        <Empty title={[t.change.notFound]} way={{ href: "/board", label: t.action.go(t.nav.board) }} />
      ) : (
        <div className="page" aria-busy={query.isPending}>
          {query.error && <Failure error={query.error} onRetry={() => void query.refetch()} />}
        </div>
      )}
    </Page>
  );
}
