#include "graph_files.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "causal/io/file.hpp"
#include "causal/io/format.hpp"
#include "causal/io/graph_text.hpp"
#include "file_errors.hpp"
#include "terminal.hpp"

namespace causal::cli {
namespace {

/// Edges and isolated nodes only: for reading, where -f txt is for reading back.
constexpr const char* kTerminalFormat = "terminal";

}  // namespace

std::vector<std::string> graph_format_names() {
  std::vector<std::string> names;
  for (const auto& [format, name] : EnumNames<io::GraphFormat>::names) names.emplace_back(name);
  return names;
}

GraphWithRoles read_graph_with_roles(const std::string& path, const std::string& format) {
  const io::MappedFile file(path);
  const std::string shown = path == "-" ? "<stdin>" : path;
  std::optional<io::GraphFormat> chosen;
  if (!format.empty()) {
    chosen = enum_from_name<io::GraphFormat>(format);
  } else {
    chosen = io::format_from_extension(path);
    // Any text may be called .txt (Tetrad's graphs are): there the content speaks first.
    if (!chosen || *chosen == io::GraphFormat::Txt) {
      if (const auto sniffed = io::sniff_format(file.bytes())) chosen = sniffed;
    }
  }
  if (!chosen) {
    throw DataError("the format of the graph is not known", shown,
                    fmt::format("Convert it first: causal convert {} graph.json --from NAME", shown));
  }
  return reading(shown, [&]() -> GraphWithRoles {
    if (*chosen != io::GraphFormat::Dagitty) return {io::read_graph(file.bytes(), *chosen, shown), {}};
    io::DagittyModel model = io::read_dagitty_model(file.bytes(), shown);
    return {std::move(model.graph), std::move(model.roles)};
  });
}

LearnedGraph read_graph_file(const std::string& path, const std::string& format) {
  return read_graph_with_roles(path, format).graph;
}

std::string graph_format_of(const std::string& path) {
  if (const std::optional<io::GraphFormat> format = io::format_from_extension(path)) {
    return std::string(enum_name(*format));
  }
  throw InvalidArgument(
      fmt::format("the extension '{}' names no graph format", std::filesystem::path(path).extension().string()), path,
      "Use .json .dot .graphml .csv .txt .dagitty .tetrad, or name the format.");
}

std::string graph_text(const LearnedGraph& graph, const std::string& format) {
  if (format == kTerminalFormat) return io::write_graph_text(graph, io::NodeLines::Isolated);
  return io::write_graph(graph, *enum_from_name<io::GraphFormat>(format));
}

std::string output_graph_format(const OutputFlags& output) {
  if (output.json) return "json";
  if (!output.format.empty()) return output.format;
  if (output.to_stdout()) return stdout_is_terminal() ? kTerminalFormat : "json";
  return output.path.starts_with("/dev/") ? "json" : graph_format_of(output.path);
}

}  // namespace causal::cli
