// What those who work on a change say about it. No customer sees it.
import { create } from "@bufbuild/protobuf";
import { createConnectQueryKey, useInfiniteQuery } from "@connectrpc/connect-query";
import { useRef, useState } from "react";

import { ChangeService } from "@protos/dangol/backlog/v1/change_service_pb";
import { CommentSchema } from "@protos/dangol/backlog/v1/comment_pb";
import { changes, queries, transport } from "../../base/api";
import { useDraft } from "../../base/draft";
import { explain } from "../../base/errors";
import { requestId } from "../../base/ids";
import { useNow } from "../../base/now";
import { PAGED, useAllPages } from "../../base/pages";
import { may } from "../../base/session";
import { dateOf } from "../../format/time";
import { TalkField } from "../../parts/fields";
import { memberOfDevice } from "../../parts/member_field";
import { useMemberNames } from "../../parts/members";
import { Failure, Wrong } from "../../parts/small";
import { useWords } from "../../words/words";

export function Comments({ parent }: { parent: string }) {
  const nameOf = useMemberNames();
  const { t, f } = useWords();
  const now = useNow();
  const [body, setBody, clearBody] = useDraft(`${parent}.comment`);
  const [failure, setFailure] = useState("");
  const [sending, setSending] = useState(false);
  const id = useRef(requestId());
  const query = useInfiniteQuery(
    ChangeService.method.listComments,
    { parent, pageSize: 100, pageToken: "" },
    PAGED,
  );
  useAllPages(query);
  const comments = query.data?.pages.flatMap((page) => page.comments) ?? [];
  const send = async () => {
    if (!body.trim() || sending) return;
    setSending(true);
    try {
      const comment = create(CommentSchema, { body: body.trim(), author: memberOfDevice() });
      await changes.createComment({ parent, comment, requestId: id.current });
      id.current = requestId();
      clearBody(body);
      setFailure("");
      const schema = ChangeService.method.listComments;
      void queries.invalidateQueries({ queryKey: createConnectQueryKey({ schema, transport, cardinality: "infinite" }) });
    } catch (error) {
      setFailure(explain(error, t).sentence);
    }
    setSending(false);
  };
  return (
    <section>
      <h3>{t.change.comments}</h3>
      {query.error && <Failure error={query.error} onRetry={() => void query.refetch()} />}
      <ul className="comments">
        {comments.map((comment) => {
          const said = dateOf(comment.createTime);
          return (
            <li key={comment.name}>
              <p>
                <b>{nameOf(comment.author)}</b> <time className="t3">{said && f.dateTime(said, now)}</time>
              </p>
              <p className="lines" dir="auto">
                {comment.body}
              </p>
            </li>
          );
        })}
      </ul>
      {may("changes.write") && (
        <form
          className="comment-form"
          onSubmit={(event) => {
            event.preventDefault();
            void send();
          }}
        >
          <TalkField rows={2} label={t.change.comment} value={body} onValue={setBody} onSend={() => void send()} />
          <button type="submit" className="btn" disabled={!body.trim() || sending}>
            {t.inbox.send}
          </button>
        </form>
      )}
      <Wrong sentence={failure} />
    </section>
  );
}
