// What every dialog begins with.
import { useEffect, useRef, type RefObject } from "react";

import { useWords } from "../words/words";
import { Icon } from "./icon";

// Opened above the page once it is there.
export function useModal(): RefObject<HTMLDialogElement> {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
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
