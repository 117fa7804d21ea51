import { useInfiniteQuery } from "@connectrpc/connect-query";
import { useState } from "react";

import { Acknowledgement_Answer, type Engine, type EngineRevision } from "@protos/dangol/metrics/v1/engine_pb";
import { EngineService } from "@protos/dangol/metrics/v1/engine_service_pb";
import { idOf, isResourceId, requestId } from "../../base/ids";
import { useNow } from "../../base/now";
import { PAGED } from "../../base/pages";
import { useSeen } from "../../base/seen";
import { may } from "../../base/session";
import { settings } from "../../base/settings";
import { noteOf } from "../../base/texts";
import { say } from "../../base/toast";
import { dateOf } from "../../format/time";
import { FormDialog } from "../../parts/dialog";
import { TextField } from "../../parts/fields";
import { MemberField, memberOfDevice, rememberMember } from "../../parts/member_field";
import { useMemberNames } from "../../parts/members";
import { Failure, Verdict } from "../../parts/small";
import { useWords } from "../../words/words";
import { engines, readNumbersAnew } from "../engine/data";

const PAGE_SIZE = 10;

function AnswerDialog({ revision, answer, onClose }: { revision: EngineRevision; answer: Acknowledgement_Answer; onClose: () => void }) {
  const { t } = useWords();
  const [member, setMember] = useState(settings().member);
  const [note, setNote] = useState("");
  const [tried, setTried] = useState(false);
  const [id] = useState(requestId);
  const { name, etag } = useSeen(revision);
  const concern = answer === Acknowledgement_Answer.CONCERN;
  const send = async () => {
    await engines.acknowledgeRevision({ name, etag, requestId: id, member: rememberMember(member), answer, note: note.trim() });
    readNumbersAnew();
    say(t.blueprint.said);
  };
  return (
    <FormDialog
      title={t.blueprint.answers[answer]!}
      submit={t.blueprint.answers[answer]!}
      check={() => {
        setTried(true);
        return isResourceId(member) && !(concern && !note.trim());
      }}
      onSubmit={send}
      onClose={onClose}
    >
      <TextField
        label={t.blueprint.concernWhat}
        rows={3}
        value={note}
        onValue={setNote}
        wrong={tried && concern && !note.trim() ? t.required : undefined}
        autoFocus
      />
      <MemberField value={member} onValue={setMember} tried={tried} />
    </FormDialog>
  );
}

export function Revisions({ engine }: { engine: Engine }) {
  const nameOf = useMemberNames();
  const { t, f } = useWords();
  const now = useNow();
  const [asking, setAsking] = useState<Acknowledgement_Answer>();
  const query = useInfiniteQuery(
    EngineService.method.listEngineRevisions,
    { parent: engine.name, pageSize: PAGE_SIZE, pageToken: "" },
    PAGED,
  );
  const revisions = query.data?.pages.flatMap((page) => page.revisions) ?? [];
  const newest = revisions[0];
  const said = newest?.acknowledgements.find((one) => one.member === memberOfDevice());
  return (
    <section>
      <h3>{t.blueprint.history}</h3>
      {query.error && <Failure error={query.error} onRetry={() => void query.refetch()} />}
      {newest && may("metrics.enter") && (
        <div className="acts0">
          {[Acknowledgement_Answer.AGREE, Acknowledgement_Answer.CONCERN].filter((answer) => answer !== said?.answer).map((answer) => (
            <button key={answer} type="button" className={!said && answer === Acknowledgement_Answer.AGREE ? "btn primary" : "btn"} onClick={() => setAsking(answer)}>
              {t.blueprint.answers[answer]}
            </button>
          ))}
        </div>
      )}
      <ol className="revisions">
        {revisions.map((revision) => {
          const made = dateOf(revision.createTime);
          return (
            <li key={revision.name}>
              <p>
                <b>{t.revision(idOf(revision.name))}</b>{" "}
                <span className="t3">{[made && f.dateTime(made, now), nameOf(revision.author)].filter(Boolean).join(" · ")}</span>
              </p>
              {revision.note && <p className="t2">{noteOf(revision.note, t.takesOver, nameOf)}</p>}
              {revision.differences.length > 0 && (
                <details>
                  <summary>{t.blueprint.differences(f.count(revision.differences.length))}</summary>
                  <dl className="diff">
                    {revision.differences.map((one) => (
                      <div key={one.path}>
                        <dt>
                          <code>{one.path}</code>
                        </dt>
                        <dd>
                          {one.before && <del>{one.before}</del>} {one.after && <ins>{one.after}</ins>}
                        </dd>
                      </div>
                    ))}
                  </dl>
                </details>
              )}
              {revision.acknowledgements.length > 0 && (
                <ul className="acks">
                  {revision.acknowledgements.map((one) => {
                    const agrees = one.answer === Acknowledgement_Answer.AGREE;
                    return (
                      <li key={one.member}>
                        <Verdict tone={agrees ? "good" : "warn"} glyph={agrees ? "●" : "◐"}>
                          {nameOf(one.member)}
                        </Verdict>{" "}
                        <span className="t2">{one.note || t.blueprint.answers[one.answer]}</span>
                      </li>
                    );
                  })}
                </ul>
              )}
            </li>
          );
        })}
      </ol>
      {query.hasNextPage && (
        <button type="button" className="btn quiet" onClick={() => void query.fetchNextPage()}>
          {t.more}
        </button>
      )}
      {asking && newest && <AnswerDialog revision={newest} answer={asking} onClose={() => setAsking(undefined)} />}
    </section>
  );
}
