// Methods as resources, by the HTTP rules of their protos.
#include "services/gateway/rest.h"

#include <set>
#include <string>

#include "google/protobuf/struct.pb.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/json.h"
#include "common/rpc/methods.h"
#include "dangol/gateway/v1/live_service.pb.h"
#include "services/gateway/openapi.h"
#include "services/gateway/path_template.h"
#include "services/gateway/request_field.h"
#include "tests/services/gateway/gateway_fixture.h"

namespace dangol::gateway {
namespace {

using testing::Ask;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::HttpAnswer;
using testing::HttpClient;
using ::testing::Not;
using ::testing::Pair;
using testing::Post;
using ::testing::UnorderedElementsAre;

TEST(PathTemplate, MatchesItsPathsAndNoOthers) {
  const auto matches = [](std::string_view text, std::string_view path) {
    const auto parsed = PathTemplate::Parse(text);
    EXPECT_TRUE(parsed.ok()) << parsed.status();
    return parsed->Match(path).value_or(PathVariables{{"none", "none"}});
  };
  EXPECT_THAT(matches("/v1/tickets", "/v1/tickets"), ElementsAre());
  EXPECT_THAT(matches("/v1/{name=tickets/*}", "/v1/tickets/t1"), ElementsAre(Pair("name", "tickets/t1")));
  EXPECT_THAT(matches("/v1/{name=tickets/*}:accept", "/v1/tickets/t1:accept"), ElementsAre(Pair("name", "tickets/t1")));
  EXPECT_THAT(matches("/v1/{parent=tickets/*}/messages", "/v1/tickets/t%31/messages"),
              ElementsAre(Pair("parent", "tickets/t1")));
  EXPECT_THAT(matches("/v1/{name=files/**}", "/v1/files/a/b"), ElementsAre(Pair("name", "files/a/b")));
  const auto none = ElementsAre(Pair("none", "none"));
  EXPECT_THAT(matches("/v1/{name=tickets/*}", "/v1/tickets/"), none);
  EXPECT_THAT(matches("/v1/{name=tickets/*}", "/v1/tickets/t1:accept"), none);
  EXPECT_THAT(matches("/v1/{name=tickets/*}", "/v1/tickets/a/b"), none);
  EXPECT_THAT(matches("/v1/{name=tickets/*}:accept", "/v1/tickets/t1"), none);
  EXPECT_THAT(matches("/v1/tickets", "/v1/tickets:batchCreate"), none);
  for (const char* text : {"", "v1", "/v1/{", "/v1/{name", "/v1/{}", "/v1//x", "/v1/**/x", "/v1/x:", "/v1/{a}b"}) {
    EXPECT_FALSE(PathTemplate::Parse(text).ok()) << text;
  }
}

TEST(Rest, EveryRuleOfEveryMethodIsRight) {
  for (const google::protobuf::MethodDescriptor* method : rpc::AllMethods()) {
    const auto rules = RestRules(method);
    EXPECT_TRUE(rules.ok()) << rules.status();
    const bool exempt = method->file()->package() == "dangol.api.v1";
    EXPECT_EQ(rules->empty(), exempt) << method->full_name();
  }
}

// The names that stand behind a prefix in the document.
std::set<std::string> NamesBehind(std::string_view document, std::string_view prefix) {
  std::set<std::string> names;
  for (size_t at = document.find(prefix); at != std::string_view::npos; at = document.find(prefix, at + 1)) {
    const size_t begin = at + prefix.size();
    names.emplace(document.substr(begin, document.find('"', begin) - begin));
  }
  return names;
}

TEST(OpenApi, HasAnOperationForEveryMethodWithARule) {
  const std::set<std::string> operations = NamesBehind(kOpenApi, R"("operationId":")");
  for (const google::protobuf::MethodDescriptor* method : rpc::AllMethods()) {
    const std::string operation = method->service()->name() + "_" + method->name();
    EXPECT_EQ(operations.contains(operation), !RestRules(method)->empty()) << operation;
  }
}

TEST(OpenApi, RefersToWhatItHas) {
  google::protobuf::Struct document;
  ASSERT_TRUE(FromJson(kOpenApi, document).ok());
  const auto& schemas =
      document.fields().at("components").struct_value().fields().at("schemas").struct_value().fields();
  EXPECT_TRUE(schemas.contains("tickets.Ticket"));
  for (const std::string& name : NamesBehind(kOpenApi, R"("$ref":"#/components/schemas/)")) {
    EXPECT_TRUE(schemas.contains(name)) << name;
  }
}

TEST(OpenApi, SaysWhatAFieldMeansThatManyRequestsHave) {
  EXPECT_THAT(std::string(kOpenApi), Not(HasSubstr("options.proto")));
  EXPECT_THAT(std::string(kOpenApi), HasSubstr("The same request sent again within 72 hours has one effect"));
}

TEST(OpenApi, SaysOnceWhatAFieldSaysByItselfAndManyDo) {
  const std::string document(kOpenApi);
  EXPECT_THAT(document, HasSubstr(R"("`next_page_token` of the page before; empty: the first page.)"));
  EXPECT_THAT(document, HasSubstr(R"("The ticket's etag as the caller saw it; empty: not checked.)"));
  EXPECT_THAT(document, HasSubstr(R"("Which fields are replaced by what the request has in them, where it is empty)"));
  EXPECT_THAT(document, HasSubstr(R"("Makes it safe to send the request again: any text that is unique)"))
      << "all of it";
}

const std::vector<std::string> kJson = {"content-type: application/json"};

TEST(Rest, CreatesReadsListsAndActs) {
  TicketsBehindGateway suite;
  const int port = suite.port();
  const HttpAnswer created = Ask(port, "POST", "/v1/tickets?ticketId=t1", kJson, R"({"subject":"Late"})");
  EXPECT_EQ(created.status, 200) << created.body;
  EXPECT_NE(created.Header("x-dangol-cursor"), "");
  const HttpAnswer got = Ask(port, "GET", "/v1/tickets/t1");
  EXPECT_EQ(got.status, 200) << got.body;
  EXPECT_THAT(got.body, HasSubstr(R"("subject":"Late")"));
  EXPECT_THAT(Ask(port, "GET", "/v1/tickets?page_size=1&states=RECEIVED&states=HEARD").body, HasSubstr("tickets/t1"));
  EXPECT_THAT(Ask(port, "GET", "/v1/tickets?states=HEARD").body, Not(HasSubstr("tickets/t1")));
  EXPECT_THAT(Ask(port, "POST", "/v1/tickets/t1:acknowledge", kJson, "{}").body, HasSubstr(R"("state":"HEARD")"));
  const HttpAnswer message = Ask(port, "POST", "/v1/tickets/t1/messages", kJson, R"({"body":"Hello","kind":"PUBLIC"})");
  EXPECT_THAT(message.body, HasSubstr("tickets/t1")) << message.status;
}

TEST(Rest, AnErrorIsAStatusInJson) {
  TicketsBehindGateway suite;
  const HttpAnswer answer = Ask(suite.port(), "GET", "/v1/tickets/none");
  EXPECT_EQ(answer.status, 404);
  EXPECT_THAT(answer.body, HasSubstr(R"("error":{"code":404,"message":"tickets/none does not exist.)"));
  EXPECT_THAT(answer.body, HasSubstr(R"("status":"NOT_FOUND")"));
  EXPECT_THAT(answer.body, HasSubstr(R"({"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"NOT_FOUND")"));
}

TEST(Rest, AQueryThatFitsNoFieldIsRefusedByName) {
  TicketsBehindGateway suite;
  const int port = suite.port();
  for (const auto& [target, what] :
       std::vector<std::pair<std::string, std::string>>{{"/v1/tickets?colour=red", "colour"},
                                                        {"/v1/tickets?page_size=many", "page_size"},
                                                        {"/v1/tickets?states=LOST", "states"},
                                                        {"/v1/tickets?page_size.x=1", "page_size.x"},
                                                        {"/v1/tickets?page_size=%zz", "%-escape"}}) {
    const HttpAnswer answer = Ask(port, "GET", target);
    EXPECT_EQ(answer.status, 400) << target;
    EXPECT_THAT(answer.body, HasSubstr(what)) << target;
  }
  EXPECT_EQ(Ask(port, "POST", "/v1/tickets?ticket.subject=x", kJson, "{}").status, 400);
  EXPECT_EQ(Ask(port, "POST", "/v1/tickets/t1:acknowledge?etag=x", kJson, "{}").status, 400);
  EXPECT_EQ(Ask(port, "POST", "/v1/tickets", {"content-type: text/plain"}, "{}").status, 400);
  EXPECT_EQ(Ask(port, "GET", "/v1/tickets", kJson, "{}").status, 400);
  EXPECT_THAT(Ask(port, "POST", "/v1/tickets", kJson, "{\"subject\"").body, HasSubstr("line 1, column 11"));
}

TEST(Rest, AnotherVerbIs405AndAnotherPath404) {
  TicketsBehindGateway suite;
  const HttpAnswer answer = Ask(suite.port(), "DELETE", "/v1/tickets");
  EXPECT_EQ(answer.status, 405);
  EXPECT_EQ(answer.Header("allow"), "GET, POST");
  // Of a page it is not, though pages have no endings either.
  for (const char* verb : {"GET", "POST", "DELETE"}) {
    for (const char* path : {"/v1", "/v1/", "/v1/nothing", "/v1/tickets/a/b", "/v1/tickets:nothing"}) {
      const HttpAnswer unknown = Ask(suite.port(), verb, path);
      EXPECT_EQ(unknown.status, 404) << verb << " " << path;
      EXPECT_EQ(unknown.Header("content-type"), "application/json");
      EXPECT_THAT(unknown.body, HasSubstr(R"("error":{"code":404,"message":"There is no )")) << verb << " " << path;
      EXPECT_THAT(unknown.body, HasSubstr(R"("status":"NOT_FOUND")"));
    }
  }
}

TEST(Rest, AQueryHasTheKeysOfAMap) {
  v1::WatchRequest request;
  EXPECT_EQ(SetField(request, "cursors.tickets", "abc.7"), absl::OkStatus());
  EXPECT_EQ(SetField(request, "cursors.a.b", "x"), absl::OkStatus());
  EXPECT_THAT(request.cursors(), UnorderedElementsAre(Pair("tickets", "abc.7"), Pair("a.b", "x")));
  EXPECT_THAT(std::string(SetField(request, "cursors", "x").message()), HasSubstr("behind a dot"));
  EXPECT_FALSE(SetField(request, "cursors.\xff", "x").ok());
  EXPECT_FALSE(SetField(request, "cursors.b", "\xff").ok());
  TicketsBehindGateway suite;
  const HttpAnswer answer = Ask(suite.port(), "GET", "/v1/events:watch?cursors.nothing=x");
  EXPECT_THAT(answer.body, HasSubstr("there is no feed")) << "it is asked for by the key";
  EXPECT_EQ(Ask(suite.port(), "GET", "/v1/events:watch?cursors.%ff=x").status, 400);
}

TEST(Rest, AStreamIsAnObjectALine) {
  TicketsBehindGateway suite;
  EXPECT_EQ(Ask(suite.port(), "POST", "/v1/tickets?ticketId=t1", kJson, R"({"subject":"Late"})").status, 200);
  HttpClient client(suite.port());
  client.Request("GET", "/v1/tickets:streamEvents");
  EXPECT_EQ(client.ReadHead().Header("content-type"), "application/x-ndjson");
  const std::string line = client.ReadChunk().value_or("");
  EXPECT_THAT(line, HasSubstr(R"("ticket":"tickets/t1")"));
  EXPECT_EQ(line.find('\n'), line.size() - 1);
}

}  // namespace
}  // namespace dangol::gateway
