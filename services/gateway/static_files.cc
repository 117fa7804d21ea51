#include "services/gateway/static_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "fmt/format.h"

#include "common/base/text.h"
#include "services/gateway/compression.h"
#include "services/gateway/openapi.h"
#include "services/gateway/welcome_page.h"

namespace dangol::gateway {
namespace {

constexpr size_t kFileBytesMax = 16 << 20;
constexpr size_t kPathBytesMax = 1024;
constexpr size_t kHashLength = 8;

// Scripts, styles and pictures of the dashboard itself, calls to this origin, and nothing of anybody else's.
constexpr std::string_view kSecurityPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src "
    "'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

struct FileType {
  std::string_view ending;
  std::string_view content_type;
};
constexpr std::array kFileTypes = {
    FileType{".html", "text/html; charset=utf-8"},
    FileType{".js", "text/javascript; charset=utf-8"},
    FileType{".mjs", "text/javascript; charset=utf-8"},
    FileType{".css", "text/css; charset=utf-8"},
    FileType{".json", "application/json"},
    FileType{".map", "application/json"},
    FileType{".webmanifest", "application/manifest+json"},
    FileType{".svg", "image/svg+xml"},
    FileType{".png", "image/png"},
    FileType{".jpg", "image/jpeg"},
    FileType{".webp", "image/webp"},
    FileType{".ico", "image/x-icon"},
    FileType{".woff2", "font/woff2"},
    FileType{".wasm", "application/wasm"},
    FileType{".txt", "text/plain; charset=utf-8"},
};

std::string_view ContentType(std::string_view path) {
  const auto* found =
      std::ranges::find_if(kFileTypes, [path](const FileType& one) { return path.ends_with(one.ending); });
  return found == kFileTypes.end() ? "application/octet-stream" : found->content_type;
}

// Pictures and fonts are packed already.
bool IsText(std::string_view content_type) {
  return content_type.starts_with("text/") || content_type.starts_with("application/") ||
         content_type.ends_with("+xml");
}

// Whether the name says its content, as bundlers write it: `/assets/index-Bx4f_9c2.js`. Such a file never changes.
bool HasHash(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  const size_t dot = name.find('.');
  return path.starts_with("/assets/") && dot != std::string_view::npos && dot > kHashLength &&
         name[dot - kHashLength - 1] == '-';
}

// Decoded, beginning with '/', of plain parts alone; nothing for any other.
std::optional<std::string> SafePath(std::string_view encoded) {
  std::optional<std::string> path = PercentDecoded(encoded);
  if (!path || path->size() > kPathBytesMax || !path->starts_with('/')) return std::nullopt;
  if (path->find_first_of(std::string_view("\0\\", 2)) != std::string::npos) return std::nullopt;
  const std::vector<std::string> parts = absl::StrSplit(path->substr(1), '/');
  for (size_t i = 0; i < parts.size(); ++i) {
    // Only the last may be empty: that of a folder.
    if (parts[i].starts_with('.') || (parts[i].empty() && i + 1 < parts.size())) return std::nullopt;
  }
  return path;
}

std::optional<std::string> ReadFile(const std::string& path) {
  // A link could lead out of the folder.
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (file < 0) return std::nullopt;
  std::optional<std::string> content;
  struct stat found {};
  if (fstat(file, &found) == 0 && S_ISREG(found.st_mode) && static_cast<size_t>(found.st_size) <= kFileBytesMax) {
    content.emplace(static_cast<size_t>(found.st_size), '\0');
    size_t read_bytes = 0;
    ssize_t count = 0;
    while (read_bytes < content->size() &&
           (count = read(file, content->data() + read_bytes, content->size() - read_bytes)) > 0) {
      read_bytes += static_cast<size_t>(count);
    }
    content->resize(read_bytes);
  }
  close(file);
  return content;
}

HttpResponse FileResponse(const HttpRequest& request, std::string_view path, std::string content) {
  HttpResponse response;
  const std::string etag = fmt::format("W/\"{}\"", EncodeHex(Sha256(content)).substr(0, 32));
  response.headers = {{"content-type", std::string(ContentType(path))},
                      {"cache-control", HasHash(path) ? "public, max-age=31536000, immutable" : "no-cache"},
                      {"etag", etag},
                      {"content-security-policy", std::string(kSecurityPolicy)},
                      {"x-content-type-options", "nosniff"},
                      {"referrer-policy", "no-referrer"},
                      {"cross-origin-opener-policy", "same-origin"}};
  if (rpc::FindMetadata(request.headers, "if-none-match") == etag) {
    response.status = 304;
    return response;
  }
  response.body = std::move(content);
  if (IsText(ContentType(path))) CompressBody(request.headers, response);
  return response;
}

// Of the calls that the document describes.
std::string OpenApi(std::string_view path_prefix) {
  constexpr std::string_view kServer = R"("servers":[{"url":"/"}])";
  std::string document = kOpenApi;
  if (const size_t at = document.find(kServer); at != std::string::npos && !path_prefix.empty()) {
    document.replace(at, kServer.size(), fmt::format(R"("servers":[{{"url":"{}"}}])", path_prefix));
  }
  return document;
}

HttpResponse NotFound() {
  return {404, {{"content-type", "text/plain; charset=utf-8"}, {"x-content-type-options", "nosniff"}}, "Not found.\n"};
}

}  // namespace

StaticFiles::StaticFiles(std::string folder, std::string path_prefix, bool demo)
    : folder_(std::move(folder)), path_prefix_(std::move(path_prefix)), openapi_(OpenApi(path_prefix_)), demo_(demo) {}

std::string StaticFiles::Completed(std::string page) const {
  absl::StrReplaceAll({{R"(="./)", fmt::format(R"(="{}/)", path_prefix_)}}, &page);
  constexpr std::string_view kRoot = "<html";
  if (const size_t at = page.find(kRoot); at != std::string::npos) {
    const std::string base = path_prefix_.empty() ? "" : fmt::format(R"( data-base="{}")", path_prefix_);
    page.insert(at + kRoot.size(), base + (demo_ ? " data-demo" : ""));
  }
  return page;
}

HttpResponse StaticFiles::Serve(const HttpRequest& request) const {
  // Whoever writes means something else than a file, and there is nothing else of this name.
  if (request.verb != "GET" && request.verb != "HEAD") return NotFound();
  const std::optional<std::string> path = SafePath(request.path);
  if (!path) return NotFound();
  if (*path == "/openapi.json") return FileResponse(request, *path, openapi_);
  if (!folder_.empty()) {
    if (!path->ends_with('/')) {
      if (auto content = ReadFile(folder_ + *path)) return FileResponse(request, *path, *std::move(content));
    }
    // A page of the dashboard, whose own router knows the path. What has an ending is a file, and it is not there.
    const bool page = path->substr(path->rfind('/')).find('.') == std::string::npos;
    if (page) {
      if (auto index = ReadFile(folder_ + "/index.html")) {
        return FileResponse(request, "/index.html", Completed(*std::move(index)));
      }
    }
  }
  if (*path == "/") return FileResponse(request, "/index.html", WelcomePage(path_prefix_));
  return NotFound();
}

}  // namespace dangol::gateway
