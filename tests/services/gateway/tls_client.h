// A client of HTTPS for tests.
#pragma once

#include <memory>
#include <string>

#include "openssl/ssl.h"
#include "openssl/x509.h"

namespace dangol::gateway {

inline constexpr char kTlsClientHost[] = "dangol.example.org";

// A connection that trusts one authority, and calls the server by its name.
class TlsClient {
 public:
  TlsClient(int port, const std::string& authority, int version_max = TLS1_3_VERSION, const char* host = kTlsClientHost)
      : context_(SSL_CTX_new(TLS_client_method()), SSL_CTX_free) {
    SSL_CTX_load_verify_locations(context_.get(), authority.c_str(), nullptr);
    SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_security_level(context_.get(), 0);  // lets the client, at least, offer old versions
    SSL_CTX_set_max_proto_version(context_.get(), version_max);
    connection_ = BIO_new_ssl_connect(context_.get());
    BIO_set_conn_hostname(connection_, ("127.0.0.1:" + std::to_string(port)).c_str());
    BIO_get_ssl(connection_, &ssl_);
    SSL_set1_host(ssl_, host);
    connected_ = BIO_do_connect(connection_) == 1;
  }
  ~TlsClient() { BIO_free_all(connection_); }
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;

  bool connected() const { return connected_; }
  // What comes until the server closes.
  std::string Ask(const std::string& requests) {
    if (!connected_) return "";
    BIO_write(connection_, requests.data(), static_cast<int>(requests.size()));
    std::string answers;
    char buffer[16 << 10];
    int count = 0;
    while ((count = BIO_read(connection_, buffer, sizeof(buffer))) > 0)
      answers.append(buffer, static_cast<size_t>(count));
    return answers;
  }
  bool EndedInGoodOrder() const { return (SSL_get_shutdown(ssl_) & SSL_RECEIVED_SHUTDOWN) != 0; }
  unsigned long CertificateHash() const {
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(SSL_get1_peer_certificate(ssl_), X509_free);
    return certificate == nullptr ? 0 : X509_issuer_and_serial_hash(certificate.get());
  }

 private:
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  BIO* connection_ = nullptr;
  SSL* ssl_ = nullptr;  // of the connection
  bool connected_ = false;
};

}  // namespace dangol::gateway
