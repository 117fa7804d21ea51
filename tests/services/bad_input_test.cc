// Every field of every request of every API, wrong in every way that its kind allows. Each refusal says which
// field, what was wrong with the value and why; and nothing is stored.
#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/wire_format_lite.h"
#include "gtest/gtest.h"

#include "common/resource/page.h"
#include "common/rpc/limits.h"
#include "common/rpc/paging.h"
#include "dangol/tickets/v1/ticket_service.pb.h"
#include "services/backlog/service.h"
#include "services/metrics/service.h"
#include "services/tickets/service.h"
#include "tests/common/rpc/refusal.h"
#include "tests/common/rpc/request_sites.h"
#include "tests/common/service/simulated_service.h"
#include "tests/services/api_subjects.h"

namespace dangol {
namespace {

using google::protobuf::MethodDescriptor;
using ::testing::Contains;
using ::testing::ElementsAre;
using testing::FieldDescriptor;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using testing::Message;
using ::testing::Not;
using testing::Site;

// No request has this text, so that it can be found in the wire format.
constexpr std::string_view kMarker = "MARKED-TEXT";

// One method of an API.
struct Case {
  const ApiSubject* api = nullptr;
  const MethodDescriptor* method = nullptr;
};

class BadInput : public ::testing::TestWithParam<Case> {
 protected:
  static const ApiSubject& api() { return *GetParam().api; }
  static const MethodDescriptor& method() { return *GetParam().method; }

  // Made where it is needed: many a method has no field for many a test.
  testing::SimulatedService& service() {
    if (service_ != nullptr) return *service_;
    service::Options options;
    options.authorizer = api().authorizer;
    service_ = std::make_unique<testing::SimulatedService>(api().definition(), options);
    api().prepare(*service_, method().name());
    service_->runtime().RunReady();
    return *service_;
  }

  // Where a page of the method may end.
  std::string Position() {
    if (method().name() == "ListCustomerTimeline") return "1 1 known ";
    if (method().name() == "ExportCustomer") return "1 1 1 known ";
    if (method().name() == "ListDemands" || method().name().ends_with("Revisions"))
      return resource::NumberKey{7}.Encode();
    if (method().name() == "ListContactReasons") return "5 first";
    if (method().name() == "ListStateCounts") return resource::PairKey{20'000, 1}.Encode();
    return resource::TimeKey{absl::FromUnixSeconds(1'749'000'000), "known"}.Encode();
  }

  // What a name or a parent of this form names: of a resource of another kind the one whose ids are all `known`.
  static std::string Known(const Site& site) {
    const std::string& pattern = site.rules.resource();
    const bool fits = api().known.starts_with(pattern.substr(0, pattern.find('*')));
    return fits ? api().known : absl::StrReplaceAll(pattern, {{"*", "known"}});
  }

  // A request that is accepted and has every field set.
  std::unique_ptr<Message> ValidRequest() {
    std::unique_ptr<Message> request(
        google::protobuf::MessageFactory::generated_factory()->GetPrototype(method().input_type())->New());
    testing::FillValid(*request);
    for (const Site& site : sites_) {
      if (site.path == "name" || site.path == "parent") site.SetText(*request, Known(site));
      if (site.path == "etag") site.SetText(*request, api().etag(method().name()));
      if (!site.output_only) api().fit(method().name(), site, *request);
    }
    for (const Site& site : sites_) {
      if (site.path == "page_token") {
        site.SetText(*request, rpc::MakePageToken(*request, Position()));
      }
    }
    return request;
  }

  rpc::Reply Call(std::string bytes) {
    return service().CallBytes(fmt::format("/{}/{}", api().service, method().name()), std::move(bytes));
  }

  // That the request is refused as it should be, and leaves no trace. `shown` is what the description must show.
  void ExpectRefused(const std::string& bytes, const std::string& path, std::string_view shown,
                     std::string_view reason) {
    const std::string before = service().file().Dump();
    const int64_t head = service().service().feed_head().sequence();
    const rpc::Reply reply = Call(bytes);
    EXPECT_EQ(reply.status.code(), absl::StatusCode::kInvalidArgument) << path << ": " << reply.status;
    EXPECT_EQ(ErrorReason(reply.status), reason) << path << ": " << reply.status;
    EXPECT_THAT(testing::ViolatedFields(reply.status), ElementsAre(path)) << reply.status;
    for (const auto& [field, description] : testing::Violations(reply.status)) {
      EXPECT_THAT(description, HasSubstr(std::string(shown))) << path;
      EXPECT_THAT(description, MatchesRegex(".+\\.")) << path;
    }
    EXPECT_THAT(std::string(reply.status.message()), HasSubstr(path));
    EXPECT_THAT(reply.message, IsEmpty());
    EXPECT_THAT(reply.trailing, IsEmpty());
    EXPECT_EQ(service().file().Dump(), before) << path << " was refused and left something";
    EXPECT_EQ(service().service().feed_head().sequence(), head);
  }
  void ExpectRefused(const Message& request, const std::string& path, std::string_view shown,
                     std::string_view reason = "INVALID_FIELD") {
    ExpectRefused(request.SerializeAsString(), path, shown, reason);
  }

  // Runs `spoil` on a valid request for each site that the caller may set and `concerns` picks.
  void ForEachSite(const std::function<bool(const Site&)>& concerns,
                   const std::function<void(const Site&, Message&)>& spoil) {
    for (const Site& site : sites_) {
      if (site.output_only || !concerns(site)) continue;
      SCOPED_TRACE(site.path);
      spoil(site, *ValidRequest());
    }
  }

  const std::vector<Site> sites_ = testing::SitesOf(method().input_type());

 private:
  std::unique_ptr<testing::SimulatedService> service_;
};

bool IsText(const Site& site) { return site.is_text(); }
bool IsTime(const Site& site) { return site.is_time(); }
bool IsMap(const Site& site) { return site.field()->is_map(); }
bool IsList(const Site& site) { return site.field()->is_repeated(); }
bool IsEnum(const Site& site) { return site.field()->cpp_type() == FieldDescriptor::CPPTYPE_ENUM; }

// The other tests change one field of it, so that one field is what they are refused for.
TEST_P(BadInput, TheRequestThatTheOthersSpoilIsAccepted) {
  const rpc::Reply reply = Call(ValidRequest()->SerializeAsString());
  EXPECT_TRUE(reply.status.ok()) << reply.status << " What is missing is made by `prepare` of its ApiSubject "
                                 << "(tests/services/api_subjects.cc), a value is mended by its `fit`, and Position() "
                                 << "above has the page token of a list that is not in order of time.";
}

// What an update leaves empty is required where its mask names it.
void NameInMask(Message& request, const Site& site) {
  const FieldDescriptor* field = request.GetDescriptor()->FindFieldByName("update_mask");
  if (field == nullptr || site.way.size() != 2) return;
  auto& mask = static_cast<google::protobuf::FieldMask&>(*request.GetReflection()->MutableMessage(&request, field));
  mask.add_paths(site.field()->name());
}

TEST_P(BadInput, RefusesWhatIsEmptyAndRequired) {
  ForEachSite([](const Site& site) { return site.rules.required(); },
              [&](const Site& site, Message& request) {
                site.Clear(request);
                NameInMask(request, site);
                ExpectRefused(request, site.path, "is empty and must be set");
              });
}

TEST_P(BadInput, RefusesTextsThatAreTooLong) {
  ForEachSite(IsText, [&](const Site& site, Message& request) {
    for (const std::string letter : {"a", "\xEA\xB0\x80"}) {
      std::string text;
      while (text.size() <= site.bytes_max()) text += letter;
      site.SetText(request, text);
      ExpectRefused(request, site.value_path(), ShownValue(text) + " is longer than");
    }
  });
}

TEST_P(BadInput, AcceptsTextsOfTheGreatestLength) {
  ForEachSite(
      [](const Site& site) {
        return site.is_text() && site.rules.resource().empty() && !site.rules.resource_id() && site.path != "etag" &&
               site.path != "page_token" && site.path != "requests[0].request_id" &&
               std::ranges::find(api().formed, site.path) == api().formed.end();
      },
      [&](const Site& site, Message& request) {
        site.SetText(request, std::string(site.bytes_max(), 'a'));
        // Only the rules are of interest: a request that fails for anything else has passed them.
        const rpc::Reply reply = Call(request.SerializeAsString());
        EXPECT_THAT(testing::ViolatedFields(reply.status), Not(Contains(site.value_path()))) << reply.status;
      });
}

TEST_P(BadInput, RefusesUZero) {
  ForEachSite(IsText, [&](const Site& site, Message& request) {
    site.SetText(request, std::string("a\0b", 3));
    ExpectRefused(request, site.value_path(), R"("a\x00b" holds U+0000)");
  });
}

// Texts in which a reader sees nothing; validation_test.cc has the others.
const std::vector<std::string>& BlankTexts() {
  static const auto& texts = *new std::vector<std::string>{" ", "\u200b\u200d", "\u3164", "\u2800"};
  return texts;
}

TEST_P(BadInput, RefusesTextsThatShowNothing) {
  ForEachSite(IsText, [&](const Site& site, Message& request) {
    for (const std::string& blank : BlankTexts()) {
      site.SetText(request, blank);
      ExpectRefused(request, site.value_path(), ShownValue(blank) + " shows nothing: it holds U+");
    }
  });
}

TEST_P(BadInput, RefusesControlsAndOverridesOfDirection) {
  ForEachSite(IsText, [&](const Site& site, Message& request) {
    for (const auto& [text, shown] : std::vector<std::pair<std::string, std::string>>{
             {"a\x1b[2J", "U+001B"}, {"a\u0085b", "U+0085"}, {"a\u202eb", "U+202E"}}) {
      site.SetText(request, text);
      ExpectRefused(request, site.value_path(), fmt::format("{} holds {}", ShownValue(text), shown));
    }
  });
}

TEST_P(BadInput, RefusesLinesWhereATextIsOneLine) {
  ForEachSite([](const Site& site) { return site.is_text() && !site.rules.multi_line(); },
              [&](const Site& site, Message& request) {
                for (const std::string text : {"a\nb", "a\tb", "a\u2028b"}) {
                  site.SetText(request, text);
                  ExpectRefused(request, site.value_path(), "and is one line");
                }
                site.SetText(request, "a\u2067b");
                ExpectRefused(request, site.value_path(), "Add U+2069");
              });
}

TEST_P(BadInput, AcceptsLinesWhereATextHasThem) {
  ForEachSite([](const Site& site) { return site.is_text() && site.rules.multi_line(); },
              [&](const Site& site, Message& request) {
                site.SetText(request, "Dear all,\r\n\n\tit is late.\n");
                const rpc::Reply reply = Call(request.SerializeAsString());
                EXPECT_THAT(testing::ViolatedFields(reply.status), Not(Contains(site.value_path()))) << reply.status;
              });
}

TEST_P(BadInput, RefusesEmptyElements) {
  ForEachSite([](const Site& site) { return site.is_text() && site.field()->is_repeated(); },
              [&](const Site& site, Message& request) {
                site.SetText(request, "");
                ExpectRefused(request, site.value_path(), "is empty. Leave it out");
              });
}

TEST_P(BadInput, RefusesBrokenUtf8) {
  // In fields that are ignored too: a message with it does not parse.
  for (const Site& site : sites_) {
    if (!site.is_text()) continue;
    SCOPED_TRACE(site.path);
    std::unique_ptr<Message> request = ValidRequest();
    site.Parent(*request);
    if (site.field()->is_repeated()) site.Clear(*request), site.Grow(*request, 1);
    site.SetText(*request, std::string(kMarker));
    std::string bytes = request->SerializeAsString();
    bytes[bytes.find(kMarker) + 3] = '\xff';
    ExpectRefused(bytes, site.value_path(), R"("MAR\xffED-TEXT" is not valid UTF-8)", "INVALID_UTF8");
  }
}

TEST_P(BadInput, RefusesMalformedResourceNames) {
  ForEachSite([](const Site& site) { return !site.rules.resource().empty(); },
              [&](const Site& site, Message& request) {
                const std::string name = testing::ValidText(site.rules);
                const std::string stem = name.substr(0, name.rfind('/') + 1);
                for (const std::string& wrong :
                     {std::string("a1"), name.substr(0, name.find('/')), stem, "/" + name, name + "/",
                      name + "/more/a1", "x" + name, stem + "A1", stem + "a_1", stem + "a 1", stem + "*", stem + "..",
                      stem + "\xC3\xA4", stem + std::string(64, 'a')}) {
                  SCOPED_TRACE(wrong);
                  site.SetText(request, wrong);
                  ExpectRefused(request, site.value_path(), ShownValue(wrong));
                }
              });
}

TEST_P(BadInput, RefusesMalformedIds) {
  ForEachSite(
      [](const Site& site) { return site.rules.resource_id(); },
      [&](const Site& site, Message& request) {
        for (const std::string& wrong : {std::string("A"), std::string("a_b"), std::string("a/b"), std::string(" "),
                                         std::string("a\n"), std::string("\xC3\xA4"), std::string(64, 'a')}) {
          SCOPED_TRACE(wrong);
          site.SetText(request, wrong);
          ExpectRefused(request, site.path, ShownValue(wrong));
        }
      });
}

TEST_P(BadInput, RefusesMalformedLabels) {
  ForEachSite([](const Site& site) { return site.rules.slug(); },
              [&](const Site& site, Message& request) {
                for (const std::string wrong : {"Late", "a b", "/a", "a/", "a//b", "a\n", "\xC3\xA4", "a@b.c"}) {
                  SCOPED_TRACE(wrong);
                  site.SetText(request, wrong);
                  ExpectRefused(request, site.value_path(), ShownValue(wrong));
                }
              });
}

TEST_P(BadInput, RefusesUnknownEnumValues) {
  ForEachSite(IsEnum, [&](const Site& site, Message& request) {
    for (int number : {99, -1, 0}) {
      if (number == 0 && !IsList(site)) continue;  // not set, which has a test of its own
      site.SetEnum(request, number);
      ExpectRefused(request, site.value_path(), fmt::format("{} is not a ", number));
    }
  });
}

TEST_P(BadInput, RefusesIntegersOutOfRange) {
  ForEachSite([](const Site& site) { return site.rules.has_minimum() || site.rules.has_maximum(); },
              [&](const Site& site, Message& request) {
                std::vector<int64_t> wrong;
                if (site.rules.has_minimum()) wrong = {site.rules.minimum() - 1, INT32_MIN};
                if (site.rules.has_maximum()) wrong.push_back(site.rules.maximum() + 1);
                for (int64_t value : wrong) {
                  if (value == 0 && site.rules.required()) continue;  // it is empty
                  site.SetInteger(request, value);
                  ExpectRefused(request, site.path, fmt::format("{} is too ", value));
                }
              });
}

TEST_P(BadInput, RefusesNumbersThatAreNone) {
  ForEachSite([](const Site& site) { return site.field()->cpp_type() == FieldDescriptor::CPPTYPE_DOUBLE; },
              [&](const Site& site, Message& request) {
                for (const double wrong : {std::nan(""), HUGE_VAL, -HUGE_VAL}) {
                  Message& parent = site.Parent(request);
                  parent.GetReflection()->SetDouble(&parent, site.field(), wrong);
                  ExpectRefused(request, site.path, fmt::format("{} is not a number", wrong));
                }
              });
}

// In a mask stand fields of the resource, which are not output only.
TEST_P(BadInput, RefusesMasksOfFieldsThatAreNone) {
  ForEachSite([](const Site& site) { return site.is_mask(); },
              [&](const Site& site, Message& request) {
                for (const std::string wrong : {"nonsense", "name", "etag", "create_time", "", "a.b", "Title"}) {
                  auto& mask = static_cast<google::protobuf::FieldMask&>(
                      *request.GetReflection()->MutableMessage(&request, site.field()));
                  mask.clear_paths();
                  mask.add_paths(wrong);
                  ExpectRefused(request, "update_mask", ShownValue(wrong));
                }
              });
}

TEST_P(BadInput, CapsThePageSize) {
  ForEachSite([](const Site& site) { return site.path == "page_size"; },
              [&](const Site& site, Message& request) {
                for (int64_t size : {0, 1'000'000, INT32_MAX}) {
                  site.SetInteger(request, size);
                  const rpc::Reply reply = Call(request.SerializeAsString());
                  EXPECT_TRUE(reply.status.ok()) << size << ": " << reply.status;
                }
              });
}

TEST_P(BadInput, RefusesTimesThatAreNone) {
  ForEachSite(IsTime, [&](const Site& site, Message& request) {
    const std::vector<std::pair<int64_t, int32_t>> wrong = {
        {-1, 0}, {-62'135'596'800, 0}, {253'402'300'800, 0}, {INT64_MIN, 0}, {INT64_MAX, 0},
        {0, -1}, {0, 1'000'000'000}};
    for (const auto& [seconds, nanos] : wrong) {
      site.SetTime(request, seconds, nanos);
      ExpectRefused(request, site.path, std::to_string(nanos == 0 ? seconds : nanos));
    }
  });
}

TEST_P(BadInput, RefusesTimesMoreThanADayAhead) {
  const auto is_of_the_past = [](const Site& site) { return site.is_time() && site.rules.past(); };
  ForEachSite(is_of_the_past, [&](const Site& site, Message& request) {
    site.SetTime(request, 253'402'300'799, 999'999'999);
    ExpectRefused(request, site.path, "9999-12-31T23:59:59");
    const int64_t now = absl::ToUnixSeconds(service().runtime().Now());
    site.SetTime(request, now + 86'401, 0);
    ExpectRefused(request, site.path, "more than a day from now");
  });
}

TEST_P(BadInput, RefusesListsAndMapsThatAreTooLong) {
  ForEachSite(IsList, [&](const Site& site, Message& request) {
    site.Grow(request, static_cast<int>(site.items_max()) + 1);
    ExpectRefused(request, site.path,
                  fmt::format("{} elements are more than {}", site.items_max() + 1, site.items_max()));
  });
}

TEST_P(BadInput, RefusesBadKeysAndValuesOfMaps) {
  ForEachSite(IsMap, [&](const Site& site, Message& request) {
    const std::string long_text(site.bytes_max() + 1, 'a');
    const std::string zero("a\0b", 3);
    const std::string blank = "\u3164";
    const auto path = [&](std::string_view key) { return fmt::format("{}[{}]", site.path, ShownValue(key)); };
    site.SetEntry(request, long_text, "v");
    ExpectRefused(request, path(long_text), "is longer than");
    site.SetEntry(request, "k", long_text);
    ExpectRefused(request, path("k"), "is longer than");
    site.SetEntry(request, zero, "v");
    ExpectRefused(request, path(zero), "holds U+0000");
    site.SetEntry(request, "k", zero);
    ExpectRefused(request, path("k"), "holds U+0000");
    site.SetEntry(request, blank, "v");
    ExpectRefused(request, path(blank), "shows nothing");
    site.SetEntry(request, "k", blank);
    ExpectRefused(request, path("k"), "shows nothing");
    site.SetEntry(request, "k", "");
    ExpectRefused(request, path("k"), "is empty");
    site.SetEntry(request, "a\nb", "v");
    ExpectRefused(request, path("a\nb"), "and is one line");
    for (const std::string part : {"key", "value"}) {
      site.SetEntry(request, part == "key" ? std::string(kMarker) : "k", part == "value" ? std::string(kMarker) : "v");
      std::string bytes = request.SerializeAsString();
      bytes[bytes.find(kMarker) + 3] = '\xff';
      ExpectRefused(bytes, fmt::format("{}[0].{}", site.path, part), "is not valid UTF-8", "INVALID_UTF8");
    }
  });
}

TEST_P(BadInput, RefusesAnOldEtag) {
  ForEachSite([](const Site& site) { return site.path == "etag"; },
              [&](const Site& site, Message& request) {
                const std::string before = service().file().Dump();
                site.SetText(request, "0");
                const rpc::Reply reply = Call(request.SerializeAsString());
                EXPECT_EQ(testing::Summary(reply.status), "ABORTED ETAG_MISMATCH");
                const FieldDescriptor* field = request.GetDescriptor()->FindFieldByName("name");
                const std::string name = field ? request.GetReflection()->GetString(request, field) : api().known;
                // A stage has the version of its engine.
                EXPECT_THAT(std::string(reply.status.message()), HasSubstr(name.substr(0, name.find("/stages/"))));
                EXPECT_THAT(std::string(reply.status.message()),
                            HasSubstr(fmt::format(R"(the etag is "{}", not "0")", api().etag(method().name()))));
                EXPECT_EQ(service().file().Dump(), before);
              });
}

TEST_P(BadInput, RefusesPageTokensThatAreNone) {
  ForEachSite([](const Site& site) { return site.path == "page_token"; },
              [&](const Site& site, Message& request) {
                const std::string token = request.GetReflection()->GetString(request, site.field());
                for (const std::string& wrong : {std::string("nonsense"), std::string("!"), token.substr(0, 8),
                                                 token.substr(0, token.size() / 2)}) {
                  site.SetText(request, wrong);
                  ExpectRefused(request, site.path, ShownValue(wrong), "PAGE_TOKEN_MALFORMED");
                }
                tickets::v1::ListTicketsRequest other;
                const std::string strange = rpc::MakePageToken(other, Position());
                site.SetText(request, strange);
                ExpectRefused(request, site.path, ShownValue(strange), "PAGE_TOKEN_OF_ANOTHER_QUERY");
              });
}

TEST_P(BadInput, IgnoresOutputOnlyFields) {
  std::unique_ptr<Message> request = ValidRequest();
  bool any = false;
  for (const Site& site : sites_) {
    if (!site.output_only) continue;
    any = true;
    if (site.is_time()) {
      site.SetTime(*request, -62'135'596'801, -1);
    } else if (IsEnum(site)) {
      site.SetEnum(*request, 99);
    } else if (site.is_text()) {
      if (site.field()->is_repeated()) site.Grow(*request, 1);
      site.SetText(*request, std::string(kMarker) + std::string(2000, 'a') + '\0');
    } else if (site.field()->cpp_type() == FieldDescriptor::CPPTYPE_BOOL) {
      Message& parent = site.Parent(*request);
      parent.GetReflection()->SetBool(&parent, site.field(), true);
    }
  }
  if (!any) return;
  const rpc::Reply reply = Call(request->SerializeAsString());
  EXPECT_TRUE(reply.status.ok()) << reply.status;
  EXPECT_THAT(reply.message, Not(HasSubstr(std::string(kMarker))));
  EXPECT_THAT(service().file().Dump(), Not(HasSubstr(std::string(kMarker))));
}

// The field of the request in whose bytes `cut` falls, as errors name it; empty: between two fields.
std::string FieldAt(const google::protobuf::Descriptor* type, const std::string& bytes, int cut) {
  google::protobuf::io::CodedInputStream input(reinterpret_cast<const uint8_t*>(bytes.data()),
                                               static_cast<int>(bytes.size()));
  std::map<int, int> seen;
  while (input.CurrentPosition() < cut) {
    const uint32_t tag = input.ReadTag();
    if (input.CurrentPosition() > cut) return "(request)";  // a tag of two bytes
    google::protobuf::internal::WireFormatLite::SkipField(&input, tag);
    const int number = google::protobuf::internal::WireFormatLite::GetTagFieldNumber(tag);
    const FieldDescriptor* field = type->FindFieldByNumber(number);
    const int index = seen[number]++;
    if (input.CurrentPosition() <= cut) continue;
    return field->is_repeated() ? fmt::format("{}[{}]", field->name(), index) : field->name();
  }
  return "";
}

TEST_P(BadInput, RefusesAMessageThatIsCutOff) {
  const std::string bytes = ValidRequest()->SerializeAsString();
  for (size_t size = 1; size < bytes.size(); ++size) {
    const std::string field = FieldAt(method().input_type(), bytes, static_cast<int>(size));
    if (field.empty()) continue;  // what is left is a message, with fewer fields
    SCOPED_TRACE(fmt::format("{} of {} bytes", size, bytes.size()));
    ExpectRefused(bytes.substr(0, size), field, "Send a well-formed message", "MALFORMED_MESSAGE");
  }
}

// Five megabytes, or more where the method takes so much: before anything is parsed.
TEST_P(BadInput, RefusesARequestThatIsTooLarge) {
  const size_t stated = method().options().GetExtension(dangol::api::v1::method).max_request_bytes();
  const size_t bytes_max = stated == 0 ? rpc::kDefaultRequestBytesMax : stated;
  const std::string bytes(std::max<size_t>(5'000'000, bytes_max + 1), 'a');
  ExpectRefused(bytes, "(request)", fmt::format("{} bytes are more than the {}", bytes.size(), bytes_max),
                "REQUEST_TOO_LARGE");
}

// What every service has is tested in common.service.
TEST(ApiSubjects, AreAllServices) {
  std::set<std::string> services;
  for (const auto definition : {tickets::TicketsService, backlog::BacklogService, metrics::MetricsService}) {
    testing::SimulatedService service(definition());
    for (const auto& [path, method] : service.methods().methods()) {
      const std::string& name = method.descriptor->service()->full_name();
      if ((method.write || method.read) && !name.starts_with("dangol.api.")) services.insert(name);
    }
  }
  std::set<std::string> subjects;
  for (const ApiSubject& api : ApiSubjects()) subjects.insert(api.service);
  EXPECT_EQ(subjects, services) << "write its function in tests/services/api_subjects.cc, and name it in ApiSubjects()";
}

std::vector<Case> AllMethods() {
  std::vector<Case> cases;
  for (const ApiSubject& api : ApiSubjects()) {
    const auto* service = google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(api.service);
    for (int i = 0; i < service->method_count(); ++i) cases.push_back({&api, service->method(i)});
  }
  return cases;
}

INSTANTIATE_TEST_SUITE_P(Api, BadInput, ::testing::ValuesIn(AllMethods()), [](const auto& one) {
  return one.param.method->service()->name() + "_" + one.param.method->name();
});

}  // namespace
}  // namespace dangol
