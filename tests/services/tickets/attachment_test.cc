// Files that are kept with tickets: announced, sent in pieces, read, redacted and erased.
#include <functional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "common/base/text.h"
#include "tests/services/tickets/customers_fixture.h"

namespace dangol::tickets {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using v1::Attachment;

constexpr size_t kPiece = 256 << 10;

class AttachmentTest : public CustomersTest {
 protected:
  // A picture of so many bytes.
  static std::string Photo(size_t bytes) {
    std::string photo = "\x89PNG\r\n\x1a\n";
    while (photo.size() < bytes) photo += "secret-pixel";
    photo.resize(bytes);
    return photo;
  }
  static v1::CreateAttachmentRequest CreateRequestOf(const std::string& bytes, const std::string& id = "p") {
    v1::CreateAttachmentRequest request;
    request.set_parent("tickets/a");
    request.set_attachment_id(id);
    request.mutable_attachment()->set_file_name("secret-broken cup.png");
    request.mutable_attachment()->set_media_type("image/png");
    request.mutable_attachment()->set_size_bytes(static_cast<int64_t>(bytes.size()));
    return request;
  }
  absl::StatusOr<Attachment> Announce(const v1::CreateAttachmentRequest& request) {
    return Call<Attachment>("CreateAttachment", request);
  }
  absl::StatusOr<Attachment> Upload(const std::string& bytes, int64_t offset, const std::string& id = "p") {
    v1::UploadAttachmentRequest request;
    request.set_name("tickets/a/attachments/" + id);
    request.set_offset(offset);
    request.set_data(bytes);
    return Call<Attachment>("UploadAttachment", request);
  }
  void Keep(const std::string& bytes, const std::string& id = "p", const std::string& message = "") {
    v1::CreateAttachmentRequest request = CreateRequestOf(bytes, id);
    request.mutable_attachment()->set_message(message);
    const auto announced = Announce(request);
    ASSERT_TRUE(announced.ok()) << announced.status();
    for (size_t offset = 0; offset < bytes.size(); offset += kPiece) {
      const auto sent = Upload(bytes.substr(offset, kPiece), static_cast<int64_t>(offset), id);
      ASSERT_TRUE(sent.ok()) << sent.status();
    }
  }
  Attachment GetOne(const std::string& id = "p") {
    v1::GetAttachmentRequest request;
    request.set_name("tickets/a/attachments/" + id);
    return Call<Attachment>("GetAttachment", request).value_or(Attachment());
  }
  absl::StatusOr<std::string> Download(const std::string& id = "p") {
    std::string bytes;
    while (true) {
      v1::DownloadAttachmentRequest request;
      request.set_name("tickets/a/attachments/" + id);
      request.set_offset(static_cast<int64_t>(bytes.size()));
      const auto piece = Call<v1::DownloadAttachmentResponse>("DownloadAttachment", request);
      if (!piece.ok()) return piece.status();
      if (piece->data().empty()) return bytes;
      bytes += piece->data();
    }
  }
  void Finish() { tickets_.runtime().RunFor(absl::Minutes(2)); }
  void SetUp() override { CreateOne("a"); }
};

TEST_F(AttachmentTest, IsSentInPiecesAndReadAgain) {
  const std::string photo = Photo(2 * kPiece + 1000);
  v1::CreateAttachmentRequest request = CreateRequestOf(photo);
  request.mutable_attachment()->set_sha256(EncodeHex(Sha256(photo)));
  ASSERT_TRUE(Announce(request).ok());
  ASSERT_TRUE(Upload(photo.substr(0, kPiece), 0).ok());
  EXPECT_EQ(testing::Summary(Download().status()), "FAILED_PRECONDITION UPLOAD_UNFINISHED");
  EXPECT_EQ(testing::Summary(Upload(photo.substr(2 * kPiece), 2 * kPiece).status()), "FAILED_PRECONDITION UPLOAD_GAP");
  ASSERT_TRUE(Upload(photo.substr(0, kPiece), 0).ok()) << "it has arrived before";
  // A client that does not know how much has arrived sends a part once more.
  ASSERT_TRUE(Upload(photo.substr(kPiece / 2, kPiece), kPiece / 2).ok());
  const auto whole = Upload(photo.substr(2 * kPiece - 10), 2 * kPiece - 10);
  EXPECT_EQ(testing::Summary(whole.status()), "FAILED_PRECONDITION UPLOAD_GAP");
  ASSERT_TRUE(Upload(photo.substr(kPiece + kPiece / 2, kPiece), kPiece + kPiece / 2).ok());
  const auto last = Upload(photo.substr(2 * kPiece), 2 * kPiece);
  ASSERT_TRUE(last.ok()) << last.status();
  EXPECT_TRUE(last->has_finish_time());
  EXPECT_EQ(last->received_bytes(), last->size_bytes());
  EXPECT_EQ(*Download(), photo);
  EXPECT_EQ(GetOne().DebugString(), last->DebugString());
  EXPECT_EQ(Events().back().attachment_created().attachment(), "tickets/a/attachments/p");
  EXPECT_THAT(Events().back().SerializeAsString(), Not(HasSubstr("secret-")));
}

// Other writes wait for each piece, so the last one must not be dearer than the others.
TEST_F(AttachmentTest, TheLastPieceNeedsNoneOfTheOthersForTheHash) {
  const std::string photo = Photo(2 * kPiece);
  ASSERT_TRUE(Announce(CreateRequestOf(photo)).ok());
  ASSERT_TRUE(Upload(photo.substr(0, 1'001), 0).ok());
  ASSERT_TRUE(Upload(photo.substr(1'001, kPiece), 1'001).ok());
  tickets_.Restart();
  tickets_.file().Execute("DELETE FROM attachment_chunk");
  tickets_is_whole_ = false;
  const auto last = Upload(photo.substr(1'001 + kPiece), 1'001 + kPiece);
  ASSERT_TRUE(last.ok()) << last.status();
  EXPECT_EQ(last->sha256(), EncodeHex(Sha256(photo)));
  EXPECT_EQ(tickets_.file().Integer("SELECT COUNT(*) FROM attachment WHERE sha256_state IS NOT NULL"), 0);
}

TEST_F(AttachmentTest, ListsThoseOfATicketInTheirOrder) {
  for (const char* id : {"z", "b", "m"}) {
    Keep(Photo(20), id);
    Wait(absl::Seconds(1));
  }
  v1::ListAttachmentsRequest request;
  request.set_parent("tickets/a");
  request.set_page_size(2);
  const auto first = Call<v1::ListAttachmentsResponse>("ListAttachments", request);
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_EQ(first->attachments_size(), 2);
  EXPECT_EQ(first->attachments(0).name(), "tickets/a/attachments/z");
  request.set_page_token(first->next_page_token());
  EXPECT_EQ(Call<v1::ListAttachmentsResponse>("ListAttachments", request)->attachments(0).name(),
            "tickets/a/attachments/m");
}

TEST_F(AttachmentTest, RefusesWhatIsNotKept) {
  struct Case {
    std::string what;
    std::function<void(Attachment&)> spoil;
    std::string outcome;
  };
  for (const Case& one : {
           Case{"path", [](Attachment& a) { a.set_file_name("../x.png"); }, "attachment.file_name"},
           Case{"drive", [](Attachment& a) { a.set_file_name("c:x.png"); }, "attachment.file_name"},
           Case{"hidden", [](Attachment& a) { a.set_file_name(".profile"); }, "attachment.file_name"},
           Case{"script", [](Attachment& a) { a.set_media_type("text/html"); }, "attachment.media_type"},
           Case{"vectors", [](Attachment& a) { a.set_media_type("image/svg+xml"); }, "attachment.media_type"},
           Case{"long text",
                [](Attachment& a) {
                  a.set_media_type("text/plain");
                  a.set_size_bytes((2 << 20) + 1);
                },
                "attachment.size_bytes"},
           Case{"large", [](Attachment& a) { a.set_size_bytes((20 << 20) + 1); }, "attachment.size_bytes"},
           Case{"hash", [](Attachment& a) { a.set_sha256("ABC"); }, "attachment.sha256"},
           Case{"message", [](Attachment& a) { a.set_message("tickets/b/messages/m"); }, "attachment.message"},
       }) {
    v1::CreateAttachmentRequest request = CreateRequestOf(Photo(100));
    one.spoil(*request.mutable_attachment());
    EXPECT_EQ(testing::Summary(Announce(request).status()), "INVALID_ARGUMENT INVALID_FIELD " + one.outcome)
        << one.what;
  }
  EXPECT_EQ(Rows("attachment"), 0);
  v1::CreateAttachmentRequest nowhere = CreateRequestOf(Photo(100));
  nowhere.set_parent("tickets/none");
  EXPECT_EQ(testing::Summary(Announce(nowhere).status()), "NOT_FOUND NOT_FOUND");
}

TEST_F(AttachmentTest, RefusesBytesThatAreNotWhatWasAnnounced) {
  ASSERT_TRUE(Announce(CreateRequestOf(std::string(30, 'x'))).ok());
  EXPECT_EQ(testing::Summary(Upload("<html><script>alert(1)</script>", 0).status()),
            "INVALID_ARGUMENT INVALID_FIELD data")
      << "too many";
  EXPECT_EQ(testing::Summary(Upload("<html><script></script></html>", 0).status()),
            "INVALID_ARGUMENT CONTENT_MISMATCH data");
  const std::string photo = Photo(30);
  v1::CreateAttachmentRequest hashed = CreateRequestOf(photo, "h");
  hashed.mutable_attachment()->set_sha256(std::string(64, '0'));
  ASSERT_TRUE(Announce(hashed).ok());
  EXPECT_EQ(testing::Summary(Upload(photo, 0, "h").status()), "INVALID_ARGUMENT CONTENT_MISMATCH data");
  EXPECT_EQ(Rows("attachment_chunk"), 0);
}

// Its first bytes say what it is, in however many pieces they come.
TEST_F(AttachmentTest, RefusesAFileThatIsNotOfItsTypeBehindAShortFirstPiece) {
  const std::string page = "\x89<script>alert(1)</script>";
  ASSERT_TRUE(Announce(CreateRequestOf(page)).ok());
  ASSERT_TRUE(Upload(page.substr(0, 1), 0).ok());
  EXPECT_EQ(testing::Summary(Upload(page.substr(1), 1).status()), "INVALID_ARGUMENT CONTENT_MISMATCH data");
  EXPECT_EQ(testing::Summary(Upload(page, 0).status()), "INVALID_ARGUMENT CONTENT_MISMATCH data");
  EXPECT_EQ(testing::Summary(Download().status()), "FAILED_PRECONDITION UPLOAD_UNFINISHED");
  EXPECT_EQ(GetOne().received_bytes(), 1);
  // One that ends before it has said so is none.
  const std::string part = Photo(5);
  ASSERT_TRUE(Announce(CreateRequestOf(part, "q")).ok());
  ASSERT_TRUE(Upload(part.substr(0, 3), 0, "q").ok());
  EXPECT_EQ(testing::Summary(Upload(part.substr(3), 3, "q").status()), "INVALID_ARGUMENT CONTENT_MISMATCH data");
  // What is of its type may come byte by byte. Before its sign others of its bytes may be anything.
  const std::string picture = std::string("RIFF\0\0\0\0WEBPVP8 ", 16);
  v1::CreateAttachmentRequest webp = CreateRequestOf(picture, "w");
  webp.mutable_attachment()->set_media_type("image/webp");
  ASSERT_TRUE(Announce(webp).ok());
  for (size_t i = 0; i < picture.size(); ++i) {
    const auto sent = Upload(picture.substr(i, 1), static_cast<int64_t>(i), "w");
    ASSERT_TRUE(sent.ok()) << i << ": " << sent.status();
  }
  EXPECT_EQ(Download("w").value_or(""), picture);
}

TEST_F(AttachmentTest, WhatIsNotWholeWithinADayIsTakenAway) {
  const std::string photo = Photo(kPiece + 5);
  ASSERT_TRUE(Announce(CreateRequestOf(photo)).ok());
  ASSERT_TRUE(Upload(photo.substr(0, kPiece), 0).ok());
  tickets_.runtime().Move(absl::Hours(23));
  Finish();
  EXPECT_EQ(Rows("attachment_chunk"), 1);
  tickets_.runtime().Move(absl::Hours(1));
  Finish();
  EXPECT_EQ(Rows("attachment_chunk"), 0);
  EXPECT_EQ(testing::Summary(Upload(photo.substr(kPiece), kPiece).status()), "FAILED_PRECONDITION ATTACHMENT_REDACTED");
  EXPECT_THAT(tickets_.file().DumpTable("attachment"), Not(HasSubstr("secret-")));
}

TEST_F(AttachmentTest, ATicketHasSoManyAndNotMore) {
  for (int i = 0; i < 32; ++i) Keep(Photo(20), fmt::format("p{}", i));
  EXPECT_EQ(testing::Summary(Announce(CreateRequestOf(Photo(20), "more")).status()),
            "FAILED_PRECONDITION ATTACHMENTS_EXHAUSTED");
  v1::RedactAttachmentRequest redact;
  redact.set_name("tickets/a/attachments/p0");
  ASSERT_TRUE(Call<Attachment>("RedactAttachment", redact).ok());
  EXPECT_TRUE(Announce(CreateRequestOf(Photo(20), "more")).ok());
}

TEST_F(AttachmentTest, ARedactionLeavesNothingOfIt) {
  Keep(Photo(20 * kPiece + 7));
  v1::RedactAttachmentRequest request;
  request.set_name("tickets/a/attachments/p");
  const auto redacted = Call<Attachment>("RedactAttachment", request);
  ASSERT_TRUE(redacted.ok()) << redacted.status();
  EXPECT_TRUE(redacted->has_redact_time());
  EXPECT_EQ(redacted->file_name(), "");
  EXPECT_EQ(testing::Summary(Download().status()), "FAILED_PRECONDITION ATTACHMENT_REDACTED");
  EXPECT_EQ(Events().back().attachment_redacted().attachment(), "tickets/a/attachments/p");
  Finish();
  EXPECT_EQ(Rows("attachment_chunk"), 0);
  EXPECT_EQ(Call<Attachment>("RedactAttachment", request)->DebugString(), redacted->DebugString()) << "it stays so";
}

TEST_F(AttachmentTest, GoWithTheMessageThatTheyCameWith) {
  v1::CreateMessageRequest message = MessageRequest("tickets/a", Message::CUSTOMER);
  message.set_message_id("m");
  ASSERT_TRUE(Call<Message>("CreateMessage", message).ok());
  Keep(Photo(50), "with", "tickets/a/messages/m");
  Keep(Photo(50), "without");
  v1::RedactMessageRequest redact;
  redact.set_name("tickets/a/messages/m");
  ASSERT_TRUE(Call<Message>("RedactMessage", redact).ok());
  Finish();
  EXPECT_TRUE(GetOne("with").has_redact_time());
  EXPECT_FALSE(GetOne("without").has_redact_time());
  EXPECT_EQ(Rows("attachment_chunk"), 1);
}

TEST_F(AttachmentTest, AreErasedWithTheCustomerAlsoWhereOneIsUnderWay) {
  const std::string photo = Photo(30 * kPiece);
  Keep(photo);
  ASSERT_TRUE(Announce(CreateRequestOf(photo, "half")).ok());
  ASSERT_TRUE(Upload(photo.substr(0, kPiece), 0, "half").ok());
  const std::string customer = Get("tickets/a")->customer();
  ASSERT_TRUE(Erase(customer).ok());
  EXPECT_EQ(testing::Summary(Download().status()), "FAILED_PRECONDITION ATTACHMENT_REDACTED");
  tickets_.Restart();
  Finish();
  EXPECT_EQ(MustGet(customer).state(), Customer::ERASED);
  EXPECT_EQ(Rows("attachment_chunk"), 0);
  EXPECT_THAT(tickets_.file().Dump(), Not(HasSubstr("secret-")));
  EXPECT_EQ(testing::Summary(Upload(photo.substr(kPiece, kPiece), kPiece, "half").status()),
            "FAILED_PRECONDITION ATTACHMENT_REDACTED");
  EXPECT_EQ(testing::Summary(Announce(CreateRequestOf(photo, "new")).status()), "FAILED_PRECONDITION TICKET_ERASED");
}

}  // namespace
}  // namespace dangol::tickets
