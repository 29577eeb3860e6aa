#pragma once
// What every fuzz entry of a graph format checks.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "causal/io/format.hpp"
#include "causal/io/graph_json.hpp"
#include "causal/run/error.hpp"

namespace causal::fuzz {

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

[[noreturn]] inline void report(const std::string& first, const std::string& second) {
  std::fprintf(stderr, "what was read:\n%s\nwhat came back:\n%s\n", first.c_str(), second.c_str());
  std::abort();
}

/// Reads the text; what was read and can be written in the format must come back the same. A causal::Error is an
/// answer while reading and writing, but not while reading what was written.
inline void check_graph(std::string_view text, io::GraphFormat format) {
  std::string first;
  std::string written;
  try {
    const LearnedGraph graph = io::read_graph(text, format, "fuzz");
    first = io::graph_to_json(graph).dump();
    written = io::write_graph(graph, format);
  } catch (const Error&) {
    return;
  }
  const std::string second = io::graph_to_json(io::read_graph(written, format, "written")).dump();
  if (first != second) report(first, written + second);
}

}  // namespace causal::fuzz
