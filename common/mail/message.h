// Messages as they go over the wire.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "common/mail/mailer.h"

namespace dangol::mail {

// An address as SMTP takes it without extensions (RFC 5321, Mailbox), unquoted: ASCII, 254 bytes at most.
bool IsAddress(std::string_view text);

// RFC 5322 with a subject by RFC 2047 and a body in UTF-8 (base64); lines end with CRLF. What a field holds can make no
// other one: INVALID_ARGUMENT, naming the field, for an address that is none, a subject of several lines or none, a
// text that is not UTF-8, an id of other characters.
absl::StatusOr<std::string> FormatMessage(const Message& message, std::string_view from, absl::Time now);

}  // namespace dangol::mail
