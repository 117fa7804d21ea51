// A client of HTTP/1.1 for tests: it sends the bytes that it is given, and reads answers. It waits a minute at most.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dangol::testing {

struct HttpAnswer {
  int status = 0;                                            // 0: the connection ended before an answer
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;                                          // without its chunks' frames

  // The first of this name; empty where there is none.
  std::string Header(std::string_view name) const;
};

class HttpClient {
 public:
  // To 127.0.0.1.
  explicit HttpClient(int port);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  void Send(std::string_view bytes);
  // A whole request; `host` and `content-length` are added.
  void Request(std::string_view verb, std::string_view target, const std::vector<std::string>& headers = {},
               std::string_view body = {});
  // The next answer, whole. `bodyless`: it is that of a HEAD.
  HttpAnswer Read(bool bodyless = false);
  // Only its head; then the pieces of its body as they come. None: the body has ended.
  HttpAnswer ReadHead();
  std::optional<std::string> ReadChunk();

  // True once the other side has closed.
  bool ReadEnd();
  // All bytes until the other side closes.
  std::string ReadAll();
  // The other side reads an end, and may still answer.
  void EndSending();
  void Close();

 private:
  // False: the connection has ended.
  bool Fill();
  std::optional<std::string> ReadLine();
  std::string ReadBytes(size_t count);

  int socket_ = -1;
  std::string buffer_;
};

// One request on a connection of its own.
HttpAnswer Ask(int port, std::string_view verb, std::string_view target, const std::vector<std::string>& headers = {},
               std::string_view body = {});
// A POST of JSON.
HttpAnswer Post(int port, std::string_view target, std::string_view json, std::vector<std::string> headers = {});

}  // namespace dangol::testing
