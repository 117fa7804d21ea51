#include "services/gateway/compression.h"

#include <zlib.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "fmt/format.h"

#include "common/base/error.h"

namespace dangol::gateway {
namespace {

constexpr int kGzipWindow = 15 + 16;  // with gzip's header and no other
constexpr int kLevel = 4;             // a page of JSON to a fifth, for half the time of the default
constexpr size_t kPieceBytes = 64 << 10;

}  // namespace

absl::StatusOr<Encoding> ParseEncoding(std::string_view name) {
  if (name.empty() || name == "identity") return Encoding::kIdentity;
  if (name == "gzip") return Encoding::kGzip;
  return Error(absl::StatusCode::kUnimplemented, "UNKNOWN_ENCODING",
               fmt::format("There is no encoding {}. There are gzip and identity.", ShownValue(name)));
}

bool AcceptsGzip(std::string_view accepted) {
  for (const absl::string_view part : absl::StrSplit(absl::string_view(accepted.data(), accepted.size()), ',')) {
    const std::vector<absl::string_view> item = absl::StrSplit(part, ';');
    if (!absl::EqualsIgnoreCase(absl::StripAsciiWhitespace(item[0]), "gzip")) continue;
    const absl::string_view weight = item.size() > 1 ? absl::StripAsciiWhitespace(item[1]) : "";
    return weight != "q=0" && weight != "q=0.0";
  }
  return false;
}

absl::StatusOr<std::string> Decompress(Encoding encoding, std::string bytes, size_t bytes_max) {
  if (encoding == Encoding::kIdentity || bytes.empty()) return bytes;
  z_stream stream{};
  if (inflateInit2(&stream, kGzipWindow) != Z_OK) return InternalError("zlib cannot decompress");
  stream.next_in = reinterpret_cast<Bytef*>(bytes.data());
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string text;
  int result = Z_OK;
  while (result == Z_OK && text.size() <= bytes_max) {
    const size_t before = text.size();
    text.resize(before + kPieceBytes);
    stream.next_out = reinterpret_cast<Bytef*>(text.data() + before);
    stream.avail_out = kPieceBytes;
    result = inflate(&stream, Z_NO_FLUSH);
    text.resize(text.size() - stream.avail_out);
    if (result == Z_OK && stream.avail_out != 0) result = Z_BUF_ERROR;  // it ends too early
  }
  const bool whole = result == Z_STREAM_END && stream.avail_in == 0;
  inflateEnd(&stream);
  if (text.size() > bytes_max) {
    return Error(absl::StatusCode::kResourceExhausted, "REQUEST_TOO_LARGE",
                 fmt::format("The request has more than {} bytes. Send it in parts.", bytes_max));
  }
  if (!whole) {
    return Error(absl::StatusCode::kInvalidArgument, "MALFORMED_GZIP", "The message is not gzip, although it says so.");
  }
  return text;
}

std::string Gzip(std::string_view bytes) {
  z_stream stream{};
  deflateInit2(&stream, kLevel, Z_DEFLATED, kGzipWindow, /*memLevel=*/8, Z_DEFAULT_STRATEGY);
  std::string compressed(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(compressed.data());
  stream.avail_out = static_cast<uInt>(compressed.size());
  deflate(&stream, Z_FINISH);  // the bound is enough for all of it
  compressed.resize(stream.total_out);
  deflateEnd(&stream);
  return compressed;
}

void CompressBody(const Headers& request, HttpResponse& response) {
  if (response.body.size() < kCompressedBytesMin) return;
  response.headers.emplace_back("vary", "accept-encoding");
  if (!AcceptsGzip(rpc::FindMetadata(request, "accept-encoding"))) return;
  response.body = Gzip(response.body);
  response.headers.emplace_back("content-encoding", "gzip");
}

}  // namespace dangol::gateway
