#pragma once
// All graph formats behind one name each.

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "causal/graph/learned_graph.hpp"

namespace causal::io {

enum class GraphFormat {
  Json,
  Dot,
  Graphml,
  Csv,
  Txt,
  Dagitty,
  Tetrad,
  AmatPcalg,
  AmatCausalLearn,
  AmatGadjid,
  AmatLingam,
  Tigramite
};

}  // namespace causal::io

template <>
struct causal::EnumNames<causal::io::GraphFormat> {
  using F = causal::io::GraphFormat;
  static constexpr std::array<std::pair<F, std::string_view>, 12> names{{{F::Json, "json"},
                                                                         {F::Dot, "dot"},
                                                                         {F::Graphml, "graphml"},
                                                                         {F::Csv, "csv"},
                                                                         {F::Txt, "txt"},
                                                                         {F::Dagitty, "dagitty"},
                                                                         {F::Tetrad, "tetrad"},
                                                                         {F::AmatPcalg, "amat-pcalg"},
                                                                         {F::AmatCausalLearn, "amat-causal-learn"},
                                                                         {F::AmatGadjid, "amat-gadjid"},
                                                                         {F::AmatLingam, "amat-lingam"},
                                                                         {F::Tigramite, "tigramite"}}};
};

namespace causal::io {

/// By extension, in any case: .json .dot .gv .graphml .xml .csv .txt .dagitty .dag .tetrad; nothing for another one.
/// The matrices have no extension of their own: their layout must be named.
[[nodiscard]] std::optional<GraphFormat> format_from_extension(std::string_view path);

/// The format the text seems to be in, from how it starts; nothing when that fits none. A matrix is told only by its
/// corner cell.
[[nodiscard]] std::optional<GraphFormat> sniff_format(std::string_view text);

/// Errors: those of the format's reader; `name` names the text in them. Numbers and records that a format does not
/// hold come back empty.
[[nodiscard]] LearnedGraph read_graph(std::string_view text, GraphFormat format, const std::string& name);

/// Errors: GraphError naming the edge or node that the format cannot hold. Sepsets and the run are held by json alone,
/// numbers of edges by json, dot, graphml and csv (dagitty and amat-lingam: strengths); they are left out elsewhere.
[[nodiscard]] std::string write_graph(const LearnedGraph& graph, GraphFormat format);

}  // namespace causal::io
