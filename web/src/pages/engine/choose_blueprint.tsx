// No engine yet: choose how a stranger becomes a regular here.
import { create } from "@bufbuild/protobuf";
import { useState } from "react";

import { EngineSchema } from "@protos/dangol/metrics/v1/engine_pb";
import { CreateEngineRequest_Blueprint } from "@protos/dangol/metrics/v1/engine_service_pb";
import { explain } from "../../base/errors";
import { requestId } from "../../base/ids";
import { mayAt } from "../../base/session";
import { Empty } from "../../parts/small";
import { useWords } from "../../words/words";
import { engines, readNumbersAnew } from "./data";

export function ChooseBlueprint() {
  const { t } = useWords();
  const [failure, setFailure] = useState("");
  const [id] = useState(requestId);
  const choose = (blueprint: CreateEngineRequest_Blueprint) => {
    const engine = create(EngineSchema, { timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone });
    engines
      .createEngine({ engine, blueprint, requestId: `${id}-${blueprint}` })
      .then(readNumbersAnew, (error: unknown) => setFailure(explain(error, t).sentence));
  };
  if (!mayAt("engines.write", "")) return <Empty title={[t.engine.emptyTitle[0]!]} text={t.error.askRole} />;
  return (
    <Empty title={t.engine.emptyTitle} text={t.engine.emptyText}>
      <ul className="channels">
        {([CreateEngineRequest_Blueprint.ENGINE, CreateEngineRequest_Blueprint.FIVE_A] as const).map((blueprint, index) => (
          <li key={blueprint}>
            <div className="cn">
              <b id={`blueprint-${blueprint}`}>{t.engine.blueprints[blueprint]}</b>
              <small>{t.engine.blueprintsWhy[blueprint]}</small>
            </div>
            <button type="button" className={index ? "btn" : "btn primary"} aria-describedby={`blueprint-${blueprint}`} onClick={() => choose(blueprint)}>
              {t.action.choose}
            </button>
          </li>
        ))}
      </ul>
      {failure && (
        <p className="failure" role="alert">
          {failure}
        </p>
      )}
    </Empty>
  );
}
