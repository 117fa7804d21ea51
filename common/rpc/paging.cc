#include "common/rpc/paging.h"

#include <algorithm>
#include <memory>

#include "fmt/format.h"
#include "google/protobuf/descriptor.h"

#include "common/base/error.h"
#include "common/base/text.h"

namespace dangol::rpc {
namespace {

constexpr size_t kHashBytes = 8;

std::string QueryHash(const google::protobuf::Message& request) {
  std::unique_ptr<google::protobuf::Message> query(request.New());
  query->CopyFrom(request);
  for (const char* name : {"page_size", "page_token"}) {
    query->GetReflection()->ClearField(query.get(), query->GetDescriptor()->FindFieldByName(name));
  }
  // List requests hold no maps, so that equal queries have equal bytes.
  return Sha256(query->GetDescriptor()->full_name() + '\0' + query->SerializeAsString()).substr(0, kHashBytes);
}

}  // namespace

int32_t PageSize(int32_t requested) { return requested == 0 ? kPageSizeDefault : std::min(requested, kPageSizeMax); }

std::string MakePageToken(const google::protobuf::Message& request, std::string_view position) {
  return EncodeBase64Url(QueryHash(request).append(position));
}

absl::StatusOr<std::optional<std::string>> ParsePageToken(const google::protobuf::Message& request,
                                                          std::string_view page_token) {
  if (page_token.empty()) return std::nullopt;
  std::optional<std::string> bytes = DecodeBase64Url(page_token);
  if (!bytes || bytes->size() <= kHashBytes) return MalformedPageToken(page_token);
  if (bytes->substr(0, kHashBytes) != QueryHash(request)) {
    return InvalidField(
        "page_token",
        fmt::format("{} is of another query. Send the other fields as they were for the page before, or no token.",
                    ShownValue(page_token)),
        "PAGE_TOKEN_OF_ANOTHER_QUERY");
  }
  return bytes->substr(kHashBytes);
}

absl::Status MalformedPageToken(std::string_view page_token) {
  return InvalidField(
      "page_token",
      fmt::format("{} is not a page token. Send next_page_token of the page before, or none.", ShownValue(page_token)),
      "PAGE_TOKEN_MALFORMED");
}

}  // namespace dangol::rpc
