// What was said is hidden from callers who may not read it: from those who read no words at all, and of a restricted
// customer from all but those who may see such. Every answer of TicketService goes through here, but that to
// who has just said the words.
#pragma once

#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "common/rpc/call.h"
#include "common/storage/database.h"
#include "dangol/tickets/v1/attachment.pb.h"
#include "dangol/tickets/v1/ticket_service.pb.h"

namespace dangol::tickets {

// PERMISSION_DENIED, reason WORDS_HIDDEN, where the caller may not read what was said of the ticket; `name` is its
// name, or begins with it.
absl::Status RequireReadable(storage::Snapshot& snapshot, const rpc::Call& call, std::string_view name);

// Takes out of an answer what the caller may not read.
absl::Status HideWords(storage::Snapshot& snapshot, const rpc::Call& call, v1::Ticket& ticket);
absl::Status HideWords(storage::Snapshot& snapshot, const rpc::Call& call, v1::Message& message);
absl::Status HideWords(storage::Snapshot& snapshot, const rpc::Call& call, v1::Attachment& attachment);
absl::Status HideWords(storage::Snapshot& snapshot, const rpc::Call& call, v1::BatchGetTicketsResponse& response);
absl::Status HideWords(storage::Snapshot& snapshot, const rpc::Call& call, v1::ListTicketsResponse& response);
absl::Status HideWords(storage::Snapshot& snapshot, const rpc::Call& call, v1::ListMessagesResponse& response);
absl::Status HideWords(storage::Snapshot& snapshot, const rpc::Call& call, v1::ListAttachmentsResponse& response);

// A handler, and behind it HideWords.
template <auto kHandler>
struct Hiding;
template <typename View, typename Request, typename Response,
          absl::StatusOr<Response> (*kHandler)(View&, const rpc::Call&, const Request&)>
struct Hiding<kHandler> {
  static absl::StatusOr<Response> Handle(View& view, const rpc::Call& call, const Request& request) {
    absl::StatusOr<Response> response = kHandler(view, call, request);
    if (!response.ok()) return response;
    const absl::Status hidden = HideWords(view, call, *response);
    return hidden.ok() ? std::move(response) : absl::StatusOr<Response>(hidden);
  }
};

// A resource as the caller may read it, for the answer to a repeated request.
template <auto kRead>
struct HidingAgain;
template <typename Resource, absl::StatusOr<Resource> (*kRead)(storage::Snapshot&, std::string_view)>
struct HidingAgain<kRead> {
  static absl::StatusOr<Resource> Read(storage::Snapshot& snapshot, const rpc::Call& call, std::string_view name) {
    absl::StatusOr<Resource> resource = kRead(snapshot, name);
    if (!resource.ok()) return resource;
    const absl::Status hidden = HideWords(snapshot, call, *resource);
    return hidden.ok() ? std::move(resource) : absl::StatusOr<Resource>(hidden);
  }
};

}  // namespace dangol::tickets
