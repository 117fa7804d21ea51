// Nobody is signed in, or no longer: how one comes in.
import { useEffect, useState } from "react";

import { hasDrafts } from "../base/draft";
import { BASE } from "../base/place";
import { useSession, wasLinkRefused } from "../base/session";
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

export default function SignIn() {
  const { t } = useWords();
  const { ended } = useSession();
  const { provider, email } = useWays();
  return (
    <main id="main" className="emptyd sign-in">
      <p className="brand">
        <span className="mark" aria-hidden="true">
          단
        </span>
        {t.product}
      </p>
      <Empty title={ended ? t.signIn.ended : t.signIn.title} text={email ? t.signIn.emailText : t.signIn.text}>
        {wasLinkRefused() && (
          <p className="wrong" role="alert">
            {t.signIn.linkRefused}
          </p>
        )}
        {provider && (
          <p>
            <a className="btn primary" href={`${BASE}/auth/start`}>
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
        {hasDrafts() && <p className="t3">{t.signIn.kept}</p>}
        <p className="alt">
          <button type="button" className={email ? "btn" : "btn primary"} onClick={() => location.reload()}>
            {t.action.retry}
          </button>
        </p>
      </Empty>
    </main>
  );
}
