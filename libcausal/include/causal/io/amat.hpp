#pragma once
// Adjacency matrices as other tools lay them out. What entry (i, j) says differs from tool to tool, so the tool is part
// of the name.

#include <string>
#include <string_view>

#include "causal/graph/learned_graph.hpp"

namespace causal::io {

/// Entry (i, j) in row i and column j, for an edge i -> j and otherwise:
enum class AmatLayout {
  Pcalg,  ///< R's pcalg, both its types: amat.cpdag has 1 at (j, i) for i -> j and at both for i - j; amat.pag has
          ///< at (i, j) the mark at j: 1 circle, 2 arrow, 3 tail. Written as amat.cpdag when that holds the edges.
  CausalLearn,  ///< At (i, j) the mark at i: -1 tail, 1 arrow, 2 circle. So i -> j has -1 at (i, j), 1 at (j, i).
  Gadjid,       ///< From row to column: 1 at (i, j) for i -> j; 2 at both for i - j (2 at one of them is read too).
  Lingam        ///< From column to row: at (j, i) the strength of i -> j, `1` when it is not known.
};

/// Reads a comma- or tab-separated matrix, with a header of names (and then row names, or not) or without any; then
/// names are X1..Xp. Row names must repeat the header or count from 0 or 1. TRUE and FALSE count as 1 and 0.
/// A corner cell such as `amat.pag` or `amat.gadjid` that names another layout is an error. Without a corner, pcalg's
/// amat.pag is told from amat.cpdag by its 2s and 3s, so a matrix of circles alone needs the corner.
/// `name` names the text in errors. Errors: ParseError at the entry that fits no edge.
[[nodiscard]] LearnedGraph read_amat(std::string_view text, AmatLayout layout, const std::string& name);

/// With a corner cell that names the layout, a header and row names. Holds nodes and marks (Lingam: and strengths).
/// Errors: GraphError naming the first edge the layout cannot hold: lags, two edges of one pair; for Gadjid circles and
/// bidirected edges; for Lingam all but directed edges, and a strength of zero.
[[nodiscard]] std::string write_amat(const LearnedGraph& graph, AmatLayout layout);

/// Reads tigramite's array of strings as JSON: {"var_names": [...], "graph": [i][j][lag]} with "", "-->", "<--",
/// "<->", "o-o", "o->", "<-o", "---", "o--", "--o" from variable i at t - lag to variable j at t. Lag 0 must be given
/// from both sides. Conflict marks (x-x) are an error. Errors: ParseError, DataError with the path of the entry.
[[nodiscard]] LearnedGraph read_tigramite(std::string_view text, const std::string& name);

/// Holds nodes, marks and lags of edges; strengths are left out.
/// Errors: GraphError for two edges of one pair and lag, and for the first node with a lag.
[[nodiscard]] std::string write_tigramite(const LearnedGraph& graph);

}  // namespace causal::io
