// Where nothing is yet: the first thing to do.
import { runAction } from "../base/actions";
import { may } from "../base/session";
import { useWords } from "../words/words";
import { Key } from "./small";

export function WriteDown() {
  const { t } = useWords();
  if (!may("tickets.write")) return null;
  return (
    <p className="alt">
      <button type="button" className="btn primary" onClick={() => runAction("new")}>
        {t.inbox.emptyWrite} <Key of="c" />
      </button>
    </p>
  );
}
