// Where nothing is yet: the first thing to do.
import { runAction } from "../base/actions";
import { useWords } from "../words/words";
import { Key } from "./small";

export function WriteDown() {
  const { t } = useWords();
  return (
    <p className="alt">
      <button type="button" className="btn primary" onClick={() => runAction("new")}>
        {t.inbox.emptyWrite} <Key of="c" />
      </button>
    </p>
  );
}
