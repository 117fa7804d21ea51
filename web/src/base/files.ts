// Files that are kept with complaints: which are kept, and how they come and go in pieces.
import { create } from "@bufbuild/protobuf";

import { AttachmentSchema, type Attachment } from "@protos/dangol/tickets/v1/attachment_pb";
import { tickets } from "./api";

const MIB = 1 << 20;
const PIECE_BYTES = 1 << 18;
export const FILES_MAX = 32;
export const FILE_MIB = 20;
export const TEXT_MIB = 2;

// As services/tickets/attachment/attachment_rules.cc has them: how many bytes are kept of each type.
export const KEPT: Record<string, number> = {
  "image/jpeg": FILE_MIB * MIB,
  "image/png": FILE_MIB * MIB,
  "image/gif": FILE_MIB * MIB,
  "image/webp": FILE_MIB * MIB,
  "image/heic": FILE_MIB * MIB,
  "image/heif": FILE_MIB * MIB,
  "application/pdf": FILE_MIB * MIB,
  "audio/mpeg": FILE_MIB * MIB,
  "audio/mp4": FILE_MIB * MIB,
  "audio/ogg": FILE_MIB * MIB,
  "audio/wav": FILE_MIB * MIB,
  "video/mp4": FILE_MIB * MIB,
  "video/quicktime": FILE_MIB * MIB,
  "video/webm": FILE_MIB * MIB,
  "message/rfc822": FILE_MIB * MIB,
  "application/x-hwp": FILE_MIB * MIB,
  "application/msword": FILE_MIB * MIB,
  "application/vnd.ms-excel": FILE_MIB * MIB,
  "application/vnd.openxmlformats-officedocument.wordprocessingml.document": FILE_MIB * MIB,
  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": FILE_MIB * MIB,
  "text/plain": TEXT_MIB * MIB,
  "text/csv": TEXT_MIB * MIB,
};

// What browsers do not know by themselves, or call otherwise.
const BY_ENDING: Record<string, string> = { heic: "image/heic", heif: "image/heif", hwp: "application/x-hwp", eml: "message/rfc822", csv: "text/csv", wav: "audio/wav" };

export function mediaTypeOf(file: Pick<File, "name" | "type">): string {
  const ending = file.name.slice(file.name.lastIndexOf(".") + 1).toLowerCase();
  return file.type in KEPT ? file.type : (BY_ENDING[ending] ?? file.type);
}

// What every browser can show, and that runs nothing.
const SHOWN = ["image/jpeg", "image/png", "image/gif", "image/webp"];

export function isPicture(mediaType: string): boolean {
  return SHOWN.includes(mediaType);
}

export type FileFault = "type" | "size" | "empty";

export function faultOf(file: Pick<File, "name" | "type" | "size">): FileFault | undefined {
  const most = KEPT[mediaTypeOf(file)];
  if (most === undefined) return "type";
  if (!file.size) return "empty";
  return file.size > most ? "size" : undefined;
}

// A name and no path, as it is kept.
export function safeName(name: string): string {
  return name.replace(/[/\\:]/g, "-").replace(/^[. ]+|[. ]+$/g, "") || "file";
}

// Announces the file and sends its pieces. With the same `requestId` it goes on where it was before.
export async function upload(parent: string, file: File, requestId: string, onSent: (bytes: number) => void): Promise<void> {
  const attachment = create(AttachmentSchema, { fileName: safeName(file.name), mediaType: mediaTypeOf(file), sizeBytes: BigInt(file.size) });
  const { name, receivedBytes } = await tickets.createAttachment({ parent, attachment, requestId });
  for (let offset = Number(receivedBytes); offset < file.size; offset += PIECE_BYTES) {
    onSent(offset);
    const data = new Uint8Array(await file.slice(offset, offset + PIECE_BYTES).arrayBuffer());
    await tickets.uploadAttachment({ name, offset: BigInt(offset), data, requestId: `${requestId}-${offset}` });
  }
  onSent(file.size);
}

export async function download({ name, mediaType, sizeBytes }: Attachment): Promise<Blob> {
  const pieces: BlobPart[] = [];
  for (let offset = 0; offset < Number(sizeBytes); ) {
    const { data } = await tickets.downloadAttachment({ name, offset: BigInt(offset) });
    if (!data.length) break;
    pieces.push(new Uint8Array(data));
    offset += data.length;
  }
  return new Blob(pieces, { type: mediaType });
}
