// A text that is copied as it is, such as a secret or a command.
import { useState } from "react";

import { useWords } from "../words/words";
import { Field } from "./fields";

export function CopyField({ label, hint, value }: { label: string; hint?: string; value: string }) {
  const { t } = useWords();
  const [copied, setCopied] = useState(false);
  const copy = () => void navigator.clipboard?.writeText(value).then(() => setCopied(true));
  return (
    <>
      <Field label={label} hint={hint}>
        {(ids) => <input {...ids} className="secret" type="text" readOnly value={value} onFocus={(event) => event.currentTarget.select()} />}
      </Field>
      <p className="alt">
        <button type="button" className="btn" onClick={copy}>
          {copied ? t.settings.token.copied : t.settings.token.copy}
        </button>
      </p>
    </>
  );
}
