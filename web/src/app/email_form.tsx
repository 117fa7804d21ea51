// Signing in by a code that comes by e-mail: first the address, then the code. Whose address it is the gateway tells nobody.
import { useState } from "react";

import { beginSession, post } from "../base/session";
import { Field } from "../parts/fields";
import { useWords } from "../words/words";

export function EmailForm() {
  const { t } = useWords();
  const [address, setAddress] = useState("");
  const [sent, setSent] = useState(false);
  const [code, setCode] = useState("");
  const [reason, setReason] = useState<string>();
  const [busy, setBusy] = useState(false);
  const reasons: Record<string, string> = t.reasons;
  const wrong = reason === undefined ? undefined : reason ? (reasons[reason] ?? t.error.unknown) : t.error.title;

  // The code was right, and is used up.
  const [entered, setEntered] = useState(false);

  const send = async () => {
    setBusy(true);
    const failed = entered ? "" : await (sent ? post("/auth/email/code", { code }) : post("/auth/email", { email: address.trim() }));
    setBusy(false);
    // No answer is told as a reason without a name.
    setReason(failed === "" ? undefined : (failed ?? ""));
    if (failed === "CODE_ENDED") again();
    if (failed !== "") return;
    setEntered(sent);
    if (sent && !(await beginSession())) setReason("");
    setSent(true);
  };
  const again = () => {
    setSent(false);
    setEntered(false);
    setCode("");
  };

  return (
    <form
      className="alt"
      onSubmit={(event) => {
        event.preventDefault();
        if (!busy) void send();
      }}
    >
      {sent && (
        <p className="t2" role="status">
          {t.signIn.codeSent(address.trim())}
        </p>
      )}
      <Field key={String(sent)} label={sent ? t.signIn.code : t.signIn.email} wrong={wrong}>
        {(ids) =>
          sent ? (
            <input
              {...ids}
              type="text"
              required
              autoFocus
              value={code}
              autocomplete="one-time-code"
              autocapitalize="characters"
              spellcheck={false}
              onInput={(event) => setCode(event.currentTarget.value)}
            />
          ) : (
            <input {...ids} type="email" required value={address} autocomplete="email" onInput={(event) => setAddress(event.currentTarget.value)} />
          )
        }
      </Field>
      <p className="alt">
        <button type="submit" className="btn primary" disabled={busy}>
          {sent ? t.signIn.enter : t.signIn.sendCode}
        </button>{" "}
        {sent && (
          <button
            type="button"
            className="btn"
            onClick={() => {
              setReason(undefined);
              again();
            }}
          >
            {t.signIn.otherAddress}
          </button>
        )}
      </p>
    </form>
  );
}
