// Who is let in, by the files of a folder, as they change.
#include "common/identity/keys.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_split.h"
#include "spdlog/sinks/ostream_sink.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/error.h"
#include "common/base/log.h"
#include "common/base/simulated_runtime.h"
#include "common/base/text.h"
#include "common/identity/file.h"
#include "common/identity/jwt.h"
#include "common/identity/keys_authorizer.h"
#include "common/identity/suite_token.h"
#include "common/identity/tokens.h"
#include "tests/support/no_descriptors.h"
#include "tests/support/temporary_folder.h"

namespace dangol::identity {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

class KeysTest : public ::testing::Test {
 protected:
  KeysTest() : keys_(std::make_shared<Keys>(folder_.File("keys"), runtime_)) {
    EXPECT_EQ(keys_->folder().Create(runtime_), absl::OkStatus());
  }

  std::string Create(const std::string& id, const std::vector<std::string>& roles) {
    return Create(id, roles, keys_->folder());
  }
  std::string Create(const std::string& id, const std::vector<std::string>& roles, const KeyFolder& folder) {
    std::string secret;
    const absl::Status status = folder.ChangeTokens([&](const KeySet& keys, Tokens& tokens) -> absl::Status {
      const NewToken wanted{
          .id = id, .roles = roles, .stages = {}, .permissions = {}, .expire_time = std::nullopt, .request_key = ""};
      auto made = CreateToken(tokens, keys.pepper, wanted, runtime_);
      if (made.ok()) secret = "Bearer " + made->secret;
      return made.status();
    });
    EXPECT_EQ(status, absl::OkStatus());
    return secret;
  }
  void Revoke(const std::string& id) {
    EXPECT_EQ(keys_->folder().ChangeTokens([&](const KeySet&, Tokens& tokens) {
      return RevokeToken(tokens, id, "", "", runtime_.Now()).status();
    }),
              absl::OkStatus());
  }
  std::string ReasonFor(const std::string& authorization) {
    return ErrorReason(keys_->Authenticate(authorization).status());
  }

  testing::TemporaryFolder folder_;
  SimulatedRuntime runtime_{1};
  std::shared_ptr<Keys> keys_;
  const rpc::Principal jane_{
      .name = "jane", .roles = {"agent"}, .stages = {"engines/e/stages/s"}, .permissions = {"a.b"}};
};

TEST_F(KeysTest, TheFolderIsForItsOwnerAlone) {
  const auto mode = [&](const std::string& path) {
    struct stat found {};
    EXPECT_EQ(stat(path.c_str(), &found), 0) << path;
    return found.st_mode & 0777;
  };
  Create("import", {"service"});
  const std::string keys = folder_.File("keys");
  EXPECT_EQ(mode(keys), 0700U);
  EXPECT_EQ(mode(keys + "/pepper"), 0400U);
  EXPECT_EQ(mode(keys + "/tokens"), 0600U);
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(keys + "/jwt")) {
    EXPECT_EQ(mode(entry.path()), entry.path().extension() == ".key" ? 0400U : 0444U);
    ++files;
  }
  EXPECT_EQ(files, 2);
}

TEST_F(KeysTest, MakingThemAgainChangesNothing) {
  const std::string secret = Create("import", {"service"});
  ASSERT_TRUE(keys_->Authenticate(secret).ok());
  const std::string version = keys_->folder().Version();
  EXPECT_EQ(keys_->folder().Create(runtime_), absl::OkStatus());
  EXPECT_EQ(keys_->folder().Version(), version);
}

TEST_F(KeysTest, ATokenIsThePrincipalThatItsRolesSay) {
  const absl::StatusOr<rpc::Principal> principal = keys_->Authenticate(Create("import", {"service", "viewer"}));
  ASSERT_TRUE(principal.ok()) << principal.status();
  EXPECT_EQ(principal->name, "tokens/import");
  EXPECT_THAT(principal->roles, ElementsAre("service", "viewer"));
}

TEST_F(KeysTest, ANewTokenIsTakenAtOnce) {
  EXPECT_EQ(ReasonFor("Bearer nonsense"), "CREDENTIAL_INVALID");
  EXPECT_TRUE(keys_->Authenticate(Create("import", {"service"})).ok());
}

TEST_F(KeysTest, ARevokedTokenIsRefusedWithinFiveSeconds) {
  const std::string secret = Create("import", {"service"});
  ASSERT_TRUE(keys_->Authenticate(secret).ok());
  Revoke("import");
  runtime_.RunFor(absl::Seconds(5));
  const absl::Status refused = keys_->Authenticate(secret).status();
  EXPECT_EQ(ErrorReason(refused), "CREDENTIAL_INVALID");
  // The folder may be another one than that of the token.
  EXPECT_THAT(std::string(refused.message()), ::testing::HasSubstr("another --data"));
}

TEST_F(KeysTest, WhatIsNoCredentialIsRefused) {
  const std::string secret = Create("import", {"service"});
  const std::string other = Create("other", {"admin"});
  std::string mixed = secret;
  mixed.replace(mixed.find("import"), 6, "other");
  // A whole token of this name, as another suite has made it: nothing but its secret is false.
  const Keys elsewhere(folder_.File("elsewhere"), runtime_);
  ASSERT_EQ(elsewhere.folder().Create(runtime_), absl::OkStatus());
  const std::string twin = Create("import", {"service"}, elsewhere.folder());
  for (const std::string& wrong :
       {std::string(), std::string("Bearer"), std::string("Bearer "), std::string("Basic abc"), secret.substr(7),
        secret + "x", mixed, twin, "Bearer Bearer " + secret, std::string("Bearer a.b.c"), std::string(1 << 20, 'x')}) {
    EXPECT_EQ(ReasonFor(wrong), "CREDENTIAL_INVALID") << wrong.substr(0, 80);
  }
  EXPECT_TRUE(keys_->Authenticate("bearer" + secret.substr(6)).ok());
}

TEST_F(KeysTest, AJwtSaysWhoItsSignerSays) {
  Keys other(folder_.File("keys"), runtime_);
  const absl::StatusOr<rpc::Principal> principal = other.Authenticate(keys_->AuthorizationOf(jane_));
  ASSERT_TRUE(principal.ok()) << principal.status();
  EXPECT_EQ(principal->name, "jane");
  EXPECT_THAT(principal->roles, ElementsAre("agent"));
  EXPECT_THAT(principal->stages, ElementsAre("engines/e/stages/s"));
  EXPECT_THAT(principal->permissions, ElementsAre("a.b"));
}

TEST_F(KeysTest, AJwtIsSignedAnewBeforeItExpires) {
  const std::string first = keys_->AuthorizationOf(jane_);
  EXPECT_EQ(keys_->AuthorizationOf(jane_), first);
  for (int i = 0; i < 20; ++i) {
    runtime_.RunFor(absl::Minutes(3));
    EXPECT_TRUE(keys_->Authenticate(keys_->AuthorizationOf(jane_)).ok());
  }
  EXPECT_EQ(ReasonFor(first), "CREDENTIAL_EXPIRED");
}

// Whoever changes them: the file that is there stays.
TEST_F(KeysTest, AreNotWrittenWhereNobodyCouldReadThem) {
  Create("import", {"service"});
  const absl::Status status = keys_->folder().ChangeTokens([](const KeySet&, Tokens& tokens) {
    tokens.at("import").mutable_expire_time()->set_seconds(int64_t{1} << 50);
    return absl::OkStatus();
  });
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  const absl::StatusOr<KeySet> read = keys_->folder().Read();
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_FALSE(read->tokens.at("import").has_expire_time());
}

TEST_F(KeysTest, AJwtIsSignedAnewAfterTheClockWasSetBack) {
  const std::string first = keys_->AuthorizationOf(jane_);
  runtime_.StepWall(-absl::Hours(1));
  Keys other(folder_.File("keys"), runtime_);
  EXPECT_EQ(other.Authenticate(keys_->AuthorizationOf(jane_)).status(), absl::OkStatus());
  EXPECT_EQ(ErrorReason(other.Authenticate(first).status()), "CREDENTIAL_INVALID");
}

TEST_F(KeysTest, AJwtThatWasTakenIsNotTakenForLongerWhenTheClockIsSetBack) {
  const std::string token = keys_->AuthorizationOf(jane_);
  ASSERT_TRUE(keys_->Authenticate(token).ok());
  runtime_.StepWall(-absl::Hours(1));
  EXPECT_EQ(ReasonFor(token), "CREDENTIAL_INVALID");
}

TEST_F(KeysTest, AJwtThatWasTakenExpires) {
  const std::string token = keys_->AuthorizationOf(jane_);
  ASSERT_TRUE(keys_->Authenticate(token).ok());
  runtime_.RunFor(kSuiteTokenLifetime + kClockLeeway);
  EXPECT_EQ(ReasonFor(token), "CREDENTIAL_EXPIRED");
}

TEST_F(KeysTest, ANewSigningKeyFailsNoCall) {
  Keys reader(folder_.File("keys"), runtime_);
  for (int i = 0; i < 20; ++i) {
    if (i % 5 == 4) {
      ASSERT_TRUE(keys_->folder().AddSigningKey(runtime_).ok());
    }
    runtime_.RunFor(absl::Milliseconds(700));
    const absl::Status status = reader.Authenticate(keys_->AuthorizationOf(jane_)).status();
    EXPECT_EQ(status, absl::OkStatus()) << i;
  }
}

// As where a backup was put back without it: another one would end every token, and nobody would say so.
TEST_F(KeysTest, TokensAreNotGivenAnotherPepper) {
  const std::string secret = Create("import", {"service"});
  const std::string pepper = folder_.File("keys/pepper");
  const std::string before = *ReadSmallFile(pepper, /*secret=*/true);
  const KeyFolder& folder = keys_->folder();
  for (const bool is_empty : {false, true}) {
    std::filesystem::remove(pepper);
    if (is_empty) {
      ASSERT_EQ(WriteSmallFile(pepper, "", 0400), absl::OkStatus());
    }
    for (const absl::Status& status : {folder.Create(runtime_), folder.Read().status(),
                                       folder.ChangeTokens([](const KeySet&, Tokens&) { return absl::OkStatus(); })}) {
      EXPECT_EQ(ErrorReason(status), "KEYS_INVALID");
      EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr("Put it back"));
    }
    EXPECT_EQ(std::filesystem::exists(pepper), is_empty);
  }
  ASSERT_EQ(WriteSmallFile(pepper, before, 0400), absl::OkStatus());
  EXPECT_EQ(folder.Create(runtime_), absl::OkStatus());
  EXPECT_TRUE(keys_->Authenticate(secret).ok());
  // Without tokens there is nothing to lose.
  std::filesystem::remove(pepper);
  std::filesystem::remove(folder_.File("keys/tokens"));
  EXPECT_EQ(folder.Create(runtime_), absl::OkStatus());
  EXPECT_TRUE(std::filesystem::exists(pepper));
}

// Of the greatest id is the key that signs, and seals.
TEST_F(KeysTest, ANewKeyIsUsedAlsoAfterTheClockWasSetBack) {
  const KeyFolder& folder = keys_->folder();
  const auto add = [&] {
    const std::string signing = *folder.AddSigningKey(runtime_);
    const std::string sealing = *folder.AddSessionKey(runtime_);
    const KeySet keys = *folder.Read();
    EXPECT_EQ(keys.signing_key->first, signing);
    EXPECT_EQ(keys.session_keys.rbegin()->first, sealing);
    return signing;
  };
  EXPECT_EQ(add().size(), sizeof("20261130T143227.123Z-01234567") - 1);
  for (const absl::Duration step : {absl::ZeroDuration(), -absl::Hours(24), -absl::Hours(24 * 4000)}) {
    runtime_.StepWall(step);
    EXPECT_EQ(add().size(), sizeof("20261130T143227.123Z-01234567") - 1);
  }
  // Names that others gave, and one whose private key is not here now.
  for (const char* name : {"jwt/zz.pub", "jwt/zz~.key", "session/zz.key"}) {
    const std::string path = folder_.File(fmt::format("keys/{}", name));
    const PrivateKey key = PrivateKey::Generate();
    const std::string content = path.ends_with(".pub")                      ? key.public_key().ToPem()
                                : path.find("session") != std::string::npos ? EncodeBase64Url(std::string(32, 'k'))
                                                                            : key.ToPem();
    ASSERT_EQ(WriteSmallFile(path, content, 0400), absl::OkStatus());
    add();
    add();
  }
}

TEST_F(KeysTest, AKeyOfAnotherSuiteSignsNothingHere) {
  testing::TemporaryFolder elsewhere;
  Keys other(elsewhere.File("keys"), runtime_);
  ASSERT_EQ(other.folder().Create(runtime_), absl::OkStatus());
  EXPECT_EQ(ReasonFor(other.AuthorizationOf(jane_)), "CREDENTIAL_INVALID");
}

TEST_F(KeysTest, AKeyThatIsTakenAwayVerifiesNothing) {
  const std::string token = keys_->AuthorizationOf(jane_);
  ASSERT_TRUE(keys_->Authenticate(token).ok());
  for (const auto& entry : std::filesystem::directory_iterator(folder_.File("keys/jwt")))
    std::filesystem::remove(entry.path());
  runtime_.RunFor(absl::Seconds(5));
  EXPECT_EQ(ReasonFor(token), "CREDENTIAL_INVALID");
  EXPECT_THAT(keys_->AuthorizationOf(jane_), IsEmpty());
}

TEST_F(KeysTest, AFileThatCannotBeReadLeavesWhatWasKnown) {
  const std::string secret = Create("import", {"service"});
  ASSERT_TRUE(keys_->Authenticate(secret).ok());
  std::ofstream(folder_.File("keys/tokens"), std::ios::app) << "{broken\n";
  runtime_.RunFor(absl::Seconds(5));
  EXPECT_TRUE(keys_->Authenticate(secret).ok());
  EXPECT_EQ(ErrorReason(keys_->folder().Read().status()), "KEYS_INVALID");
  // And nobody writes over what he could not read.
  EXPECT_EQ(ErrorReason(keys_->folder().ChangeTokens([](const KeySet&, Tokens&) { return absl::OkStatus(); })),
            "KEYS_INVALID");
}

TEST_F(KeysTest, ARevokedTokenIsRefusedAfterAReadThatFailed) {
  const std::string secret = Create("import", {"service"});
  ASSERT_TRUE(keys_->Authenticate(secret).ok());
  Revoke("import");
  runtime_.RunFor(absl::Seconds(3));
  {
    const testing::NoDescriptors none;
    EXPECT_TRUE(keys_->Authenticate(secret).ok());
  }
  runtime_.RunFor(absl::Seconds(5));
  EXPECT_EQ(ReasonFor(secret), "CREDENTIAL_INVALID");
}

TEST_F(KeysTest, AFileThatIsMendedByChmodIsUsed) {
  const std::string secret = Create("import", {"service"});
  ASSERT_EQ(chmod(folder_.File("keys/pepper").c_str(), 0444), 0);
  EXPECT_EQ(ReasonFor(secret), "CREDENTIAL_INVALID");
  ASSERT_EQ(chmod(folder_.File("keys/pepper").c_str(), 0400), 0);
  runtime_.RunFor(absl::Seconds(5));
  EXPECT_TRUE(keys_->Authenticate(secret).ok());
}

TEST_F(KeysTest, AFolderThatCannotBeListedIsNotTakenForAnEmptyOne) {
  const std::string jwt = folder_.File("keys/jwt");
  std::filesystem::remove_all(jwt);
  EXPECT_EQ(keys_->folder().Read().status(), absl::OkStatus());
  std::filesystem::create_directory_symlink(jwt, jwt);
  EXPECT_EQ(ErrorReason(keys_->folder().Read().status()), "KEYS_INVALID");
}

TEST_F(KeysTest, AFolderThatCannotBeReadIsSaidOnceAMinute) {
  std::ostringstream log;
  const auto sink = std::make_shared<spdlog::sinks::ostream_sink_mt>(log);
  Log()->sinks().push_back(sink);
  std::ofstream(folder_.File("keys/tokens")) << "{broken\n";
  for (int i = 0; i < 119; ++i) {
    EXPECT_EQ(ReasonFor("Bearer nonsense"), "CREDENTIAL_INVALID");
    runtime_.RunFor(absl::Seconds(1));
  }
  Log()->sinks().pop_back();
  const std::vector<std::string> parts = absl::StrSplit(log.str(), "Who may call is as it was before");
  EXPECT_EQ(parts.size() - 1, 2U);
}

TEST_F(KeysTest, ASecretThatEverybodyReadsIsNotUsed) {
  ASSERT_EQ(chmod(folder_.File("keys/pepper").c_str(), 0444), 0);
  const absl::Status status = keys_->folder().Read().status();
  EXPECT_EQ(ErrorReason(status), "KEYS_INVALID");
  EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr("chmod 0400"));
}

TEST_F(KeysTest, WithoutAFolderNobodyIsKnown) {
  Keys none(folder_.File("nothing"), runtime_);
  EXPECT_EQ(ErrorReason(none.Authenticate(Create("import", {"service"})).status()), "CREDENTIAL_INVALID");
  EXPECT_THAT(none.AuthorizationOf(jane_), IsEmpty());
  EXPECT_EQ(ErrorReason(none.folder().ChangeTokens([](const KeySet&, Tokens&) { return absl::OkStatus(); })),
            "KEYS_MISSING");
}

TEST_F(KeysTest, WritersTakeTurns) {
  std::vector<std::thread> writers;
  for (int writer = 0; writer < 4; ++writer) {
    writers.emplace_back([this, writer] {
      SimulatedRuntime runtime(static_cast<uint64_t>(writer));
      for (int i = 0; i < 5; ++i) {
        const NewToken wanted{.id = "w" + std::to_string(writer) + "-" + std::to_string(i),
                              .roles = {"viewer"},
                              .stages = {},
                              .permissions = {},
                              .expire_time = std::nullopt,
                              .request_key = ""};
        EXPECT_TRUE(keys_->folder()
                        .ChangeTokens([&](const KeySet& keys, Tokens& tokens) {
                          return CreateToken(tokens, keys.pepper, wanted, runtime).status();
                        })
                        .ok());
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(keys_->folder().Read()->tokens.size(), 20U);
}

TEST_F(KeysTest, OnLoopbackWhoSaysNothingIsTheLocalPrincipalAndAFalseCredentialIsNobody) {
  KeysAuthorizer local(keys_, /*local=*/true);
  EXPECT_THAT(local.Authenticate({})->roles, ElementsAre("lead", "admin", "privacy"));
  const std::string secret = Create("import", {"service"});
  EXPECT_EQ(local.Authenticate({{"authorization", secret}})->name, "tokens/import");
  for (const std::string& wrong : {std::string(), std::string("Bearer x"), secret + "x"}) {
    EXPECT_EQ(ErrorReason(local.Authenticate({{"authorization", wrong}}).status()), "CREDENTIAL_INVALID");
  }
  EXPECT_EQ(ErrorReason(local.Authenticate({{"authorization", secret}, {"authorization", secret}}).status()),
            "CREDENTIAL_INVALID");
}

TEST_F(KeysTest, ElsewhereWhoSaysNothingIsNobody) {
  KeysAuthorizer remote(keys_, /*local=*/false);
  EXPECT_EQ(ErrorReason(remote.Authenticate({}).status()), "CREDENTIAL_MISSING");
  EXPECT_EQ(ErrorReason(remote.Authenticate({{"x-user", "admin"}}).status()), "CREDENTIAL_MISSING");
  EXPECT_TRUE(remote.Authenticate({{"authorization", Create("import", {"service"})}}).ok());
}

}  // namespace
}  // namespace dangol::identity
