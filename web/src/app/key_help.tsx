// ?: the keys of the page that is shown.
import { useAllActions, type Action } from "../base/actions";
import { useSettings } from "../base/settings";
import { ModalHead, useModal } from "../parts/modal";
import { Key } from "../parts/small";
import { useWords } from "../words/words";

export default function KeyHelp({ onClose }: { onClose: () => void }) {
  const { t } = useWords();
  const { singleKeys } = useSettings();
  const dialog = useModal();

  const groups = new Map<string, Action[]>();
  for (const action of useAllActions()) {
    if (action.keys) groups.set(action.group, [...(groups.get(action.group) ?? []), action]);
  }
  return (
    <dialog ref={dialog} className="dialog help" aria-label={t.keys.title} onClose={onClose}>
      <ModalHead title={t.keys.title} dialog={dialog} />
      <div className="dialog-body">
        <p className="t2">{singleKeys ? t.keys.intro : t.keys.off}</p>
        <div className="key-groups">
          {[...groups].map(([group, actions]) => (
            <section key={group}>
              <h3>{group}</h3>
              <dl>
                {actions.map((action) => (
                  <div key={action.id}>
                    <dt>
                      {action.keys!.slice(0, 2).map((key) => (
                        <Key key={key} of={key} />
                      ))}
                      <span className="vh">{action.keys![0]}</span>
                    </dt>
                    <dd>{action.label}</dd>
                  </div>
                ))}
              </dl>
            </section>
          ))}
        </div>
      </div>
    </dialog>
  );
}
