// What complaints are about: a tree that the team makes, with what came of each.
import { useState } from "react";
import { Link } from "wouter";

import type { ContactReason } from "@protos/dangol/tickets/v1/contact_reason_pb";
import { may } from "../../base/session";
import { Icon } from "../../parts/icon";
import { useMemberNames } from "../../parts/members";
import { useReasonNames, useReasons, type ReasonNames } from "../../parts/reasons";
import { Failure } from "../../parts/small";
import { useStages } from "../../parts/stages";
import { Table } from "../../parts/table";
import { useWords } from "../../words/words";
import { pathOf } from "../inbox/views";
import { ReasonDialog } from "./reason_dialog";
import { treeOf, type ReasonNode } from "./reason_tree";

// What is written into the form: a reason that is there, or the beginning of a path.
type Edited = { reason: ContactReason } | { above: string };

function Row({ node, names, onEdit }: { node: ReasonNode; names: ReasonNames; onEdit: (edited: Edited) => void }) {
  const { t, f } = useWords();
  const nameOf = useMemberNames();
  const { nameOf: stageNameOf } = useStages();
  const { reason } = node;
  const writes = may("reasons.write");
  const name = node.depth ? names.last(reason.path) : names.full(reason.path);
  const count = (tickets: bigint) =>
    tickets ? <Link href={pathOf("", "all", reason.path)}>{f.count(tickets)}</Link> : <span className="t3">0</span>;
  return (
    <tr>
      <th scope="row" className={node.depth ? "below" : ""} style={{ "--depth": node.depth }}>
        {writes ? (
          <button type="button" className="number" onClick={() => onEdit({ reason })}>
            {name}
          </button>
        ) : (
          name
        )}
      </th>
      <td>{reason.managed ? <code>{reason.path}</code> : <span className="chip warn">{t.settings.reason.unmanaged}</span>}</td>
      <td className="r">{node.openTickets ? f.count(node.openTickets) : <span className="t3">0</span>}</td>
      <td className="r">{count(node.tickets)}</td>
      <td>{reason.stage && stageNameOf(reason.stage)}</td>
      <td>{reason.owner && nameOf(reason.owner)}</td>
      <td className="acts">
        {writes && (
          <button
            type="button"
            className="btn quiet icon"
            aria-label={t.settings.reason.addBelow(names.full(reason.path))}
            title={t.settings.reason.addBelow(names.full(reason.path))}
            onClick={() => onEdit({ above: reason.path })}
          >
            <Icon name="plus" />
          </button>
        )}
      </td>
    </tr>
  );
}

export function Reasons() {
  const { t } = useWords();
  const r = t.settings.reason;
  const query = useReasons();
  const names = useReasonNames();
  const [edited, setEdited] = useState<Edited>();
  const all = query.data?.contactReasons ?? [];
  return (
    <section className="lead">
      <h2>{t.settings.parts.reasons}</h2>
      <p className="sub">{r.text}</p>
      {query.error && <Failure error={query.error} onRetry={() => void query.refetch()} />}
      {may("reasons.write") && (
        <p className="alt">
          <button type="button" className="btn primary" onClick={() => setEdited({ above: "" })}>
            {r.add}
          </button>
        </p>
      )}
      {all.length > 0 && (
        <Table label={t.settings.parts.reasons} head={[r.name, r.path, r.open, r.tickets, r.stage, r.owner, ""]} numbers={[2, 3]} className="tree">
          {treeOf(all).map((node) => (
            <Row key={node.reason.path} node={node} names={names} onEdit={setEdited} />
          ))}
        </Table>
      )}
      {query.data && !all.length && <p className="sub">{r.none}</p>}
      {query.data?.nextPageToken && <p className="meta">{r.more}</p>}
      {edited && <ReasonDialog {...edited} all={all} onClose={() => setEdited(undefined)} />}
    </section>
  );
}
