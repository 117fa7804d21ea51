// The loop: what became of one complaint, and of all of them.
import "../../style/calm.css";
import "../../style/loop.css";

import { useQuery } from "@connectrpc/connect-query";
import { useLocation } from "wouter";

import { TicketService } from "@protos/dangol/tickets/v1/ticket_service_pb";
import { Page } from "../../app/shell";
import { useNow } from "../../base/now";
import { dateOf } from "../../format/time";
import { SearchForm } from "../../parts/search_form";
import { useWords } from "../../words/words";
import { AllLoops } from "./all_loops";
import { Daily } from "./daily";
import { OneLoop } from "./one_loop";

function Find() {
  const { t } = useWords();
  const [, go] = useLocation();
  return (
    <SearchForm
      className="find-loop"
      label={t.loop.find}
      placeholder={t.loop.findPlaceholder}
      submit={t.loop.findDo}
      initially=""
      onSearch={(typed) => {
        const id = typed.replace(/^(tickets|loops)\//, "");
        if (id) go(`/loop/${encodeURIComponent(id)}`);
      }}
    />
  );
}

export default function LoopPage({ id }: { id?: string | undefined }) {
  const { t, f } = useWords();
  const now = useNow();
  // As the page below it does, so it is read once.
  const ticket = useQuery(TicketService.method.getTicket, { name: `tickets/${id ?? ""}` }, { enabled: Boolean(id) }).data;
  const received = dateOf(ticket?.receiveTime);
  const title = received ? t.loop.titleOf(f.date(received, now)) : t.loop.one;
  return (
    <Page title={id ? title : t.loop.title} {...(id && { crumb: { href: "/loop", label: t.loop.title } })} className="calm">
      <div className="page">
        {id && <OneLoop id={id} />}
        <AllLoops first={!id} />
        <Daily />
        <section className="follow">
          <h3>{t.loop.find}</h3>
          <Find />
        </section>
      </div>
    </Page>
  );
}
