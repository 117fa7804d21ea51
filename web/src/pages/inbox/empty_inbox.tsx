// What the inbox shows where there is nothing: what to do next, and what can be done here.
import { runAction } from "../../base/actions";
import { may } from "../../base/session";
import { Icon } from "../../parts/icon";
import { Empty, Key } from "../../parts/small";
import { useWords } from "../../words/words";
import { isOffered, type Decision, type ViewName } from "./views";

const GHOSTS = ["w7", "w5", "w8", "w4", "w6", "w7", "w3", "w6", "w5"];

export function GhostRows() {
  return (
    <ul className="rows ghost" aria-hidden="true">
      {GHOSTS.map((width, index) => (
        <li key={index} className="row">
          <span className="due" />
          <span className="g" />
          <span className={`g ${width}`} />
          <span className="g" />
        </li>
      ))}
    </ul>
  );
}

export function EmptyInbox({ view }: { view: ViewName }) {
  const { t } = useWords();
  if (view !== "open") {
    return (
      <article className="detail emptyd">
        <Empty title={[t.inbox.emptyView]} />
      </article>
    );
  }
  return (
    <article className="detail emptyd">
      <Empty title={t.inbox.emptyTitle} text={t.inbox.emptyText}>
        <ul className="channels" hidden={!may("tickets.write")}>
          <li>
            <span className="ci">
              <Icon name="phone" />
            </span>
            <div className="cn">
              <b>{t.inbox.emptyWrite}</b>
              <small>{t.inbox.emptyWriteWhy}</small>
            </div>
            <button type="button" className="btn primary" onClick={() => runAction("new")}>
              {t.newTicket.do} <Key of="c" />
            </button>
          </li>
          <li>
            <span className="ci">
              <Icon name="import" />
            </span>
            <div className="cn">
              <b>{t.inbox.emptyImport}</b>
              <small>{t.inbox.emptyImportWhy}</small>
              <code>dangol import csv --help</code>
            </div>
          </li>
        </ul>
      </Empty>
    </article>
  );
}

export function HereKeys() {
  const { t } = useWords();
  const decisions: [Decision, string, string][] = [
    ["accept", "a", t.inbox.hereAccept],
    ["decline", "d", t.inbox.hereDecline],
    ["answer", "e", t.inbox.hereAnswer],
  ];
  const lines = [...decisions.filter(([decision]) => isOffered(decision)).map(([decision, key, what]) => [key, t.inbox[decision], what]), ["*", "", t.inbox.hereSame]] as [string, string, string][];
  return (
    <aside className="context" aria-label={t.inbox.here}>
      <section>
        <h3>{t.inbox.here}</h3>
        <div className="keylist">
          {lines.map(([key, name, what]) => (
            <p key={key}>
              <Key of={key} />
              <span>
                {name && <b>{name}</b>}
                {what}
              </span>
            </p>
          ))}
        </div>
        <p className="t3">{t.inbox.hereHangul}</p>
      </section>
    </aside>
  );
}
