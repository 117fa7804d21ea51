// A public key as its owner publishes it, for tests that play one.
#pragma once

#include <string>
#include <string_view>

#include "fmt/format.h"
#include "openssl/core_names.h"
#include "openssl/evp.h"
#include "openssl/pem.h"

#include "common/base/text.h"
#include "common/identity/key.h"
#include "common/identity/openssl.h"

namespace dangol::testing {

// Of a key for ES256.
inline std::string JwkOf(const identity::PublicKey& key, std::string_view id) {
  const std::string pem = key.ToPem();
  const identity::Bio bio = identity::ReadBio(pem);
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> parsed(
      PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
  unsigned char point[65];
  size_t size = 0;
  EVP_PKEY_get_octet_string_param(parsed.get(), OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point), &size);
  const std::string_view bytes(reinterpret_cast<const char*>(point), size);
  return fmt::format(R"({{"kty":"EC","crv":"P-256","use":"sig","kid":"{}","x":"{}","y":"{}"}})", id,
                     EncodeBase64Url(std::string(bytes.substr(1, 32))), EncodeBase64Url(std::string(bytes.substr(33))));
}

}  // namespace dangol::testing
