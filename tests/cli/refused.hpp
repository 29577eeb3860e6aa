#pragma once
// What every refusal of the command must be. Includes doctest: the last include of a test.

#include <string>
#include <vector>

#include "run_causal.hpp"

#include <doctest/doctest.h>

namespace causal::test {

/// Checks that these words end with that exit code, say `part` on standard error, and write nothing to standard output.
inline void check_refused(const std::vector<std::string>& words, int exit_code, const std::string& part) {
  const ProcessResult result = run_causal(words);
  CAPTURE(part);
  CAPTURE(result.err);
  CHECK(result.exit_code == exit_code);
  CHECK(contains(result.err, part));
  CHECK(result.out.empty());
}

}  // namespace causal::test
