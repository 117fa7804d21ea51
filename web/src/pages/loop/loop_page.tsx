// The loop: what became of one complaint, and of all of them.
import "../../style/calm.css";
import "../../style/loop.css";

import { useState } from "react";
import { useLocation } from "wouter";

import { Page } from "../../app/shell";
import { useWords } from "../../words/words";
import { AllLoops } from "./all_loops";
import { OneLoop } from "./one_loop";

function Find() {
  const { t } = useWords();
  const [, go] = useLocation();
  const [typed, setTyped] = useState("");
  return (
    <form
      className="find-loop"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        const id = typed.trim().replace(/^(tickets|loops)\//, "");
        if (id) go(`/loop/${encodeURIComponent(id)}`);
      }}
    >
      <label>
        <span className="vh">{t.loop.find}</span>
        <input
          className="search"
          type="text"
          value={typed}
          placeholder={t.loop.findPlaceholder}
          spellcheck={false}
          autocomplete="off"
          onInput={(event) => setTyped(event.currentTarget.value)}
        />
      </label>
      <button type="submit" className="btn">
        {t.loop.findDo}
      </button>
    </form>
  );
}

export default function LoopPage({ id }: { id?: string | undefined }) {
  const { t } = useWords();
  return (
    <Page title={id ?? t.loop.title} {...(id && { crumb: { href: "/loop", label: t.loop.title } })} className="calm">
      <div className="page">
        {id && <OneLoop id={id} />}
        <AllLoops first={!id} />
        <section className="follow">
          <h3>{t.loop.find}</h3>
          <Find />
        </section>
      </div>
    </Page>
  );
}
