// The secret of a token, which is shown once.
import { useState } from "react";

import type { Token } from "@protos/dangol/gateway/v1/token_service_pb";
import { idOf } from "../../base/ids";
import { FormDialog } from "../../parts/dialog";
import { Field } from "../../parts/fields";
import { useWords } from "../../words/words";

export function SecretDialog({ token, onClose }: { token: Token; onClose: () => void }) {
  const { t } = useWords();
  const k = t.settings.token;
  const [copied, setCopied] = useState(false);
  const copy = () => void navigator.clipboard?.writeText(token.secret).then(() => setCopied(true));
  return (
    <FormDialog title={k.secretOf(idOf(token.name))} submit={k.kept} impact={k.once} onSubmit={() => Promise.resolve()} onClose={onClose}>
      {token.secret ? (
        <>
          <Field label={k.secret}>{(ids) => <input {...ids} className="secret" type="text" readOnly value={token.secret} onFocus={(event) => event.currentTarget.select()} />}</Field>
          <p className="alt">
            <button type="button" className="btn" onClick={copy}>
              {copied ? k.copied : k.copy}
            </button>
          </p>
          <p className="hint">
            {k.use} <code>authorization: Bearer …</code>
          </p>
        </>
      ) : (
        <p className="t2">{k.noSecret}</p>
      )}
    </FormDialog>
  );
}
