#include "tests/crash/acknowledgement_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace dangol::testing {
namespace {

[[noreturn]] void Fail() {
  std::perror("file of acknowledgements");
  std::abort();
}

}  // namespace

AcknowledgementFile::AcknowledgementFile(const std::string& path)
    : file_(open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)) {
  if (file_ < 0) Fail();
}

AcknowledgementFile::~AcknowledgementFile() { close(file_); }

void AcknowledgementFile::Append(const std::string& lines) {
  if (write(file_, lines.data(), lines.size()) != static_cast<ssize_t>(lines.size())) Fail();
  if (fdatasync(file_) != 0) Fail();
}

}  // namespace dangol::testing
