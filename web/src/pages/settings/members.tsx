// Who works here, what they may do, and what they own.
import { useState } from "react";
import { Link } from "wouter";

import { Member_State, type Member } from "@protos/dangol/metrics/v1/member_pb";
import { idOf } from "../../base/ids";
import { may } from "../../base/session";
import { dateOf } from "../../format/time";
import { useMembers } from "../../parts/members";
import { Failure } from "../../parts/small";
import { useStages } from "../../parts/stages";
import { Table } from "../../parts/table";
import { useWords } from "../../words/words";
import { MemberDialog } from "./member_dialog";

// `engines/shop/stages/decision` → /stage/shop/decision
function stagePath(stage: string): string {
  const [, engine, , id] = stage.split("/");
  return `/stage/${engine}/${id}`;
}

function Row({ member, onEdit }: { member: Member; onEdit: () => void }) {
  const { t, f } = useWords();
  const { nameOf } = useStages();
  const left = member.state === Member_State.LEFT && dateOf(member.leaveTime);
  return (
    <tr>
      <th scope="row">
        {may("members.write") ? (
          <button type="button" className="number" onClick={onEdit}>
            {member.displayName}
          </button>
        ) : (
          member.displayName
        )}
      </th>
      <td>
        <code>{idOf(member.name)}</code>
      </td>
      <td>
        {member.roles.length > 0 && (
          <span className="chips">
            {member.roles.map((role) => (
              <span key={role} className="chip line">
                {t.settings.member.roles[role]}
              </span>
            ))}
          </span>
        )}
      </td>
      <td>
        {member.stages.map((stage, index) => (
          <span key={stage}>
            {index > 0 && " · "}
            <Link href={stagePath(stage)}>{nameOf(stage)}</Link>
          </span>
        ))}
      </td>
      <td>{left ? f.date(left) : member.email}</td>
    </tr>
  );
}

function List({ title, members, last, onEdit }: { title: string; members: Member[]; last: string; onEdit: (member: Member) => void }) {
  const { t } = useWords();
  const m = t.settings.member;
  return (
    <Table label={title} head={[m.name, m.short, m.does, m.owns, last]}>
      {members.map((member) => (
        <Row key={member.name} member={member} onEdit={() => onEdit(member)} />
      ))}
    </Table>
  );
}

export function Members() {
  const { t } = useWords();
  const m = t.settings.member;
  const query = useMembers();
  const [edited, setEdited] = useState<Member | "new">();
  const all = query.data?.members ?? [];
  const left = all.filter((one) => one.state === Member_State.LEFT);
  const here = all.filter((one) => one.state !== Member_State.LEFT);
  return (
    <>
      <section className="lead">
        <h2>{t.settings.parts.members}</h2>
        <p className="sub">{m.text}</p>
        {query.error && <Failure error={query.error} onRetry={() => void query.refetch()} />}
        {may("members.write") && (
          <p className="alt">
            <button type="button" className="btn primary" onClick={() => setEdited("new")}>
              {m.add}
            </button>
          </p>
        )}
        {here.length > 0 && <List title={t.settings.parts.members} members={here} last={m.email} onEdit={setEdited} />}
        {query.data && !all.length && <p className="sub">{m.none}</p>}
      </section>
      {left.length > 0 && (
        <section>
          <h3>{m.left}</h3>
          <p className="sub">{m.leftText}</p>
          <List title={m.left} members={left} last={m.leftWhen} onEdit={setEdited} />
        </section>
      )}
      {edited && <MemberDialog {...(edited !== "new" && { member: edited })} onClose={() => setEdited(undefined)} />}
    </>
  );
}
