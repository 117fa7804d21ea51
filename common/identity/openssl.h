// What the files over OpenSSL share.
#pragma once

#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "openssl/bio.h"

#include "common/base/log.h"

namespace dangol::identity {

using Bio = std::unique_ptr<BIO, decltype(&BIO_free_all)>;

// OpenSSL fails here only where there is no memory or no entropy, or where this program was built against another
// version of it.
inline void Require(bool done) {
  if (done) return;
  Log()->critical("OpenSSL does not work");
  std::abort();
}

inline Bio ReadBio(std::string_view text) {
  return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free_all};
}

// What `write` has written, which returns 1.
template <typename WriteTo>
std::string Written(WriteTo write) {
  const Bio bio(BIO_new(BIO_s_mem()), BIO_free_all);
  Require(write(bio.get()) == 1);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<size_t>(size)};
}

}  // namespace dangol::identity
