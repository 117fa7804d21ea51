#include "cli/resource/people.h"

#include "cli/command/verb.h"
#include "common/base/status_macros.h"
#include "dangol/metrics/v1/member_service.pb.h"

namespace dangol::cli {

using dangol::metrics::v1::ListMembersRequest;
using dangol::metrics::v1::ListMembersResponse;
using dangol::metrics::v1::Member;

absl::StatusOr<PeopleNames> AskPeople(Client& client, absl::Duration timeout) {
  ListMembersRequest request;
  request.set_page_size(1000);
  ListMembersResponse response;
  PeopleNames people;
  RETURN_IF_ERROR(
      EachPage(client, "/dangol.metrics.v1.MemberService/ListMembers", request, timeout, response, [&](bool) {
        for (const Member& member : response.members()) people.emplace(member.name(), member.display_name());
        return absl::OkStatus();
      }));
  return people;
}

}  // namespace dangol::cli
