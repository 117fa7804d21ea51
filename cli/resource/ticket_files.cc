#include "cli/resource/ticket_files.h"

#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "fmt/format.h"

#include "cli/command/client.h"
#include "cli/command/request_flags.h"
#include "cli/command/verb.h"
#include "cli/output/output.h"
#include "common/base/json.h"
#include "common/base/status_macros.h"
#include "common/base/text.h"
#include "dangol/tickets/v1/attachment.pb.h"

namespace dangol::cli {
namespace {

using dangol::tickets::v1::Attachment;
using dangol::tickets::v1::CreateAttachmentRequest;
using dangol::tickets::v1::DownloadAttachmentRequest;
using dangol::tickets::v1::DownloadAttachmentResponse;
using dangol::tickets::v1::GetAttachmentRequest;
using dangol::tickets::v1::UploadAttachmentRequest;

constexpr char kService[] = "/dangol.tickets.v1.TicketService/";
constexpr size_t kPieceBytes = 256 << 10;  // the most that a call takes

struct Flags {
  VerbFlags common;
  std::string name;  // of the ticket, or of the attachment
  std::string path;
  std::string media_type;
  std::string message;
};

// By the end of the name; empty: it says nothing.
std::string TypeOf(const std::filesystem::path& path) {
  static const auto& types = *new std::map<std::string, std::string, std::less<>>{
      {".jpg", "image/jpeg"},
      {".jpeg", "image/jpeg"},
      {".png", "image/png"},
      {".gif", "image/gif"},
      {".webp", "image/webp"},
      {".heic", "image/heic"},
      {".pdf", "application/pdf"},
      {".mp3", "audio/mpeg"},
      {".m4a", "audio/mp4"},
      {".ogg", "audio/ogg"},
      {".wav", "audio/wav"},
      {".mp4", "video/mp4"},
      {".mov", "video/quicktime"},
      {".webm", "video/webm"},
      {".eml", "message/rfc822"},
      {".txt", "text/plain"},
      {".csv", "text/csv"},
      {".hwp", "application/x-hwp"},
      {".doc", "application/msword"},
      {".xls", "application/vnd.ms-excel"},
      {".docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
      {".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}};
  const auto found = types.find(absl::AsciiStrToLower(path.extension().string()));
  return found == types.end() ? "" : found->second;
}

absl::StatusOr<Attachment> Attach(const Flags& flags) {
  const std::filesystem::path path(flags.path);
  std::ifstream file(path, std::ios::binary);
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  if (!file || error) return absl::NotFoundError(fmt::format("{} cannot be read.", flags.path));
  Client client(TargetAddress(flags.common.suite, "tickets"));
  CreateAttachmentRequest create;
  create.set_parent(FullName(flags.name, "tickets/*"));
  create.mutable_attachment()->set_file_name(path.filename().string());
  create.mutable_attachment()->set_media_type(flags.media_type.empty() ? TypeOf(path) : flags.media_type);
  create.mutable_attachment()->set_size_bytes(static_cast<int64_t>(size));
  if (!flags.message.empty()) create.mutable_attachment()->set_message(FullName(flags.message, "tickets/*/messages/*"));
  if (create.attachment().media_type().empty()) {
    return absl::InvalidArgumentError(
        fmt::format("The name of {} does not say what it is. Say it with --media-type.", flags.path));
  }
  FillRequestId(create);
  ASSIGN_OR_RETURN(Attachment attachment,
                   Call<Attachment>(client, std::string(kService) + "CreateAttachment", create, flags.common.timeout));
  std::string piece(kPieceBytes, '\0');
  while (attachment.received_bytes() < attachment.size_bytes()) {
    file.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    if (file.gcount() == 0) return absl::AbortedError(fmt::format("{} is shorter than it was.", flags.path));
    UploadAttachmentRequest upload;
    upload.set_name(attachment.name());
    upload.set_offset(attachment.received_bytes());
    upload.set_data(piece.substr(0, static_cast<size_t>(file.gcount())));
    FillRequestId(upload);
    ASSIGN_OR_RETURN(
        attachment, Call<Attachment>(client, std::string(kService) + "UploadAttachment", upload, flags.common.timeout));
  }
  return attachment;
}

int RunAttach(const Flags& flags) {
  const absl::StatusOr<Attachment> attachment = Attach(flags);
  if (!attachment.ok()) return Fail("ticket attach", attachment.status());
  if (flags.common.format == Format::kJson) return Print(ToJson(*attachment, JsonStyle::kCompact) + "\n") ? 0 : 1;
  return Print(fmt::format("{} kept, {}\n", attachment->name(), ShownBytes(attachment->size_bytes()))) ? 0 : 1;
}

// Returns where the file is.
absl::StatusOr<std::string> Download(const Flags& flags) {
  Client client(TargetAddress(flags.common.suite, "tickets"));
  GetAttachmentRequest get;
  get.set_name(FullName(flags.name, "tickets/*/attachments/*"));
  ASSIGN_OR_RETURN(const Attachment attachment,
                   Call<Attachment>(client, std::string(kService) + "GetAttachment", get, flags.common.timeout));
  // The service takes no name that is a path.
  const std::string path = flags.path.empty() ? attachment.file_name() : flags.path;
  if (path.empty()) return absl::FailedPreconditionError(fmt::format("{} was redacted.", get.name()));
  RETURN_IF_ERROR(WriteAttachment(client, attachment, path, flags.common.timeout));
  return path;
}

int RunDownload(const Flags& flags) {
  const absl::StatusOr<std::string> path = Download(flags);
  if (!path.ok()) return Fail("ticket download", path.status());
  return Print(fmt::format("{}\n", *path)) ? 0 : 1;
}

}  // namespace

absl::Status WriteAttachment(Client& client, const Attachment& attachment, const std::string& path,
                             absl::Duration timeout) {
  if (std::filesystem::exists(path))
    return absl::AlreadyExistsError(fmt::format("{} is there already, and stays as it is. Write elsewhere.", path));
  std::string bytes;
  while (static_cast<int64_t>(bytes.size()) < attachment.size_bytes()) {
    DownloadAttachmentRequest download;
    download.set_name(attachment.name());
    download.set_offset(static_cast<int64_t>(bytes.size()));
    ASSIGN_OR_RETURN(
        const DownloadAttachmentResponse piece,
        Call<DownloadAttachmentResponse>(client, std::string(kService) + "DownloadAttachment", download, timeout));
    if (piece.data().empty()) return absl::DataLossError(fmt::format("{} ends before its size.", attachment.name()));
    bytes += piece.data();
  }
  if (EncodeHex(Sha256(bytes)) != attachment.sha256())
    return absl::DataLossError(fmt::format("{} has another SHA-256 than it says.", attachment.name()));
  std::ofstream file(path, std::ios::binary);
  if (!(file << bytes).flush()) return absl::UnavailableError(fmt::format("{} cannot be written.", path));
  return absl::OkStatus();
}

Command AttachVerb(CLI::App& parent) {
  CLI::App* app = parent.add_subcommand("attach", "Keep a file with a ticket, such as a photo");
  const auto flags = std::make_shared<Flags>();
  app->add_option("TICKET", flags->name, "The ticket")->type_name("")->required();
  app->add_option("FILE", flags->path, "The file")->type_name("")->required();
  app->add_option("--media-type", flags->media_type, "What it is, such as image/jpeg; default: as its name says")
      ->type_name("TYPE");
  app->add_option("--message", flags->message, "The message that it came with")->type_name("NAME");
  AddVerbFlags(*app, flags->common);
  return {app, [flags] { return RunAttach(*flags); }};
}

Command DownloadVerb(CLI::App& parent) {
  CLI::App* app = parent.add_subcommand("download", "Write a file that is kept with a ticket");
  const auto flags = std::make_shared<Flags>();
  app->add_option("ATTACHMENT", flags->name, "The attachment, as dangol ticket attachments shows it")
      ->type_name("")
      ->required();
  app->add_option("--to", flags->path, "Where to; default: its own name, here")->type_name("PATH");
  AddVerbFlags(*app, flags->common);
  return {app, [flags] { return RunDownload(*flags); }};
}

}  // namespace dangol::cli
