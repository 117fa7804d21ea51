#include "tests/support/http_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "absl/strings/ascii.h"
#include "fmt/format.h"
#include <gtest/gtest.h>

namespace dangol::testing {
namespace {

constexpr int kPatienceSeconds = 60;

}  // namespace

std::string HttpAnswer::Header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return "";
}

HttpClient::HttpClient(int port) : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const timeval patience{kPatienceSeconds, 0};
  setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
  EXPECT_EQ(connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
}

HttpClient::~HttpClient() { Close(); }

void HttpClient::Close() {
  if (socket_ >= 0) close(socket_);
  socket_ = -1;
}

void HttpClient::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;  // the other side has closed; its answer tells why
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
}

void HttpClient::Request(std::string_view verb, std::string_view target, const std::vector<std::string>& headers,
                         std::string_view body) {
  std::string request = fmt::format("{} {} HTTP/1.1\r\n", verb, target);
  const bool has_host = std::ranges::any_of(headers, [](const std::string& one) { return one.starts_with("host:"); });
  if (!has_host) request += "host: localhost\r\n";
  for (const std::string& header : headers) request += header + "\r\n";
  if (!body.empty() || verb == "POST") request += fmt::format("content-length: {}\r\n", body.size());
  request += "\r\n";
  request += body;
  Send(request);
}

bool HttpClient::Fill() {
  char bytes[16 << 10];
  const ssize_t count = recv(socket_, bytes, sizeof(bytes), 0);
  if (count <= 0) return false;
  buffer_.append(bytes, static_cast<size_t>(count));
  return true;
}

std::optional<std::string> HttpClient::ReadLine() {
  size_t end = 0;
  while ((end = buffer_.find("\r\n")) == std::string::npos) {
    if (!Fill()) return std::nullopt;
  }
  std::string line = buffer_.substr(0, end);
  buffer_.erase(0, end + 2);
  return line;
}

std::string HttpClient::ReadBytes(size_t count) {
  while (buffer_.size() < count) {
    if (!Fill()) break;
  }
  std::string bytes = buffer_.substr(0, count);
  buffer_.erase(0, bytes.size());
  return bytes;
}

HttpAnswer HttpClient::ReadHead() {
  HttpAnswer answer;
  const std::optional<std::string> first = ReadLine();
  if (!first || !first->starts_with("HTTP/1.1 ")) return answer;
  answer.status = std::atoi(first->c_str() + 9);
  while (const std::optional<std::string> line = ReadLine()) {
    if (line->empty()) break;
    const size_t colon = std::min(line->find(':'), line->size());
    const std::string value = line->substr(std::min(colon + 1, line->size()));
    answer.headers.emplace_back(absl::AsciiStrToLower(line->substr(0, colon)),
                                std::string(absl::StripAsciiWhitespace(value)));
  }
  return answer;
}

std::optional<std::string> HttpClient::ReadChunk() {
  const std::optional<std::string> line = ReadLine();
  if (!line) return std::nullopt;
  const size_t size = std::strtoul(line->c_str(), nullptr, 16);
  std::string chunk = ReadBytes(size);
  ReadLine();
  if (size == 0) return std::nullopt;
  return chunk;
}

HttpAnswer HttpClient::Read(bool bodyless) {
  HttpAnswer answer = ReadHead();
  if (bodyless || answer.status == 204 || answer.status == 304) return answer;
  if (answer.Header("transfer-encoding") == "chunked") {
    while (const std::optional<std::string> chunk = ReadChunk()) answer.body += *chunk;
  } else {
    answer.body = ReadBytes(std::strtoul(answer.Header("content-length").c_str(), nullptr, 10));
  }
  return answer;
}

bool HttpClient::ReadEnd() {
  while (Fill()) {
  }
  char byte = 0;
  return recv(socket_, &byte, 1, 0) == 0;
}

std::string HttpClient::ReadAll() {
  while (Fill()) {
  }
  return std::exchange(buffer_, {});
}

void HttpClient::EndSending() { shutdown(socket_, SHUT_WR); }

HttpAnswer Ask(int port, std::string_view verb, std::string_view target, const std::vector<std::string>& headers,
               std::string_view body) {
  HttpClient client(port);
  client.Request(verb, target, headers, body);
  return client.Read(verb == "HEAD");
}

HttpAnswer Post(int port, std::string_view target, std::string_view json, std::vector<std::string> headers) {
  headers.emplace_back("content-type: application/json");
  return Ask(port, "POST", target, headers, json);
}

}  // namespace dangol::testing
