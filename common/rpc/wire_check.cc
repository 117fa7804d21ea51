#include "common/rpc/wire_check.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/text.h"

namespace dangol::rpc {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

// The parser's own limit.
constexpr int kDepthMax = 100;

enum WireType : uint32_t { kVarint = 0, kFixed64 = 1, kLength = 2, kStartGroup = 3, kEndGroup = 4, kFixed32 = 5 };

class WireWalk {
 public:
  // The first problem; OK: none.
  absl::Status Message(const Descriptor* message, std::string_view bytes, const std::string& path, int depth) {
    if (depth > kDepthMax) return Malformed(path, "is nested deeper than 100 messages.");
    std::map<const FieldDescriptor*, int> seen;
    while (!bytes.empty()) {
      const std::optional<uint64_t> tag = Varint(bytes);
      if (!tag) return Malformed(path, "ends in the middle of a field's tag.");
      const auto number = static_cast<int>(*tag >> 3);
      if (*tag > UINT32_MAX || number == 0) return Malformed(path, fmt::format("has the invalid tag {}.", *tag));
      const FieldDescriptor* field = message == nullptr ? nullptr : message->FindFieldByNumber(number);
      const std::string field_path = Path(path, number, field, seen);
      absl::Status status = Field(field, static_cast<uint32_t>(*tag & 7), bytes, field_path, depth);
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  }

 private:
  static absl::Status Malformed(const std::string& path, std::string_view problem) {
    return InvalidField(path.empty() ? "(request)" : path, fmt::format("{} Send a well-formed message.", problem),
                        "MALFORMED_MESSAGE");
  }

  static std::string Path(const std::string& parent, int number, const FieldDescriptor* field,
                          std::map<const FieldDescriptor*, int>& seen) {
    std::string path = parent.empty() ? "" : parent + ".";
    path += field == nullptr ? fmt::format("(field {})", number) : field->name();
    if (field != nullptr && field->is_repeated()) path += fmt::format("[{}]", seen[field]++);
    return path;
  }

  static std::optional<uint64_t> Varint(std::string_view& bytes) {
    uint64_t value = 0;
    for (size_t i = 0; i < 10 && i < bytes.size(); ++i) {
      const auto byte = static_cast<unsigned char>(bytes[i]);
      value |= static_cast<uint64_t>(byte & 0x7f) << (7 * i);
      if (byte < 0x80) {
        bytes.remove_prefix(i + 1);
        return value;
      }
    }
    return std::nullopt;
  }

  absl::Status Field(const FieldDescriptor* field, uint32_t type, std::string_view& bytes, const std::string& path,
                     int depth) {
    switch (type) {
      case kVarint:
        return Varint(bytes) ? absl::OkStatus() : Malformed(path, "ends in the middle of a number.");
      case kFixed64:
      case kFixed32: {
        const size_t size = type == kFixed64 ? 8 : 4;
        if (bytes.size() < size) return Malformed(path, "ends in the middle of a number.");
        bytes.remove_prefix(size);
        return absl::OkStatus();
      }
      case kLength: {
        const std::optional<uint64_t> size = Varint(bytes);
        if (!size) return Malformed(path, "ends in the middle of its length.");
        if (*size > bytes.size()) {
          return Malformed(path, fmt::format("is said to have {} bytes, and {} are left: the message is cut off.",
                                             *size, bytes.size()));
        }
        const std::string_view value = bytes.substr(0, *size);
        bytes.remove_prefix(*size);
        return Value(field, value, path, depth);
      }
      default:
        return Malformed(path, fmt::format("has the wire type {}, which no field of this API has.", type));
    }
  }

  // A packed list. Those of this API are of varints.
  absl::Status Numbers(std::string_view value, const std::string& path) {
    while (!value.empty()) {
      if (!Varint(value)) return Malformed(path, "ends in the middle of a number.");
    }
    return absl::OkStatus();
  }

  absl::Status Value(const FieldDescriptor* field, std::string_view value, const std::string& path, int depth) {
    if (field == nullptr) return absl::OkStatus();
    if (field->type() == FieldDescriptor::TYPE_STRING && !IsValidUtf8(value)) {
      return InvalidField(path, fmt::format("{} is not valid UTF-8. Send text in UTF-8.", ShownValue(value)),
                          "INVALID_UTF8");
    }
    if (field->is_packable()) return Numbers(value, path);
    if (field->type() == FieldDescriptor::TYPE_MESSAGE) return Message(field->message_type(), value, path, depth + 1);
    return absl::OkStatus();
  }
};

}  // namespace

absl::Status ExplainParseFailure(const Descriptor* message, std::string_view bytes) {
  absl::Status status = WireWalk().Message(message, bytes, "", 1);
  if (!status.ok()) return status;
  return InvalidField("(request)", fmt::format("is not a {}. Send a well-formed message.", message->full_name()),
                      "MALFORMED_MESSAGE");
}

}  // namespace dangol::rpc
