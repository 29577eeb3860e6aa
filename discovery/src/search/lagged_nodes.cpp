#include "lagged_nodes.hpp"

#include "causal/run/error.hpp"

namespace causal::discovery::detail {
namespace {

void check_order(const Node& surrogate) {
  if (surrogate.numeric.cols() == 0 || surrogate.nominal.cols() > 0) {
    throw InvalidArgument("cdnod", "max_lag", "> 0",
                          "come with rows in order of time: '" + surrogate.name + "' is a label of domains");
  }
  for (Eigen::Index i = 1; i < surrogate.numeric.rows(); ++i) {
    if (surrogate.numeric(i, 0) > surrogate.numeric(i - 1, 0)) continue;
    throw DataError("the rows are not in order of '" + surrogate.name + "': row " + std::to_string(i + 1) +
                        " is not later than the row before it",
                    {}, "Sort the table by time and leave one row for each time; lags count rows.");
  }
}

// The columns `lag` rows earlier, for the rows from max_lag on.
Node shifted(const Node& node, int lag, int max_lag) {
  Node out = node;
  if (lag > 0) out.name += "[t-" + std::to_string(lag) + "]";
  const Eigen::Index rows = std::max(node.numeric.rows(), node.nominal.rows()) - max_lag;
  if (node.numeric.cols() > 0) out.numeric = node.numeric.middleRows(max_lag - lag, rows);
  if (node.nominal.cols() > 0) out.nominal = node.nominal.middleRows(max_lag - lag, rows);
  return out;
}

}  // namespace

LaggedNodes with_past(const NodeTable& nodes, int max_lag) {
  check_order(nodes.node(*nodes.surrogate()));
  if (nodes.rows() <= max_lag) {
    throw DataError("max_lag = " + std::to_string(max_lag) + " leaves none of the " + std::to_string(nodes.rows()) +
                    " rows");
  }
  std::vector<Node> all;
  LaggedNodes out;
  for (int lag = 0; lag <= max_lag; ++lag) {
    for (NodeId v = 0; v < nodes.size(); ++v) {
      if (lag > 0 && nodes.node(v).surrogate) continue;
      if (lag > 0) out.past.push_back(static_cast<NodeId>(all.size()));
      all.push_back(shifted(nodes.node(v), lag, max_lag));
    }
  }
  out.table = NodeTable(std::move(all));
  return out;
}

}  // namespace causal::discovery::detail
