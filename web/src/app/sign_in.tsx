// Nobody is signed in, or no longer: how one comes in.
import { Empty } from "../parts/small";
import { useWords } from "../words/words";

export default function SignIn() {
  const { t } = useWords();
  return (
    <main id="main" className="emptyd sign-in">
      <Empty title={t.signIn.title} text={t.signIn.text}>
        <p>
          <code>dangol login --member … --role …</code>
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
