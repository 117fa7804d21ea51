// What was said about a complaint, oldest first.
import { useInfiniteQuery } from "@connectrpc/connect-query";
import { useState } from "react";

import { Message_Kind, type Message } from "@protos/dangol/tickets/v1/ticket_pb";
import { TicketService } from "@protos/dangol/tickets/v1/ticket_service_pb";
import { failureOf } from "../../base/api";
import { useNow } from "../../base/now";
import { PAGED } from "../../base/pages";
import { may } from "../../base/session";
import { dateOf } from "../../format/time";
import { useMemberNames } from "../../parts/members";
import { Icon } from "../../parts/icon";
import { Opened, part } from "../../parts/scripts";
import { Failure } from "../../parts/small";
import { useWords } from "../../words/words";

const PAGE_SIZE = 200;
const RedactDialog = part(() => import("./redact_dialog"));

export function Thread({ parent }: { parent: string }) {
  const nameOf = useMemberNames();
  const { t, f } = useWords();
  const now = useNow();
  const [redacting, setRedacting] = useState<Message>();
  const query = useInfiniteQuery(TicketService.method.listMessages, { parent, pageSize: PAGE_SIZE, pageToken: "" }, PAGED);
  if (failureOf(query)) return <Failure error={query.error} onRetry={() => void query.refetch()} />;
  const messages = query.data?.pages.flatMap((page) => page.messages) ?? [];
  if (!messages.length) return null;
  return (
    <div className="thread">
      {messages.map((message) => {
        const made = dateOf(message.sendTime ?? message.createTime);
        const label = [t.messageKind[message.kind], nameOf(message.author)].filter(Boolean).join(" · ");
        return (
          <div className="msg" key={message.name}>
            <time dateTime={made?.toISOString()}>{made && f.moment(made, now)}</time>
            <p className={message.kind === Message_Kind.INTERNAL ? "internal" : ""}>
              <span className="lab">{label}</span>
              <span dir="auto">{message.redactTime ? t.inbox.redacted : message.body || t.customer.hiddenWords}</span>
              {may("tickets.redact") && !message.redactTime && (
                <button type="button" className="btn quiet icon redact" aria-label={t.inbox.redactOf(label)} title={t.inbox.redact} onClick={() => setRedacting(message)}>
                  <Icon name="close" />
                </button>
              )}
            </p>
          </div>
        );
      })}
      {query.hasNextPage && (
        <button type="button" className="btn quiet" onClick={() => void query.fetchNextPage()}>
          {t.more}
        </button>
      )}
      {redacting && (
        <Opened onClose={() => setRedacting(undefined)}>
          <RedactDialog name={redacting.name} what={redacting.body} onClose={() => setRedacting(undefined)} />
        </Opened>
      )}
    </div>
  );
}
