// Files that are kept with a complaint. Pictures are shown, by their type alone; everything else is saved, and opens nowhere by itself.
import { useQuery } from "@connectrpc/connect-query";
import { useQuery as useData } from "@tanstack/react-query";
import { useState } from "react";

import type { Attachment } from "@protos/dangol/tickets/v1/attachment_pb";
import { TicketService } from "@protos/dangol/tickets/v1/ticket_service_pb";
import { queries } from "../../base/api";
import { attachmentsKey } from "../../base/cache";
import { download, isPicture } from "../../base/files";
import { saveFile } from "../../base/save";
import { may } from "../../base/session";
import { say, sayFailure } from "../../base/toast";
import { FormDialog } from "../../parts/dialog";
import { FilesField, useFiles } from "../../parts/files_field";
import { Icon } from "../../parts/icon";
import { ModalHead, useModal } from "../../parts/modal";
import { Picture } from "../../parts/picture";
import { useWords } from "../../words/words";
import RedactDialog from "./redact_dialog";

const FILES_READ = 100;
const THUMB_PX = 192;
const LARGE_PX = 2_000;
// A larger picture is fetched once somebody asks for it.
const THUMB_BYTES_MAX = 4 << 20;

function useContent(attachment: Attachment, enabled: boolean) {
  return useData({ queryKey: ["attachment", attachment.name], queryFn: () => download(attachment), enabled, staleTime: Infinity });
}

function LargeDialog({ attachment, onClose }: { attachment: Attachment; onClose: () => void }) {
  const { t } = useWords();
  const dialog = useModal();
  const { data } = useContent(attachment, true);
  return (
    <dialog ref={dialog} className="dialog large-picture" aria-label={attachment.fileName} onClose={onClose}>
      <ModalHead title={attachment.fileName} dialog={dialog} />
      <div className="dialog-body" aria-busy={!data}>
        {data && <Picture data={data} label={attachment.fileName} most={LARGE_PX} />}
        <p className="alt">
          <button type="button" className="btn" disabled={!data} onClick={() => data && saveFile(attachment.fileName, data)}>
            {t.files.save}
          </button>
        </p>
      </div>
    </dialog>
  );
}

function Shown({ attachment }: { attachment: Attachment }) {
  const { t, f } = useWords();
  const [large, setLarge] = useState(false);
  const [redacting, setRedacting] = useState(false);
  const picture = isPicture(attachment.mediaType);
  const small = Number(attachment.sizeBytes) <= THUMB_BYTES_MAX;
  const { data } = useContent(attachment, picture && small);
  const save = () => void download(attachment).then((content) => saveFile(attachment.fileName, content), (error: unknown) => sayFailure(error, t));
  return (
    <li>
      <button
        type="button"
        className={picture ? "shot" : "chip line"}
        title={`${attachment.fileName} · ${f.bytes(attachment.sizeBytes)}`}
        aria-label={picture ? t.files.look(attachment.fileName) : t.files.saveNamed(attachment.fileName)}
        onClick={() => (picture ? setLarge(true) : save())}
      >
        {data ? <Picture data={data} label={attachment.fileName} most={THUMB_PX} /> : <Icon name="file" />}
        {!data && <span dir="auto">{attachment.fileName}</span>}
      </button>
      {may("tickets.redact") && (
        <button type="button" className="btn quiet icon redact" aria-label={t.inbox.redactOf(attachment.fileName)} title={t.inbox.redactFile} onClick={() => setRedacting(true)}>
          <Icon name="close" />
        </button>
      )}
      {redacting && <RedactDialog name={attachment.name} what={attachment.fileName} onClose={() => setRedacting(false)} />}
      {large && <LargeDialog attachment={attachment} onClose={() => setLarge(false)} />}
    </li>
  );
}

function AddDialog({ ticket, onClose }: { ticket: string; onClose: () => void }) {
  const { t } = useWords();
  const files = useFiles();
  const send = async () => {
    await files.send(ticket);
    await queries.invalidateQueries({ queryKey: attachmentsKey(ticket) });
    say(t.files.added);
  };
  return (
    <FormDialog title={t.files.add} submit={t.files.addDo} check={() => files.picked.length > 0 && !files.wrong} onSubmit={send} onClose={onClose}>
      <FilesField files={files} />
    </FormDialog>
  );
}

export default function Attachments({ ticket }: { ticket: string }) {
  const { t, f } = useWords();
  const [adding, setAdding] = useState(false);
  const all = useQuery(TicketService.method.listAttachments, { parent: ticket, pageSize: FILES_READ }).data?.attachments ?? [];
  const shown = all.filter((one) => !one.redactTime);
  return (
    <div className="attachments">
      <ul>
        {shown.map((one) =>
          one.finishTime ? (
            <Shown key={one.name} attachment={one} />
          ) : (
            <li key={one.name} className="chip line">
              <Icon name="file" /> {t.files.arriving(f.percent(Number(one.receivedBytes) / Number(one.sizeBytes), 0))}
            </li>
          ),
        )}
        {all.length > shown.length && <li className="t3">{t.files.redacted(f.count(all.length - shown.length))}</li>}
        {may("attachments.write") && (
          <li>
            <button type="button" className="btn quiet add-file" onClick={() => setAdding(true)}>
              <Icon name="file" /> {t.files.add}
            </button>
          </li>
        )}
      </ul>
      {adding && <AddDialog ticket={ticket} onClose={() => setAdding(false)} />}
    </div>
  );
}
