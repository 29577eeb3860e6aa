#include "causal/io/format.hpp"

#include <algorithm>

#include "causal/io/amat.hpp"
#include "causal/io/dagitty.hpp"
#include "causal/io/dot.hpp"
#include "causal/io/graph_csv.hpp"
#include "causal/io/graph_json.hpp"
#include "causal/io/graph_text.hpp"
#include "causal/io/graphml.hpp"
#include "causal/io/tetrad.hpp"
#include "causal/run/error.hpp"

namespace causal::io {
namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return result;
}

bool starts_with(std::string_view text, std::string_view start) { return text.substr(0, start.size()) == start; }

/// The first words of a text that starts with one, in small letters: letters, at most two words.
std::pair<std::string, std::string> first_words(std::string_view text) {
  const auto word = [&] {
    const std::size_t start = std::min(text.find_first_not_of(" \t\r\n"), text.size());
    text.remove_prefix(start);
    const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    const auto end = std::find_if_not(text.begin(), text.end(), is_letter);
    std::string found = lower(text.substr(0, static_cast<std::size_t>(end - text.begin())));
    text.remove_prefix(found.size());
    return found;
  };
  std::string first = word();
  return {std::move(first), word()};
}

std::optional<GraphFormat> sniff_braces(std::string_view text) {
  if (text.find('{') == std::string_view::npos) return std::nullopt;
  const auto [first, second] = first_words(text);
  const std::string& type = first == "strict" ? second : first;
  if (type == "digraph" || type == "graph") return GraphFormat::Dot;
  if (type == "dag" || type == "pdag" || type == "mag" || type == "pag") return GraphFormat::Dagitty;
  return std::nullopt;
}

}  // namespace

std::optional<GraphFormat> format_from_extension(std::string_view path) {
  const std::size_t dot = path.rfind('.');
  const std::size_t slash = path.rfind('/');
  if (dot == std::string_view::npos || (slash != std::string_view::npos && slash > dot)) return std::nullopt;
  constexpr std::array<std::pair<std::string_view, GraphFormat>, 10> kExtensions = {{{"json", GraphFormat::Json},
                                                                                     {"dot", GraphFormat::Dot},
                                                                                     {"gv", GraphFormat::Dot},
                                                                                     {"graphml", GraphFormat::Graphml},
                                                                                     {"xml", GraphFormat::Graphml},
                                                                                     {"csv", GraphFormat::Csv},
                                                                                     {"txt", GraphFormat::Txt},
                                                                                     {"dagitty", GraphFormat::Dagitty},
                                                                                     {"dag", GraphFormat::Dagitty},
                                                                                     {"tetrad", GraphFormat::Tetrad}}};
  const std::string extension = lower(path.substr(dot + 1));
  for (const auto& [text, format] : kExtensions) {
    if (extension == text) return format;
  }
  return std::nullopt;
}

std::optional<GraphFormat> sniff_format(std::string_view text) {
  if (starts_with(text, "\xEF\xBB\xBF")) text.remove_prefix(3);
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  if (text.empty()) return std::nullopt;
  if (text.front() == '{') {
    return text.find("\"var_names\"") != std::string_view::npos &&
                   text.find("\"causal.graph/") == std::string_view::npos
               ? GraphFormat::Tigramite
               : GraphFormat::Json;
  }
  for (const std::string_view start : {"<?xml", "<!--", "<graphml"}) {
    if (starts_with(text, start)) return GraphFormat::Graphml;
  }
  if (starts_with(text, "Graph Nodes:")) return GraphFormat::Tetrad;
  constexpr std::array<std::pair<std::string_view, GraphFormat>, 5> kCorners = {
      {{"amat.cpdag,", GraphFormat::AmatPcalg},
       {"amat.pag,", GraphFormat::AmatPcalg},
       {"amat.causal-learn,", GraphFormat::AmatCausalLearn},
       {"amat.gadjid,", GraphFormat::AmatGadjid},
       {"amat.lingam,", GraphFormat::AmatLingam}}};
  for (const auto& [corner, format] : kCorners) {
    if (starts_with(text, corner)) return format;
  }
  if (starts_with(text, "from,") || starts_with(text, "\"from\",")) return GraphFormat::Csv;
  if (starts_with(text, "//") || starts_with(text, "/*")) return GraphFormat::Dot;
  if (const auto braces = sniff_braces(text)) return braces;
  for (const std::string_view arrow : {"->", "<-", "--", "o-o"}) {
    if (text.find(arrow) != std::string_view::npos) return GraphFormat::Txt;
  }
  return std::nullopt;
}

LearnedGraph read_graph(std::string_view text, GraphFormat format, const std::string& name) {
  switch (format) {
    case GraphFormat::Json:
      return graph_from_json(Json::parse(text, name));
    case GraphFormat::Dot:
      return read_dot(text, name);
    case GraphFormat::Graphml:
      return read_graphml(text, name);
    case GraphFormat::Csv:
      return read_graph_csv(text, name);
    case GraphFormat::Txt:
      return read_graph_text(text, name);
    case GraphFormat::Dagitty:
      return read_dagitty(text, name);
    case GraphFormat::Tetrad:
      return read_tetrad(text, name);
    case GraphFormat::AmatPcalg:
      return read_amat(text, AmatLayout::Pcalg, name);
    case GraphFormat::AmatCausalLearn:
      return read_amat(text, AmatLayout::CausalLearn, name);
    case GraphFormat::AmatGadjid:
      return read_amat(text, AmatLayout::Gadjid, name);
    case GraphFormat::AmatLingam:
      return read_amat(text, AmatLayout::Lingam, name);
    case GraphFormat::Tigramite:
      return read_tigramite(text, name);
  }
  throw InvalidArgument("read_graph", "format", "an unnamed enumerator", "be a graph format");
}

std::string write_graph(const LearnedGraph& graph, GraphFormat format) {
  switch (format) {
    case GraphFormat::Json:
      return graph_to_json(graph).dump(1) + "\n";
    case GraphFormat::Dot:
      return write_dot(graph);
    case GraphFormat::Graphml:
      return write_graphml(graph);
    case GraphFormat::Csv:
      return write_graph_csv(graph);
    case GraphFormat::Txt:
      return write_graph_text(graph);
    case GraphFormat::Dagitty:
      return write_dagitty(graph);
    case GraphFormat::Tetrad:
      return write_tetrad(graph);
    case GraphFormat::AmatPcalg:
      return write_amat(graph, AmatLayout::Pcalg);
    case GraphFormat::AmatCausalLearn:
      return write_amat(graph, AmatLayout::CausalLearn);
    case GraphFormat::AmatGadjid:
      return write_amat(graph, AmatLayout::Gadjid);
    case GraphFormat::AmatLingam:
      return write_amat(graph, AmatLayout::Lingam);
    case GraphFormat::Tigramite:
      return write_tigramite(graph);
  }
  throw InvalidArgument("write_graph", "format", "an unnamed enumerator", "be a graph format");
}

}  // namespace causal::io
