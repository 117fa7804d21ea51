// A text that is copied as it is, such as a secret or a command.
import { useEffect, useRef, useState } from "react";

import { useWords } from "../words/words";
import { Field } from "./fields";

interface Props {
  label: string;
  hint?: string;
  value: string;
  // It takes the place of what was pressed for it.
  takesFocus?: boolean;
}

export function CopyField({ label, hint, value, takesFocus }: Props) {
  const { t } = useWords();
  const [copied, setCopied] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (!takesFocus) return;
    input.current?.focus();
    // What it is good for stands below it.
    input.current?.closest(".field")?.nextElementSibling?.scrollIntoView({ block: "nearest" });
  }, [takesFocus]);
  const copy = () => void navigator.clipboard?.writeText(value).then(() => setCopied(true));
  return (
    <>
      <Field label={label} hint={hint}>
        {(ids) => <input {...ids} ref={input} className="secret" type="text" readOnly value={value} onFocus={(event) => event.currentTarget.select()} />}
      </Field>
      <p className="alt">
        <button type="button" className="btn" onClick={copy}>
          {copied ? t.settings.token.copied : t.settings.token.copy}
        </button>
      </p>
    </>
  );
}
