// A form above the page: Esc closes it, Ctrl+Enter sends it, and what failed says so in it.
import type { ComponentChildren } from "preact";
import { useId, useState } from "react";

import { explainInForm, type Explained } from "../base/errors";
import { isSend } from "../base/keys";
import { useWords } from "../words/words";
import { ModalHead, useModal } from "./modal";

interface Props {
  title: string;
  // What the button does, and the sentence that says what it causes.
  submit: string;
  impact?: string | undefined;
  bad?: boolean;
  wide?: boolean;
  // False: something is missing, and the fields say what.
  check?: () => boolean;
  onSubmit: () => Promise<void>;
  // Another way to end it, such as to delete what is edited.
  other?: { label: string; run: () => Promise<void> };
  onClose: () => void;
  children: ComponentChildren;
}

export function FormDialog({ title, submit, impact, bad, wide, check, onSubmit, other, onClose, children }: Props) {
  const { t } = useWords();
  const dialog = useModal();
  const heading = useId();
  const [pending, setPending] = useState(false);
  const [failure, setFailure] = useState<Explained>();

  const end = async (run: () => Promise<void>) => {
    if (pending) return;
    setPending(true);
    setFailure(undefined);
    try {
      await run();
      onClose();
    } catch (error) {
      setFailure(explainInForm(error, t));
      setPending(false);
    }
  };
  const send = async () => {
    if (!check || check()) return end(onSubmit);
    // What is missing may be out of sight.
    requestAnimationFrame(() => {
      const field = dialog.current?.querySelector(".dialog-body .wrong")?.closest(".field");
      field?.querySelector<HTMLElement>("input, textarea, select")?.focus();
    });
  };

  return (
    <dialog
      ref={dialog}
      className={wide ? "dialog wide-dialog" : "dialog"}
      aria-labelledby={heading}
      onClose={onClose}
      onKeyDown={(event) => {
        if (isSend(event)) {
          event.preventDefault();
          void send();
        }
      }}
    >
      <form
        method="dialog"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <ModalHead title={title} id={heading} dialog={dialog} />
        <div className="dialog-body">{children}</div>
        {failure && (
          <div className="failure" role="alert">
            <p>{failure.sentence}</p>
            {failure.fields.map(({ field, description }) => (
              <p key={field + description} lang="en">
                <b>{field}</b> {description}
              </p>
            ))}
          </div>
        )}
        <footer>
          {impact && <p className="impact">{impact}</p>}
          {other && (
            <button type="button" className="btn quiet bad" disabled={pending} onClick={() => void end(other.run)}>
              {other.label}
            </button>
          )}
          <button type="button" className="btn quiet" onClick={() => dialog.current?.close()}>
            {t.action.cancel}
          </button>
          <button type="submit" className={bad ? "btn danger" : "btn primary"} disabled={pending}>
            {submit} <kbd>{t.action.confirmKey}</kbd>
          </button>
        </footer>
      </form>
    </dialog>
  );
}
