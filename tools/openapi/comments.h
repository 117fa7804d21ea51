// The comments of the protos as texts.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "google/protobuf/descriptor.h"

namespace dangol::openapi {

class Comments {
 public:
  // `options`: the file whose comment says what fields mean that many requests have (dangol/api/v1/options.proto).
  explicit Comments(const google::protobuf::FileDescriptor* options);

  // What stands before the declaration, or behind it; of a field that has the meaning of many, that.
  template <typename Descriptor>
  std::string Of(const Descriptor* descriptor) const {
    google::protobuf::SourceLocation location;
    if (!descriptor->GetSourceLocation(&location)) return "";
    return Resolved(Text(location.leading_comments.empty() ? location.trailing_comments : location.leading_comments));
  }

 private:
  static std::string Text(std::string_view comment);
  std::string Resolved(std::string text) const;

  std::map<std::string, std::string, std::less<>> shared_;  // by the name of the field
};

// The first sentence, or all where there is no end of one.
std::string FirstSentence(std::string_view text);

}  // namespace dangol::openapi
