#include "common/resource/update_mask.h"

#include <initializer_list>
#include <string>

#include "gtest/gtest.h"

#include "dangol/tickets/v1/ticket.pb.h"
#include "tests/common/rpc/refusal.h"

namespace dangol::resource {
namespace {

using tickets::v1::Ticket;

Ticket Before() {
  Ticket ticket;
  ticket.set_name("tickets/t1");
  ticket.set_subject("It came late");
  ticket.set_language("ko");
  ticket.mutable_source()->set_channel("web");
  return ticket;
}

std::string After(const Ticket& patch, std::initializer_list<const char*> paths) {
  google::protobuf::FieldMask mask;
  for (const char* path : paths) mask.add_paths(path);
  Ticket ticket = Before();
  const absl::Status status = ApplyUpdate(patch, mask, ticket);
  if (!status.ok()) return testing::Summary(status);
  return ticket.subject() + "|" + ticket.language() + "|" + ticket.source().channel();
}

TEST(ApplyUpdate, ReplacesWhatIsSetWhereThereIsNoMask) {
  Ticket patch;
  patch.set_subject("It came broken");
  EXPECT_EQ(After(patch, {}), "It came broken|ko|web");
}

TEST(ApplyUpdate, ReplacesWhatTheMaskNamesAndNothingElse) {
  Ticket patch;
  patch.set_subject("It came broken");
  patch.set_language("en");
  EXPECT_EQ(After(patch, {"language"}), "It came late|en|web");
}

TEST(ApplyUpdate, EmptiesWhatTheMaskNamesAndThePatchLacks) {
  EXPECT_EQ(After(Ticket(), {"language", "source"}), "It came late||");
}

TEST(ApplyUpdate, TakesAPathTwiceAsOnce) {
  Ticket patch;
  patch.set_language("en");
  EXPECT_EQ(After(patch, {"language", "language"}), "It came late|en|web");
}

TEST(ApplyUpdate, RefusesWhatIsNoFieldAndWhatTheServiceSets) {
  for (const char* path : {"nonsense", "source.channel", "", "name", "state"})
    EXPECT_EQ(After(Ticket(), {path}), "INVALID_ARGUMENT INVALID_FIELD update_mask") << path;
}

}  // namespace
}  // namespace dangol::resource
