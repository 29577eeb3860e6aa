#pragma once
// The causal binary, as tests call it.

#include <cstdint>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "causal/io/json.hpp"
#include "support/process.hpp"

namespace causal::test {

inline ProcessResult run_causal(const std::vector<std::string>& arguments, const ProcessOptions& options = {}) {
  return run_process(CAUSAL_BINARY, arguments, options);
}

[[nodiscard]] inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

[[nodiscard]] inline std::string text_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

[[nodiscard]] inline std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

/// A CSV of `rows` rows in which x -> z <- y and z -> w, without noise from a library: a small fixed recurrence.
[[nodiscard]] inline std::string collider_csv(int rows) {
  std::string text = "x,y,z,w\n";
  std::uint64_t state = 12345;
  const auto noise = [&state] {
    double sum = 0;
    for (int k = 0; k < 12; ++k) {
      state = state * 6364136223846793005ULL + 1442695040888963407ULL;
      sum += static_cast<double>(state >> 11) / 9007199254740992.0;
    }
    return sum - 6;  // Irwin-Hall: nearly normal, variance 1.
  };
  for (int i = 0; i < rows; ++i) {
    const double x = noise();
    const double y = noise();
    const double z = x + y + 0.5 * noise();
    const double w = z + noise();
    for (const double value : {x, y, z, w}) text += std::to_string(value) + ",";
    text.back() = '\n';
  }
  return text;
}

}  // namespace causal::test
