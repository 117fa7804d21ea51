// The dashboard's files, and nothing else of the machine.
#include "services/gateway/static_files.h"

#include <filesystem>
#include <fstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/temporary_folder.h"

namespace dangol::gateway {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class StaticFilesTest : public ::testing::Test {
 protected:
  StaticFilesTest() {
    std::filesystem::create_directories(folder_.File("web/assets"));
    Put("secret.txt", "secret");
    Put("web/index.html", "<h1>Dangol</h1>");
    Put("web/favicon.svg", "<svg/>");
    Put("web/assets/index-4f3a9c21.js", "start()");
    Put("web/assets/plain.js", "plain()");
    Put("web/.env", "secret");
    std::filesystem::create_symlink(folder_.File("secret.txt"), folder_.File("web/link.txt"));
    std::filesystem::create_directories(folder_.File("web2"));
    Put("web2/other.txt", "secret");
  }

  void Put(const std::string& name, const std::string& content) { std::ofstream(folder_.File(name)) << content; }

  HttpResponse Get(const std::string& path, Headers headers = {}) {
    HttpRequest request;
    request.verb = "GET";
    request.path = path;
    request.headers = std::move(headers);
    return StaticFiles(folder_.File("web")).Serve(request);
  }

  testing::TemporaryFolder folder_;
};

std::string Header(const HttpResponse& response, std::string_view name) {
  return std::string(rpc::FindMetadata(response.headers, name));
}

TEST_F(StaticFilesTest, GivesFilesWithTheirTypes) {
  EXPECT_EQ(Get("/").body, "<h1>Dangol</h1>");
  EXPECT_EQ(Header(Get("/"), "content-type"), "text/html; charset=utf-8");
  EXPECT_EQ(Get("/favicon.svg").body, "<svg/>");
  EXPECT_EQ(Header(Get("/favicon.svg"), "content-type"), "image/svg+xml");
  EXPECT_EQ(Get("/assets/plain.js").body, "plain()");
}

TEST_F(StaticFilesTest, APathOfTheDashboardGetsItsPage) {
  for (const char* path : {"/tickets", "/tickets/t1", "/changes/", "/a/b/c"}) {
    EXPECT_EQ(Get(path).body, "<h1>Dangol</h1>") << path;
  }
  EXPECT_EQ(Get("/assets/gone-4f3a9c21.js").status, 404);
}

TEST_F(StaticFilesTest, ThePageOfADemonstrationSaysSo) {
  Put("web/index.html", "<!doctype html>\n<html lang=\"ko\"><h1>Dangol</h1></html>");
  EXPECT_THAT(Get("/board").body, Not(HasSubstr("data-demo")));
  HttpRequest request;
  request.verb = "GET";
  for (const char* path : {"/", "/board"}) {
    request.path = path;
    EXPECT_THAT(StaticFiles(folder_.File("web"), "", true).Serve(request).body,
                HasSubstr("<html data-demo lang=\"ko\">"));
  }
  request.path = "/assets/plain.js";
  EXPECT_EQ(StaticFiles(folder_.File("web"), "", true).Serve(request).body, "plain()");
}

TEST_F(StaticFilesTest, APageBelowAPrefixNamesItsFilesThere) {
  Put("web/index.html", R"(<html lang="ko"><script src="./assets/a.js"></script>./ stays</html>)");
  HttpRequest request;
  request.verb = "GET";
  request.path = "/board";
  EXPECT_EQ(StaticFiles(folder_.File("web")).Serve(request).body,
            R"(<html lang="ko"><script src="/assets/a.js"></script>./ stays</html>)");
  EXPECT_EQ(StaticFiles(folder_.File("web"), "/dangol").Serve(request).body,
            R"(<html data-base="/dangol" lang="ko"><script src="/dangol/assets/a.js"></script>./ stays</html>)");
}

TEST_F(StaticFilesTest, OnlyWhatIsNamedByItsContentIsKept) {
  EXPECT_EQ(Header(Get("/assets/index-4f3a9c21.js"), "cache-control"), "public, max-age=31536000, immutable");
  for (const char* path : {"/", "/favicon.svg", "/assets/plain.js", "/tickets"}) {
    EXPECT_EQ(Header(Get(path), "cache-control"), "no-cache") << path;
  }
}

TEST_F(StaticFilesTest, WhatHasNotChangedIsNotSentAgain) {
  const HttpResponse first = Get("/");
  const HttpResponse again = Get("/", {{"if-none-match", Header(first, "etag")}});
  EXPECT_EQ(again.status, 304);
  EXPECT_EQ(again.body, "");
  Put("web/index.html", "<h1>New</h1>");
  EXPECT_EQ(Get("/", {{"if-none-match", Header(first, "etag")}}).body, "<h1>New</h1>");
}

TEST_F(StaticFilesTest, PagesMayLoadNothingOfOthers) {
  EXPECT_THAT(Header(Get("/"), "content-security-policy"), HasSubstr("default-src 'none'; script-src 'self'"));
  EXPECT_THAT(Header(Get("/"), "content-security-policy"), Not(HasSubstr("unsafe")));
  EXPECT_EQ(Header(Get("/"), "x-content-type-options"), "nosniff");
}

TEST_F(StaticFilesTest, NothingOutsideOfTheFolderIsGivenOut) {
  for (const char* path : {"/../secret.txt",
                           "/assets/../../secret.txt",
                           "/%2e%2e/secret.txt",
                           "/..%2fsecret.txt",
                           "/%2e%2e%2fsecret.txt",
                           "/..\\secret.txt",
                           "/..%5csecret.txt",
                           "//etc/passwd",
                           "/%2fetc/passwd",
                           "/assets//../../secret.txt",
                           "/../web2/other.txt",
                           "/.env",
                           "/%2eenv",
                           "/link.txt",
                           "/index.html%00.js",
                           "/%",
                           "/%zz",
                           "/./index.html",
                           "/assets",
                           "/...",
                           "/....//secret.txt",
                           "/%c0%ae%c0%ae/secret.txt",
                           "/%252e%252e/secret.txt"}) {
    const HttpResponse response = Get(path);
    EXPECT_THAT(response.body, Not(HasSubstr("secret"))) << path;
    EXPECT_THAT(response.body, Not(HasSubstr("root:"))) << path;
  }
  for (const char* path : {"/../secret.txt", "/%2e%2e/secret.txt", "/.env", "/link.txt", "//etc/passwd"}) {
    EXPECT_EQ(Get(path).status, 404) << path;
  }
}

TEST_F(StaticFilesTest, TakesNoOtherVerbs) {
  HttpRequest request;
  request.verb = "POST";
  request.path = "/";
  EXPECT_EQ(StaticFiles(folder_.File("web")).Serve(request).status, 404);
}

TEST(StaticFiles, WithoutADashboardThePageSaysWhatIsThere) {
  HttpRequest request;
  request.verb = "GET";
  request.path = "/";
  const HttpResponse page = StaticFiles("").Serve(request);
  EXPECT_EQ(page.status, 200);
  EXPECT_THAT(page.body, HasSubstr("dangol.tickets.v1.TicketService/ListTickets"));
  request.path = "/other";
  EXPECT_EQ(StaticFiles("").Serve(request).status, 404);
}

TEST_F(StaticFilesTest, PacksTextsForThoseWhoTakeIt) {
  Put("web/assets/long-4f3a9c21.js", std::string(10'000, 'x'));
  const HttpResponse packed = Get("/assets/long-4f3a9c21.js", {{"accept-encoding", "br, gzip"}});
  EXPECT_EQ(rpc::FindMetadata(packed.headers, "content-encoding"), "gzip");
  EXPECT_LT(packed.body.size(), 1000u);
  EXPECT_EQ(Get("/assets/long-4f3a9c21.js").body.size(), 10'000u);
  Put("web/assets/long.png", std::string(10'000, 'x'));
  EXPECT_EQ(Get("/assets/long.png", {{"accept-encoding", "gzip"}}).body.size(), 10'000u);
}

TEST_F(StaticFilesTest, HasTheDescriptionOfTheApi) {
  const HttpResponse response = Get("/openapi.json");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(rpc::FindMetadata(response.headers, "content-type"), "application/json");
  EXPECT_THAT(response.body, HasSubstr(R"("openapi":"3.1.0")"));
  EXPECT_EQ(Get("/openapi.json", {{"if-none-match", std::string(rpc::FindMetadata(response.headers, "etag"))}}).status,
            304);
}

}  // namespace
}  // namespace dangol::gateway
