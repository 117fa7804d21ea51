#include "common/feed/append.h"

#include "fmt/format.h"
#include "google/protobuf/descriptor.h"

#include "common/base/error.h"
#include "common/base/proto_bytes.h"
#include "common/feed/limits.h"

namespace dangol::feed {

absl::Status Append(storage::Transaction& transaction, const rpc::Call& call, const google::protobuf::Message& event,
                    std::span<const Touched> touched) {
  const google::protobuf::OneofDescriptor* kinds = event.GetDescriptor()->FindOneofByName("kind");
  const google::protobuf::FieldDescriptor* kind =
      kinds == nullptr ? nullptr : event.GetReflection()->GetOneofFieldDescriptor(event, kinds);
  if (kind == nullptr) return InternalError(fmt::format("a {} without a kind", event.GetDescriptor()->full_name()));
  const std::string payload = SerializeDeterministically(event);
  if (payload.size() > kPayloadBytesMax)
    return InternalError(fmt::format("an event {} of {} bytes", kind->name(), payload.size()));
  std::string resources;
  for (const Touched& resource : touched) {
    resources += fmt::format("{}{}@{}", resources.empty() ? "" : " ", resource.name, resource.version);
  }
  const storage::Position& position = transaction.TakeFeedPosition();
  return transaction.Execute(
      "INSERT INTO feed (seq, commit_id, time, kind, resources, payload, traceparent) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7)",
      {position.sequence, position.commit_id, call.now(), kind->name(), resources, storage::Param::Blob(payload),
       call.traceparent()});
}

}  // namespace dangol::feed
