// What was said about a complaint, oldest first.
import { useQuery } from "@connectrpc/connect-query";

import { Message_Kind } from "@protos/dangol/tickets/v1/ticket_pb";
import { TicketService } from "@protos/dangol/tickets/v1/ticket_service_pb";
import { useNow } from "../../base/now";
import { dateOf } from "../../format/time";
import { useMemberNames } from "../../parts/members";
import { Failure } from "../../parts/small";
import { useWords } from "../../words/words";

const MESSAGES_MAX = 200;

export function Thread({ parent }: { parent: string }) {
  const nameOf = useMemberNames();
  const { t, f } = useWords();
  const now = useNow();
  const query = useQuery(TicketService.method.listMessages, { parent, pageSize: MESSAGES_MAX });
  if (query.error) return <Failure error={query.error} onRetry={() => void query.refetch()} />;
  const messages = query.data?.messages ?? [];
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
              <span dir="auto">{message.body}</span>
            </p>
          </div>
        );
      })}
    </div>
  );
}
