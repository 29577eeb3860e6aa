#pragma once
// Graph files as the subcommands read and write them.

#include <string>
#include <vector>

#include "causal/graph/learned_graph.hpp"
#include "causal/io/dagitty.hpp"
#include "output_flags.hpp"

namespace causal::cli {

/// Names of all graph formats, as for -f.
[[nodiscard]] std::vector<std::string> graph_format_names();

/// Reads the graph of a file ("-": standard input). `format` empty: by extension, and for .txt and others by content.
/// Errors: IoError, ParseError, GraphError, DataError.
[[nodiscard]] LearnedGraph read_graph_file(const std::string& path, const std::string& format);

/// A graph, and what its file says of the nodes' roles: nothing unless it is DAGitty's.
struct GraphWithRoles {
  LearnedGraph graph;
  io::DagittyRoles roles;
};
/// As read_graph_file.
[[nodiscard]] GraphWithRoles read_graph_with_roles(const std::string& path, const std::string& format);

/// Name of the format for a file, by its extension. Errors: InvalidArgument for an extension that names none.
[[nodiscard]] std::string graph_format_of(const std::string& path);

/// The graph in the named format, or as output_graph_format chose for a terminal.
[[nodiscard]] std::string graph_text(const LearnedGraph& graph, const std::string& format);

/// The format in which a graph goes to `output`: -f, else the extension of -o, else JSON in a pipe, and on a terminal
/// the edges with the nodes that have none (-f txt lists all nodes where the edges alone would lose their order).
[[nodiscard]] std::string output_graph_format(const OutputFlags& output);

}  // namespace causal::cli
