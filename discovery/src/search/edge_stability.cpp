#include "edge_stability.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "causal/run/error.hpp"
#include "causal/run/random.hpp"

namespace causal::discovery::detail {
namespace {

// The rows of each domain in order; one group with all rows when the surrogate is a time or there is none.
std::vector<std::vector<std::int64_t>> strata(const NodeTable& nodes) {
  std::map<std::vector<double>, std::vector<std::int64_t>> rows;
  const auto c = nodes.surrogate();
  for (Eigen::Index i = 0; i < nodes.rows(); ++i) {
    std::vector<double> key;
    if (c) {
      const Eigen::MatrixXd& labels = nodes.node(*c).nominal;
      for (Eigen::Index j = 0; j < labels.cols(); ++j) key.push_back(labels(i, j));
    }
    rows[key].push_back(i);
  }
  std::vector<std::vector<std::int64_t>> out;
  for (auto& [key, indices] : rows) out.push_back(std::move(indices));
  return out;
}

}  // namespace

int resolve_block_length(const NodeTable& nodes, int given) {
  if (given > 0) return given;
  const auto c = nodes.surrogate();
  if (!c || nodes.node(*c).numeric.cols() == 0) return 1;
  return static_cast<int>(std::ceil(std::cbrt(static_cast<double>(nodes.rows()))));
}

std::vector<std::int64_t> resampled_rows(const NodeTable& nodes, int block_length, std::uint64_t seed,
                                         std::uint32_t replicate) {
  RandomStream stream(seed, RandomDomain::Resample, replicate, 0x4344U);
  std::vector<std::int64_t> out;
  for (const std::vector<std::int64_t>& rows : strata(nodes)) {
    const std::size_t block = std::min(static_cast<std::size_t>(block_length), rows.size());
    const std::size_t end = out.size() + rows.size();
    while (out.size() < end) {
      const std::size_t begin = stream.below(rows.size() - block + 1);
      for (std::size_t k = 0; k < block && out.size() < end; ++k) out.push_back(rows[begin + k]);
    }
  }
  std::sort(out.begin(), out.end());
  return out;
}

void add_edge_frequencies(const NodeTable& nodes, int replicates, int block_length, const RunOptions& run,
                          const StopSignal& stop,
                          const std::function<LearnedGraph(const NodeTable&, const RunOptions&)>& search,
                          LearnedGraph& graph) {
  const int block = resolve_block_length(nodes, block_length);
  std::vector<int> found(graph.edges.size(), 0);
  int finished = 0;
  int refused = 0;
  ProgressMeter meter(run.progress, "bootstrap", replicates);
  RunOptions quiet = run;
  quiet.progress = {};
  quiet.time_limit_s = std::numeric_limits<double>::infinity();  // `stop` watches the limit of the whole run
  for (int b = 0; b < replicates && !stop.reached(); ++b) {
    const std::vector<std::int64_t> rows = resampled_rows(nodes, block, run.seed, static_cast<std::uint32_t>(b));
    LearnedGraph replicate;
    try {
      replicate = search(nodes.select_rows(rows), quiet);
    } catch (const DataError&) {
      ++refused;  // a variable that is constant on the rows drawn
    }
    if (replicate.status != Status::Ok) break;
    ++finished;
    std::set<std::pair<NodeId, NodeId>> pairs;
    for (const LearnedEdge& e : replicate.edges) pairs.insert(std::minmax(e.edge.from, e.edge.to));
    for (std::size_t k = 0; k < graph.edges.size(); ++k) {
      const Edge& edge = graph.edges[k].edge;
      found[k] += pairs.contains(std::minmax(edge.from, edge.to)) ? 1 : 0;
    }
    meter.advance(0);
  }
  for (std::size_t k = 0; k < graph.edges.size() && finished > 0; ++k) {
    graph.edges[k].frequency = static_cast<double>(found[k]) / finished;
  }
  if (finished < replicates) {
    graph.status = stop.status();
    graph.warnings.push_back("frequencies rest on " + std::to_string(finished) + " of " + std::to_string(replicates) +
                             " resamples");
  }
  if (refused > 0) {
    graph.warnings.push_back(std::to_string(refused) + " resamples could not be searched and count as without edges");
  }
}

}  // namespace causal::discovery::detail
