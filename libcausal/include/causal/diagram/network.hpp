#pragma once
// The diagram of a causal graph.

#include "causal/diagram/diagram.hpp"
#include "causal/graph/admg.hpp"
#include "causal/graph/dag.hpp"

namespace causal {

/// The joint state I -> outputs of the free category of a DAG: one box per node, labelled and typed by the node's name,
/// that reads its parents in ascending order of ids; its one output goes to its children and to the outputs, in the
/// order given. A functor to a category of channels is a Bayesian network on the graph.
///
/// Nodes of `inputs` have no box: they are inputs of the whole, in the order given, and the result is the open diagram
/// inputs -> outputs. Parents of an input are passed over.
/// Errors: InvalidArgument for an unknown node, an output or input given twice. O(n + m).
[[nodiscard]] Diagram network_diagram(const Dag& dag, const std::vector<NodeId>& outputs,
                                      const std::vector<NodeId>& inputs = {});

/// The same with every bidirected edge a <-> b as a hidden root U(a,b) that a and b read after their parents, in the
/// order of the roots.
[[nodiscard]] Diagram network_diagram(const Admg& admg, const std::vector<NodeId>& outputs,
                                      const std::vector<NodeId>& inputs = {});

/// Joins two open diagrams by names: an input of one that has the type of an output of the other reads that output.
/// Inputs left over are inputs of the whole, those of `a` first; outputs are those of `a`, then those of `b`.
/// Errors: InvalidArgument when inputs or outputs share a type within one diagram, or outputs across the two, or when
/// the whole would have a cycle. O(|a| + |b|).
[[nodiscard]] Diagram plug(const Diagram& a, const Diagram& b);

/// The boxes listed as an open diagram: inputs are the wires they read from elsewhere, in the order they are first
/// read; outputs the wires of theirs that other boxes or the outputs of the whole read, in the order of boxes.
/// Errors: InvalidArgument for a box out of range or given twice. O(size).
[[nodiscard]] Diagram region(const Diagram& diagram, const std::vector<BoxId>& boxes);

}  // namespace causal
