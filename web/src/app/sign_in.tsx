// Nobody is signed in, or no longer: how one comes in.
import { useState } from "react";

import { keptAs } from "../base/place";
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

export default function SignIn() {
  const { t } = useWords();
  const { ended } = useSession();
  const [linkRefused] = useState(takeLinkRefused);
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
