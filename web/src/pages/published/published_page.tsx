// What customers can be told: changes that shipped and are published, newest first, and those that could be.
import "../../style/calm.css";
import "../../style/published.css";

import { useInfiniteQuery, useQuery } from "@connectrpc/connect-query";
import { useState } from "react";
import { Link } from "wouter";

import { Change_Kind, Change_State, type Change } from "@protos/dangol/backlog/v1/change_pb";
import { ChangeService, type PublishedChange } from "@protos/dangol/backlog/v1/change_service_pb";
import { Page } from "../../app/shell";
import { idOf } from "../../base/ids";
import { useNow } from "../../base/now";
import { PAGED } from "../../base/pages";
import { may } from "../../base/session";
import { dateOf } from "../../format/time";
import { CsvButton } from "../../parts/csv_button";
import { Empty, Failure } from "../../parts/small";
import { Why } from "../../parts/why";
import { useWords } from "../../words/words";
import { languageName, notesOf } from "../change/notes";
import { PublishDialog } from "../change/publish_dialog";

const PAGE = 50;
const SHIPPED = [Change_State.SHIPPED, Change_State.VERIFIED];
const OTHERS_MAX = 200;
const OTHERS_SHOWN = 10;

// Opened once it is known as it is now.
function Publishing({ name, publish, onClose }: { name: string; publish: boolean; onClose: () => void }) {
  const { data: change, isFetchedAfterMount } = useQuery(ChangeService.method.getChange, { name }, { staleTime: 0 });
  return change && isFetchedAfterMount ? <PublishDialog change={change} publish={publish} onClose={onClose} /> : null;
}

function Told({ of, onEdit }: { of: PublishedChange; onEdit: () => void }) {
  const { t, f, language } = useWords();
  const now = useNow(60_000);
  const at = dateOf(of.shipTime);
  const notes = notesOf(of.customerNotes, language);
  return (
    <li>
      <p className="t3">
        {[at && f.date(at, now), of.kind === Change_Kind.KIND_UNSPECIFIED ? "" : t.change.kind[of.kind]].filter(Boolean).join(" · ")}
      </p>
      <h3>
        <Link href={`/changes/${idOf(of.change)}`}>{of.title}</Link>
      </h3>
      {notes.map(([code, note]) => (
        <div key={code} className="note">
          <p lang={code} dir="auto">
            {note}
          </p>
          {(notes.length > 1 || code !== language) && <span className="t3">{languageName(code, language)}</span>}
        </div>
      ))}
      {!notes.length && <p className="t3">{t.published.noNote}</p>}
      {may("changes.write") && (
        <button type="button" className="linky" aria-label={t.published.editOf(of.title)} onClick={onEdit}>
          {t.published.edit}
        </button>
      )}
    </li>
  );
}

function Others({ of, onEdit }: { of: Change[]; onEdit: (name: string) => void }) {
  const { t, f } = useWords();
  const now = useNow(60_000);
  const [all, setAll] = useState(false);
  if (!of.length) return null;
  return (
    <section>
      <h3>{t.published.others}</h3>
      <p className="sub">{t.published.othersText}</p>
      <ul className="unpublished">
        {(all ? of : of.slice(0, OTHERS_SHOWN)).map((change) => {
          const at = dateOf(change.shipTime);
          return (
            <li key={change.name}>
              <span className="t3">{at && f.date(at, now)}</span>
              <Link href={`/changes/${idOf(change.name)}`}>{change.title}</Link>
              {may("changes.write") && (
                <button type="button" className="btn quiet" aria-label={t.published.publishOf(change.title)} onClick={() => onEdit(change.name)}>
                  {t.published.publish}
                </button>
              )}
            </li>
          );
        })}
      </ul>
      {!all && of.length > OTHERS_SHOWN && (
        <button type="button" className="btn quiet" onClick={() => setAll(true)}>
          {t.more}
        </button>
      )}
    </section>
  );
}

export default function PublishedPage() {
  const { t, f, language } = useWords();
  const query = useInfiniteQuery(ChangeService.method.listPublishedChanges, { pageSize: PAGE, pageToken: "" }, PAGED);
  const shipped = useQuery(ChangeService.method.listChanges, { states: SHIPPED, pageSize: OTHERS_MAX });
  const [editing, setEditing] = useState("");
  const told = query.data?.pages.flatMap((page) => page.changes) ?? [];
  const newest = (one: Change, other: Change) => Number((other.shipTime?.seconds ?? 0n) - (one.shipTime?.seconds ?? 0n));
  const others = (shipped.data?.changes ?? []).filter((change) => !change.published).sort(newest);
  const dialog = editing && <Publishing name={editing} publish={others.some((one) => one.name === editing)} onClose={() => setEditing("")} />;
  const codes = [...new Set(told.flatMap(({ customerNotes }) => Object.keys(customerNotes)))].sort();
  const rows = () => [
    [t.csv.id, t.published.shippedOn, t.csv.title, ...codes.map((code) => languageName(code, language))],
    ...told.map((one) => [idOf(one.change), dateOf(one.shipTime)?.toISOString() ?? "", one.title, ...codes.map((code) => one.customerNotes[code] ?? "")]),
  ];
  if (query.data && shipped.data && !told.length && !others.length) {
    return (
      <Page title={t.nav.published} className="emptyd">
        <Empty title={[t.published.none]} text={t.published.noneText} way={{ href: "/board", label: t.action.go(t.nav.board) }} />
      </Page>
    );
  }
  return (
    <Page title={t.nav.published} className="calm">
      <div className="page" aria-busy={query.isPending}>
        {query.error && <Failure error={query.error} onRetry={() => void query.refetch()} />}
        {query.data && (
          <header className="lead">
            <h2 className="say">{told.length ? t.published.say(f.count(told.length), query.hasNextPage) : t.published.sayNone}</h2>
            <p className="sub">
              {t.published.text} {told.length > 0 && <CsvButton name="published" rows={rows} />}
            </p>
            {told.length > 0 && <Why text={t.published.why} />}
          </header>
        )}
        <ul className="told">
          {told.map((one) => (
            <Told key={one.change} of={one} onEdit={() => setEditing(one.change)} />
          ))}
        </ul>
        {query.hasNextPage && (
          <button type="button" className="btn quiet" disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            {t.more}
          </button>
        )}
        {shipped.error && <Failure error={shipped.error} onRetry={() => void shipped.refetch()} />}
        <Others of={others} onEdit={setEditing} />
        {dialog}
      </div>
    </Page>
  );
}
