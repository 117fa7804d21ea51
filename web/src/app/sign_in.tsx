// Nobody is signed in, or no longer: how one comes in.
import { useEffect, useState } from "react";

import { BASE, keptAs } from "../base/place";
import { useSession } from "../base/session";
import { Empty } from "../parts/small";
import { useWords } from "../words/words";

// Said by public/login.js, once.
const LINK_REFUSED = keptAs("dangol.linkRefused");

function takeLinkRefused(): boolean {
  const refused = sessionStorage.getItem(LINK_REFUSED) !== null;
  sessionStorage.removeItem(LINK_REFUSED);
  return refused;
}

// Whether the company's own accounts sign in (`dangol login set`).
function useProvider(): boolean {
  const [provider, setProvider] = useState(false);
  useEffect(() => {
    void fetch(`${BASE}/auth/ways`)
      .then((answer) => (answer.ok ? (answer.json() as Promise<{ provider: boolean }>) : { provider: false }))
      .then((ways) => setProvider(ways.provider))
      .catch(() => undefined);
  }, []);
  return provider;
}

export default function SignIn() {
  const { t } = useWords();
  const { ended } = useSession();
  const [linkRefused] = useState(takeLinkRefused);
  const provider = useProvider();
  return (
    <main id="main" className="emptyd sign-in">
      <p className="brand">
        <span className="mark" aria-hidden="true">
          단
        </span>
        {t.product}
      </p>
      <Empty title={ended ? t.signIn.ended : t.signIn.title} text={t.signIn.text}>
        {linkRefused && (
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
        <p>
          <code>dangol login --member …</code>
        </p>
        <p className="t3">{t.signIn.kept}</p>
        <p className="alt">
          <button type="button" className="btn primary" onClick={() => location.reload()}>
            {t.action.retry}
          </button>
        </p>
      </Empty>
    </main>
  );
}
