#pragma once
// Data that may not be shipped, in the folder that the environment variable CAUSAL_EXTRA_DATA names.

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <optional>
#include <string>

namespace causal::test {

/// The path of that file, e.g. "estimation/restricted/card.csv"; nothing, and `skipped` on standard output, without it.
inline std::optional<std::string> extra_data(const std::string& file) {
  const char* const folder = std::getenv("CAUSAL_EXTRA_DATA");
  if (folder != nullptr) {
    const std::filesystem::path path = std::filesystem::path(folder) / file;
    if (std::filesystem::is_regular_file(path)) return path.string();
  }
  std::cout << "skipped: CAUSAL_EXTRA_DATA names no folder with " << file << '\n';
  return std::nullopt;
}

}  // namespace causal::test
