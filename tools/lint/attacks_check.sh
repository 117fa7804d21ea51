#!/usr/bin/env bash
# Sees that every test which tests/README.md names in its table of attacks is there.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

there=$(grep -rhoE '^TEST(_F|_P)?\([A-Za-z]+, [A-Za-z]+\)' tests --include='*.cc' | sed -E 's/^[^(]*\(//; s/, /./; s/\)//')
named=$(sed -n '/^<!-- attacks -->$/,/^<!-- end of attacks -->$/p' tests/README.md | grep -oE '`[A-Za-z]+\.[A-Za-z]+`' | tr -d '`')
count=0 wrong=0
for test in $named; do
  count=$((count + 1))
  grep -qxF "$test" <<<"$there" || { echo "tests/README.md: there is no test $test. Name the one that holds the attack off." && wrong=1; }
done
((count >= 30)) || { echo "tests/README.md: the table of attacks names $count tests, where 30 or more were." && exit 1; }
((wrong == 0))
