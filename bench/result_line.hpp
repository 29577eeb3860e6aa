#pragma once
// The one line format of every benchmark: RESULT <name> <value> <unit> target <op> <target> <PASS|FALL SHORT>.

#include <cstdio>
#include <string>

namespace causal::bench {

/// Prints a measured value against its bar. `at_most`: smaller is better.
inline bool print_result(const std::string& name, double value, const char* unit, bool at_most, double target) {
  const bool pass = at_most ? value <= target : value >= target;
  std::printf("RESULT %s %.4g %s target %s %.4g %s\n", name.c_str(), value, unit, at_most ? "<=" : ">=", target,
              pass ? "PASS" : "FALL SHORT");
  return pass;
}

}  // namespace causal::bench
