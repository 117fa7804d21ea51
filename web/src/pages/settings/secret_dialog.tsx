// The secret of a token, which is shown once.
import type { Token } from "@protos/dangol/gateway/v1/token_service_pb";
import { idOf } from "../../base/ids";
import { CopyField } from "../../parts/copy_field";
import { FormDialog } from "../../parts/dialog";
import { useWords } from "../../words/words";

export function SecretDialog({ token, onClose }: { token: Token; onClose: () => void }) {
  const { t } = useWords();
  const k = t.settings.token;
  return (
    <FormDialog title={k.secretOf(idOf(token.name))} submit={k.kept} impact={k.once} onSubmit={() => Promise.resolve()} onClose={onClose}>
      {token.secret ? (
        <>
          <CopyField label={k.secret} value={token.secret} />
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
