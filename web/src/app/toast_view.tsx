import { undoLast, useToast } from "../base/toast";
import { useNow } from "../base/now";
import { Key } from "../parts/small";
import { useWords } from "../words/words";

export function ToastView() {
  const { t } = useWords();
  const toast = useToast();
  // It counts down while it is shown.
  useNow(1_000);
  const left = toast ? Math.max(0, Math.ceil((toast.untilMs - Date.now()) / 1000)) : 0;
  return (
    <div className="toasts" role="status">
      {toast && (
        <div className={toast.bad ? "toast bad" : "toast"} key={toast.id}>
          <span>{toast.text}</span>
          {toast.undo && (
            <>
              <span className="left" aria-hidden="true">
                0:{String(left).padStart(2, "0")}
              </span>
              <button type="button" className="btn quiet" onClick={undoLast}>
                {t.action.undo} <Key of="z" />
              </button>
            </>
          )}
        </div>
      )}
    </div>
  );
}
