// What every dialog begins with.
import { useLayoutEffect, useRef, type RefObject } from "react";

import { useWords } from "../words/words";
import { Icon } from "./icon";

// What had the focus before the first of several dialogs: it has it again after the last.
let opener: HTMLElement | undefined;

function giveBack(): void {
  if (document.activeElement && document.activeElement !== document.body) return;
  (opener?.isConnected ? opener : document.getElementById("main"))?.focus();
}

// Opened above the page in the same turn, so that what is typed next goes into it and is no key of the page. Where no field asks for the focus the first one has it, and not the button that closes.
export function useModal(): RefObject<HTMLDialogElement> {
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const before = document.activeElement;
    if (before instanceof HTMLElement && before !== document.body && !before.closest("dialog")) opener = before;
    dialog.current?.showModal();
    if (document.activeElement?.closest("dialog > form > header, dialog > header")) {
      const fields = [...dialog.current!.querySelectorAll<HTMLInputElement>(".dialog-body :is(input, textarea, select)")];
      const chosen = fields.find(({ type, name, checked }) => type === "radio" && name === fields[0]!.name && checked);
      (chosen ?? fields[0])?.focus();
    }
    return () => void setTimeout(giveBack);
  }, []);
  return dialog;
}

// `id`: the dialog is named by its title.
export function ModalHead({ title, id, dialog }: { title: string; id?: string; dialog: RefObject<HTMLDialogElement> }) {
  const { t } = useWords();
  return (
    <header>
      <h2 id={id}>{title}</h2>
      <button type="button" className="btn quiet icon" aria-label={t.action.close} onClick={() => dialog.current?.close()}>
        <Icon name="close" />
      </button>
    </header>
  );
}
