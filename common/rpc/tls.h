// TLS between the programs of a suite: each shows a certificate of the suite's own authority, and takes nobody who does
// not. Which program it is does not matter, so all certificates have one name, whatever host or address a program has.
#pragma once

#include <string>

namespace dangol::rpc {

// The name in every certificate.
inline constexpr char kTlsName[] = "suite.dangol.internal";

// PEM files. What changes there counts for new connections within some seconds.
struct TlsFiles {
  std::string authorities;  // certificates of the authorities that are trusted. Empty: no TLS
  std::string identity;     // private key and certificate in one file, so that both are exchanged at once

  bool empty() const { return authorities.empty(); }
};

}  // namespace dangol::rpc
