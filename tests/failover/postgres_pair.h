// A primary and its standby, made by tests/support/postgres_pair.sh, for a test that does anything to them.
#pragma once

#include <string>

#include "tests/support/temporary_folder.h"

namespace dangol::testing {

// Used by one thread. What cannot be done ends the program.
class PostgresPair {
 public:
  enum class Server { kA, kB };
  static Server Other(Server server) { return server == Server::kA ? Server::kB : Server::kA; }

  // A is the primary, B its standby, for which nobody waits yet. There is an empty database `tickets`.
  PostgresPair();
  ~PostgresPair();
  PostgresPair(const PostgresPair&) = delete;
  PostgresPair& operator=(const PostgresPair&) = delete;

  // Of `tickets`, over TCP with a password; both hosts, A first.
  std::string Url() const;
  std::string UrlOf(Server server) const;
  // The same by the socket, for the test itself.
  std::string SocketUrl(Server server) const;
  // What no log may show.
  const std::string& password() const { return password_; }

  void Kill(Server server) const { Run("kill", server); }      // SIGKILL, all its processes
  void Freeze(Server server) const { Run("freeze", server); }  // SIGSTOP, all its processes
  void Wake(Server server) const { Run("wake", server); }
  void Shut(Server server) const { Run("shut", server); }        // in good order
  void Promote(Server server) const { Run("promote", server); }  // waits for no standby afterwards
  // As the standby of the other. Returns when it receives all that is written.
  void Join(Server server) const;

  // Whether a commit of the primary waits until its standby has it, too. Returns when it does.
  void SetSynchronous(Server primary, bool on) const;
  // From now on it receives nothing.
  void CutOff(Server standby) const;
  // Takes it back.
  void Reconnect(Server standby) const;

 private:
  void Run(const std::string& command, Server server) const;
  int PortOf(Server server) const { return server == Server::kA ? port_a_ : port_b_; }

  TemporaryFolder folder_;
  std::string server_folder_;
  int port_a_ = 0;
  int port_b_ = 0;
  std::string password_;
};

inline const char* NameOf(PostgresPair::Server server) { return server == PostgresPair::Server::kA ? "a" : "b"; }

}  // namespace dangol::testing
