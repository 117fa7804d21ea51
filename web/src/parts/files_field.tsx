// Files that go with what is written: chosen, looked at, taken out again, and sent piece by piece.
import { useId, useRef, useState } from "react";

import { faultOf, FILE_MIB, FILES_MAX, isPicture, KEPT, mediaTypeOf, TEXT_MIB, upload } from "../base/files";
import { requestId } from "../base/ids";
import { useWords } from "../words/words";
import { Icon } from "./icon";
import { Picture } from "./picture";

const THUMB_PX = 96;

export interface Picked {
  id: string;
  file: File;
}

// What was chosen, and how many bytes of each have arrived.
export function useFiles() {
  const [picked, setPicked] = useState<Picked[]>([]);
  const [sent, setSent] = useState<Record<string, number>>({});
  const good = picked.filter(({ file }) => !faultOf(file));
  return {
    picked,
    sent,
    // Something cannot be sent as it is.
    wrong: good.length < picked.length || picked.length > FILES_MAX,
    add: (files: File[]) => setPicked((old) => [...old, ...files.map((file) => ({ id: requestId(), file }))]),
    remove: (id: string) => setPicked((old) => old.filter((one) => one.id !== id)),
    send: async (parent: string) => {
      for (const { id, file } of good) await upload(parent, file, id, (bytes) => setSent((old) => ({ ...old, [id]: bytes })));
    },
  };
}

export type Files = ReturnType<typeof useFiles>;

function Line({ one, files, onRemove }: { one: Picked; files: Files; onRemove: () => void }) {
  const { t, f } = useWords();
  const { file } = one;
  const fault = faultOf(file);
  const sent = files.sent[one.id];
  return (
    <li>
      <span className="thumb">{isPicture(mediaTypeOf(file)) && !fault ? <Picture data={file} label={file.name} most={THUMB_PX} /> : <Icon name="file" />}</span>
      <span className="fn">
        <b dir="auto">{file.name}</b>
        {fault ? <small className="bad">{t.files.faults[fault]}</small> : <small>{f.bytes(file.size)}</small>}
        {sent !== undefined && <progress max={file.size} value={sent} aria-label={t.files.sending(file.name)} />}
      </span>
      <button type="button" className="btn quiet icon" aria-label={t.files.remove(file.name)} disabled={sent !== undefined} onClick={onRemove}>
        <Icon name="close" />
      </button>
    </li>
  );
}

export function FilesField({ files }: { files: Files }) {
  const { t } = useWords();
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  // The button that was pressed goes with its line.
  const remove = (one: Picked) => {
    input.current?.focus();
    files.remove(one.id);
  };
  const tooMany = files.picked.length > FILES_MAX;
  return (
    <div
      className="field files-field"
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        files.add([...(event.dataTransfer?.files ?? [])]);
      }}
    >
      <label htmlFor={id}>{t.files.label}</label>
      <span className="btn pick-file">
        <Icon name="file" /> <span aria-hidden="true">{t.files.choose}</span>
        <input
        ref={input}
        id={id}
        type="file"
        multiple
        accept={Object.keys(KEPT).join(",")}
        aria-describedby={`${id}-hint`}
        onChange={(event) => {
          files.add([...(event.currentTarget.files ?? [])]);
          // The same file may be chosen again.
          event.currentTarget.value = "";
        }}
        />
      </span>
      <p className={tooMany ? "wrong" : "hint"} id={`${id}-hint`}>
        {t.files.limits(String(FILE_MIB), String(TEXT_MIB), String(FILES_MAX))}
      </p>
      {files.picked.length > 0 && (
        <ul className="picked">
          {files.picked.map((one) => (
            <Line key={one.id} one={one} files={files} onRemove={() => remove(one)} />
          ))}
        </ul>
      )}
    </div>
  );
}
