// Ctrl+K: every action and place by a few letters, Korean ones by initial consonants too, and any complaint or change by its id.
import { useId, useMemo, useState } from "react";

import { useAllActions } from "../base/actions";
import { isResourceId } from "../base/ids";
import { isComposing, stepOf } from "../base/keys";
import { matches } from "../base/texts";
import { useModal } from "../parts/modal";
import { Key } from "../parts/small";
import { useWords } from "../words/words";

interface Item {
  id: string;
  label: string;
  group: string;
  key?: string | undefined;
  run: () => void;
}

export default function Palette({ go, onClose }: { go: (path: string) => void; onClose: () => void }) {
  const { t } = useWords();
  const actions = useAllActions();
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const listId = useId();
  const dialog = useModal();

  const items = useMemo<Item[]>(() => {
    const known = actions
      .filter((action) => !action.keysOnly && action.id !== "palette" && matches(action.label, typed))
      .map(({ id, label, group, keys, run }) => ({ id, label, group, key: keys?.[0], run }));
    // On phones it is the menu of all pages, and there are no keys to show.
    if (!typed && matchMedia("(max-width: 719px)").matches) {
      const isPage = (item: Item) => item.id.startsWith("go-");
      return [...known.filter(isPage), ...known.filter((item) => !isPage(item) && item.id !== "help")];
    }
    // Only what can be one: a word that is looked for is no id.
    const [, kind, id = ""] = /^(tickets\/|changes\/)?(.*)$/.exec(typed.trim())!;
    if (!isResourceId(id)) return known;
    const made = /^\d[0-9a-z]{12}$/.test(id);
    const open = (kind: string, label: string, path: string): Item => ({ id: kind, label, group: "", run: () => go(path) });
    return [
      ...known,
      ...((made ? kind !== "changes/" : kind === "tickets/") ? [open("ticket", t.palette.openTicket(id), `/inbox/${id}?view=all`)] : []),
      ...((made || id.includes("-") ? kind !== "tickets/" : kind === "changes/") ? [open("change", t.palette.openChange(id), `/changes/${id}`)] : []),
    ];
  }, [actions, typed, t]);
  const current = Math.min(at, items.length - 1);

  const run = (item: Item | undefined) => {
    if (!item) return;
    dialog.current?.close();
    // The page has its focus again before something else takes it.
    setTimeout(item.run);
  };

  return (
    <dialog ref={dialog} className="dialog palette" aria-label={t.palette.title} onClose={onClose}>
      <input
        type="text"
        role="combobox"
        aria-expanded="true"
        aria-controls={listId}
        aria-activedescendant={items[current] ? `${listId}-${current}` : undefined}
        aria-label={t.palette.title}
        placeholder={t.palette.placeholder}
        spellcheck={false}
        autocomplete="off"
        autoFocus
        value={typed}
        onInput={(event) => {
          setTyped(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={(event) => {
          const step = stepOf(event);
          if (step) {
            event.preventDefault();
            setAt((current + step + items.length) % Math.max(items.length, 1));
          } else if (event.key === "Enter" && !isComposing(event)) {
            event.preventDefault();
            run(items[current]);
          }
        }}
      />
      <ul role="listbox" id={listId} aria-label={t.palette.title}>
        {items.map((item, index) => (
          <li
            key={item.group + item.id}
            id={`${listId}-${index}`}
            role="option"
            aria-selected={index === current}
            className={index === current ? "on" : ""}
            ref={(element) => {
              if (index === current) element?.scrollIntoView({ block: "nearest" });
            }}
            onClick={() => run(item)}
            onMouseMove={() => index !== current && setAt(index)}
          >
            <span>{item.label}</span>
            <small>{item.group}</small>
            {item.key && <Key of={item.key} />}
          </li>
        ))}
      </ul>
      {!items.length && <p className="none">{t.palette.none}</p>}
    </dialog>
  );
}
