// Which ways through the code an input takes, as GCC's -fsanitize-coverage=trace-pc tells.
#pragma once

namespace dangol::fuzz {

// Begins to look at another input.
void ForgetTrace();
// Whether the input took a way that none before has taken, and remembers it.
bool TookNewWay();
int KnownWays();

}  // namespace dangol::fuzz
