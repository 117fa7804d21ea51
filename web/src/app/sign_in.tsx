// Nobody is signed in, or no longer: how one comes in.
import { onlineManager } from "@tanstack/react-query";
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "react";

import { queries } from "../base/api";
import { hasDrafts } from "../base/draft";
import { BASE } from "../base/place";
import { linkTrouble, resumeSession, useSession } from "../base/session";
import { useModal } from "../parts/modal";
import { Empty } from "../parts/small";
import { useWords } from "../words/words";
import { EmailForm } from "./email_form";

// What signs in beside a link: the company's own accounts (`dangol login set`), a code by e-mail (mail.toml).
interface Ways {
  provider?: boolean;
  email?: boolean;
}

function useWays(): Ways {
  const [ways, setWays] = useState<Ways>({});
  useEffect(() => {
    void fetch(`${BASE}/auth/ways`)
      .then((answer) => (answer.ok ? (answer.json() as Promise<Ways>) : {}))
      .then(setWays)
      .catch(() => undefined);
  }, []);
  return ways;
}

// Above the page that is open, and all that it shows; it ends when the session goes on.
function Over({ title, children }: { title: string; children: ComponentChildren }) {
  const dialog = useModal();
  // What the page reads waits, and is read anew.
  useEffect(() => {
    onlineManager.setOnline(false);
    return () => {
      onlineManager.setOnline(true);
      void queries.invalidateQueries();
    };
  }, []);
  return (
    <dialog ref={dialog} className="emptyd sign-in over" aria-label={title} onCancel={(event) => event.preventDefault()} onClose={() => dialog.current?.showModal()}>
      {children}
    </dialog>
  );
}

export default function SignIn() {
  const { t } = useWords();
  const { ended, session } = useSession();
  const { provider, email } = useWays();
  const [trouble, setTrouble] = useState(t.signIn.link[linkTrouble()]);
  const again = async () => {
    setTrouble(undefined);
    if (!(await resumeSession())) setTrouble(t.signIn.notYet);
  };
  const content = (
    <>
      <p className="brand">
        <span className="mark" aria-hidden="true">
          단
        </span>
        {t.product}
      </p>
      <Empty title={ended ? t.signIn.ended : t.signIn.title} text={email ? t.signIn.emailText : t.signIn.text}>
        {trouble && (
          <p className="wrong" role="alert">
            {trouble}
          </p>
        )}
        {provider && (
          <p>
            {/* This page goes on once the other one has signed in. */}
            <a className="btn primary" href={`${BASE}/auth/start`} {...(session && { target: "_blank", rel: "noreferrer" })}>
              {t.signIn.provider}
            </a>
          </p>
        )}
        {email && <EmailForm />}
        {email && <p className="alt t3">{t.signIn.byLink}</p>}
        <p>
          <code>dangol login --member …</code>
        </p>
        {!email && <p className="t2">{t.signIn.askForOne}</p>}
        {session ? <p className="alt">{t.signIn.stays}</p> : hasDrafts() && <p className="t3">{t.signIn.kept}</p>}
        <p className="alt">
          <button type="button" className={email ? "btn" : "btn primary"} onClick={() => void again()}>
            {t.action.retry}
          </button>
        </p>
      </Empty>
    </>
  );
  return session ? (
    <Over title={t.signIn.ended.join(" ")}>{content}</Over>
  ) : (
    <main id="main" className="emptyd sign-in">
      {content}
    </main>
  );
}
