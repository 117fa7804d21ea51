// The loop: what became of one complaint, and of all of them.
import "../../style/calm.css";
import "../../style/loop.css";

import { useLocation } from "wouter";

import { Page } from "../../app/shell";
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
  const { t } = useWords();
  return (
    <Page title={id ?? t.loop.title} {...(id && { crumb: { href: "/loop", label: t.loop.title } })} className="calm">
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
