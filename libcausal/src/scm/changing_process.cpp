#include "causal/scm/changing_process.hpp"

#include <algorithm>
#include <cmath>

#include "causal/run/error.hpp"
#include "causal/run/parallel.hpp"
#include "causal/run/random.hpp"

namespace causal {
namespace {

using Values = Eigen::ArrayXd;

constexpr std::int64_t kBlockRows = 1024;  // Rows that share a stream.
constexpr double kWindow = 20;             // Standard deviation of the window of smooth series, in rows.
constexpr int kReach = 80;                 // Rows on each side of the window.
constexpr double kStepAt = 0.6;            // Share of the rows before the step.

/// The random parts of a process, each from streams of its own. Numbers keep the parts of one process apart.
class Draws {
 public:
  Draws(ChangingProcess process, std::int64_t n, const RunOptions& run) : process_(process), n_(n), run_(run) {}

  /// Independent standard normal noise of each row.
  [[nodiscard]] Values noise(std::uint32_t number) const { return white(number, n_); }

  /// A smooth series with this standard deviation.
  [[nodiscard]] Values smooth(std::uint32_t number, double sd) const {
    const Values white_noise = white(kSmooth + number, n_ + 2 * kReach);
    Values window(2 * kReach + 1);
    for (int k = -kReach; k <= kReach; ++k) window[k + kReach] = std::exp(-0.5 * (k / kWindow) * (k / kWindow));
    window *= sd / std::sqrt(window.square().sum());
    Values series(n_);
    parallel_for(
        n_, run_.threads,
        [&](std::int64_t i) {
          double sum = 0;
          for (int k = 0; k <= 2 * kReach; ++k) sum += window[k] * white_noise[i + k];
          series[i] = sum;
        },
        kBlockRows);
    return series;
  }

  /// A standard normal number for each domain.
  [[nodiscard]] Values of_domains(std::uint32_t number, int domains) const { return white(kDomains + number, domains); }

 private:
  // Parts of a process, then processes, in the first index of a stream. Never renumber.
  static constexpr std::uint32_t kSmooth = 16;
  static constexpr std::uint32_t kDomains = 32;
  static constexpr std::uint32_t kPartsOfProcess = 64;

  [[nodiscard]] Values white(std::uint32_t part, std::int64_t n) const {
    const std::uint32_t key = static_cast<std::uint32_t>(process_) * kPartsOfProcess + part;
    Values values(n);
    parallel_for((n + kBlockRows - 1) / kBlockRows, run_.threads, [&](std::int64_t block) {
      const std::int64_t first = block * kBlockRows;
      RandomStream stream(run_.seed, RandomDomain::ChangingProcess, key, static_cast<std::uint32_t>(block));
      stream.fill_normal({values.data() + first, static_cast<std::size_t>(std::min(kBlockRows, n - first))});
    });
    return values;
  }

  ChangingProcess process_;
  std::int64_t n_;
  const RunOptions& run_;
};

/// sin(t / period) for t = 1..n.
Values wave(std::int64_t n, double period) {
  Values values(n);
  for (std::int64_t i = 0; i < n; ++i) values[i] = std::sin(static_cast<double>(i + 1) / period);
  return values;
}

/// The domain 0..domains-1 of each row.
Values domain_of_rows(std::int64_t n, int domains) {
  Values domain(n);
  for (std::int64_t i = 0; i < n; ++i) domain[i] = static_cast<double>(i * domains / n);
  return domain;
}

/// For each row the value of its domain.
Values on_rows(const Values& of_domains, const Values& domain) {
  Values values(domain.size());
  for (Eigen::Index i = 0; i < domain.size(); ++i) values[i] = of_domains[static_cast<Eigen::Index>(domain[i])];
  return values;
}

/// A node as it is drawn. `force` has one value a row, or one a domain; empty: the mechanism does not change.
struct Drawn {
  std::string name;
  std::vector<Values> columns;
  NodeSet parents;
  Values force = {};
};

std::vector<Drawn> example1(const Draws& draw, std::int64_t n) {
  const Values x1 = draw.noise(0);
  const Values x2 = 0.8 * x1 + 1.5 * wave(n, 50) + 0.5 * draw.noise(1);
  const Values x3 = 0.8 * x2 + 0.5 * draw.noise(2);
  const Values both = wave(n, 50) + wave(n, 20);
  const Values x4 = 0.8 * x3 + both + 0.5 * draw.noise(3);
  return {{"x1", {x1}, {}}, {"x2", {x2}, {0}, wave(n, 50)}, {"x3", {x3}, {1}}, {"x4", {x4}, {2}, both}};
}

std::vector<Drawn> example2(const Draws& draw) {
  const Values r1 = draw.smooth(0, 0.2);
  const Values r2 = draw.smooth(1, 0.2);
  const Values r3 = draw.smooth(2, 0.2);
  const Values x1 = 0.5 * draw.noise(0) + 5 * r1;
  const Values x2 = 0.8 * x1 + 4 * r2 + 0.5 * draw.noise(1);
  const Values x3 = 0.8 * x2 + 6 * r3 + 0.3 * draw.noise(2);
  return {{"x1", {x1}, {}, r1}, {"x2", {x2}, {0}, r2}, {"x3", {x3}, {1}, r3}};
}

std::vector<Drawn> example3(const Draws& draw, const Values& domain) {
  std::vector<Drawn> nodes{{"x1", {draw.noise(0)}, {}}};
  for (NodeId v = 1; v < 4; ++v) {
    const Values& before = nodes.back().columns[0];
    const Values e = draw.noise(static_cast<std::uint32_t>(v));
    Values x(e.size());
    for (Eigen::Index i = 0; i < e.size(); ++i) {
      x[i] = domain[i] == 0 ? 0.9 * before[i] + 0.6 * e[i] : std::sin(before[i]) + 0.2 * e[i];
    }
    nodes.push_back({"x" + std::to_string(v + 1), {x}, {v - 1}, Values::LinSpaced(2, 0, 1)});
  }
  return nodes;
}

std::vector<Drawn> example4(const Draws& draw, std::int64_t n) {
  const Values x1_1 = draw.noise(0);
  const Values x1_2 = draw.noise(1);
  const Values x2_1 = 0.6 * x1_1 + 2 * wave(n, 50) + 0.5 * draw.noise(2);
  const Values x2_2 = 0.6 * x1_2 + 2 * wave(n, 50) + 0.5 * draw.noise(3);
  const Values x3 = 0.3 * (x2_1 + x2_2) + 0.5 * draw.noise(4);
  const Values both = wave(n, 50) + wave(n, 20);
  const Values x4 = 0.8 * x3 + both + 0.5 * draw.noise(5);
  return {{"x1", {x1_1, x1_2}, {}}, {"x2", {x2_1, x2_2}, {0}, wave(n, 50)}, {"x3", {x3}, {1}}, {"x4", {x4}, {2}, both}};
}

/// The slope of y changes, or else its level.
std::vector<Drawn> pair_over_domains(const Draws& draw, const Values& domain, int domains, bool slope) {
  const Values h1 = draw.of_domains(0, domains);
  const Values h2 = draw.of_domains(1, domains);
  const Values x = on_rows(h1, domain) + 0.5 * draw.noise(0);
  const Values change = on_rows(h2, domain);
  const Values e = 0.3 * draw.noise(1);
  const Values y = slope ? Values((1.5 + change) * x + e) : Values(x + change + e);
  return {{"x", {x}, {}, h1}, {"y", {y}, {0}, h2}};
}

std::vector<Drawn> shared_confounder(const Draws& draw) {
  const Values shared = draw.smooth(0, 1);
  const Values x = shared + 0.5 * draw.noise(0);
  const Values y = 0.8 * x - 0.3 * shared + 0.5 * draw.noise(1);
  return {{"x", {x}, {}, shared}, {"y", {y}, {0}, shared}};
}

std::vector<Drawn> step(const Draws& draw, std::int64_t n) {
  Values level(n);
  for (std::int64_t i = 0; i < n; ++i) level[i] = static_cast<double>(i + 1) > kStepAt * static_cast<double>(n);
  const Values x1 = draw.noise(0);
  const Values x2 = 0.8 * x1 + 2 * level + 0.5 * draw.noise(1);
  const Values x3 = 0.8 * x2 + 0.5 * draw.noise(2);
  return {{"x1", {x1}, {}}, {"x2", {x2}, {0}, level}, {"x3", {x3}, {1}}};
}

std::vector<Drawn> draw_nodes(ChangingProcess process, const Draws& draw, std::int64_t n, const Values& domain) {
  switch (process) {
    case ChangingProcess::CdnodExample1:
      return example1(draw, n);
    case ChangingProcess::CdnodExample2:
      return example2(draw);
    case ChangingProcess::CdnodExample3:
      return example3(draw, domain);
    case ChangingProcess::CdnodExample4:
      return example4(draw, n);
    case ChangingProcess::FewDomains:
      return pair_over_domains(draw, domain, domain_count(process), false);
    case ChangingProcess::SlopeDomains:
      return pair_over_domains(draw, domain, domain_count(process), true);
    case ChangingProcess::SharedConfounder:
      return shared_confounder(draw);
    case ChangingProcess::Step:
      return step(draw, n);
  }
  return {};
}

/// The force as results give it: its entry of largest size positive.
DrivingForce driving_force(NodeId node, const Drawn& drawn, ChangingProcess process) {
  Eigen::Index largest = 0;
  drawn.force.abs().maxCoeff(&largest);
  const Values signed_force = drawn.force[largest] < 0 ? Values(-drawn.force) : drawn.force;
  DrivingForce force{.node = node,
                     .parents = drawn.parents,
                     .shares = {1.0},
                     .components = {std::vector<double>(signed_force.begin(), signed_force.end())},
                     .change_points = {}};
  if (process == ChangingProcess::Step) {
    const double mean = drawn.force.mean();
    const double sd = std::sqrt((drawn.force - mean).square().mean());
    const auto after = std::find(drawn.force.begin(), drawn.force.end(), 1.0);
    force.change_points = {{static_cast<double>(after - drawn.force.begin()), 1 / sd}};
  }
  return force;
}

/// The surrogate as a column: its values are codes of domains, or the time.
Column surrogate_column(int domains) {
  if (domains == 0) return {.name = "time"};
  Column column{.name = "domain", .type = domains == 2 ? VariableType::Binary : VariableType::Discrete};
  for (int d = 1; d <= domains; ++d) column.levels.push_back(std::to_string(d));
  return column;
}

void fill_data(const std::vector<Drawn>& nodes, const Values& surrogate, int domains, ChangingSample& sample) {
  std::vector<Column> columns;
  std::size_t p = 1;
  for (const Drawn& node : nodes) p += node.columns.size();
  Eigen::MatrixXd values(surrogate.size(), static_cast<Eigen::Index>(p));
  for (const Drawn& node : nodes) {
    std::vector<std::string>& names = sample.columns.emplace_back();
    for (const Values& column : node.columns) {
      names.push_back(node.columns.size() == 1 ? node.name : node.name + "_" + std::to_string(names.size() + 1));
      values.col(std::ssize(columns)) = column;
      columns.push_back({.name = names.back()});
    }
  }
  const int last = static_cast<int>(columns.size());
  values.col(last) = surrogate;
  columns.push_back(surrogate_column(domains));
  sample.data =
      Dataset(std::move(values), std::move(columns), domains == 0 ? Roles{.time = last} : Roles{.environment = last});
}

}  // namespace

int domain_count(ChangingProcess process) {
  switch (process) {
    case ChangingProcess::CdnodExample3:
      return 2;
    case ChangingProcess::FewDomains:
      return 3;
    case ChangingProcess::SlopeDomains:
      return 30;
    default:
      return 0;
  }
}

std::int64_t fewest_rows(ChangingProcess process) { return 2 * std::max(1, domain_count(process)); }

std::int64_t default_rows(ChangingProcess process) {
  switch (process) {
    case ChangingProcess::CdnodExample3:
      return 600;
    case ChangingProcess::FewDomains:
    case ChangingProcess::SlopeDomains:
      return 300;
    default:
      return 500;
  }
}

ChangingSample simulate_changing(ChangingProcess process, std::int64_t n, const RunOptions& run) {
  validate(run, "simulate_changing");
  const int domains = domain_count(process);
  if (n < fewest_rows(process)) {
    throw InvalidArgument(
        "simulate_changing", "n", std::to_string(n),
        "be at least " + std::to_string(fewest_rows(process)) + " for " + std::string(enum_name(process)));
  }
  const Values surrogate =
      domains == 0 ? Values(Values::LinSpaced(n, 0, static_cast<double>(n - 1))) : domain_of_rows(n, domains);
  const std::vector<Drawn> nodes = draw_nodes(process, Draws(process, n, run), n, surrogate);

  ChangingSample sample;
  fill_data(nodes, surrogate, domains, sample);
  const NodeId last = static_cast<NodeId>(nodes.size());
  sample.changes.surrogate = last;
  sample.changes.domains = sample.data.column(sample.data.cols() - 1).levels;
  for (std::int64_t i = 0; i < (domains == 0 ? n : domains); ++i) {
    sample.changes.points.push_back(static_cast<double>(i));
  }
  std::vector<std::string> names;
  std::vector<Edge> edges;
  for (NodeId v = 0; v < last; ++v) {
    const Drawn& node = nodes[slot(v)];
    names.push_back(node.name);
    for (const NodeId u : node.parents) edges.push_back(directed(u, v));
    if (node.force.size() == 0) continue;
    edges.push_back(directed(last, v));
    sample.changes.changing.push_back(v);
    sample.changes.forces.push_back(driving_force(v, node, process));
  }
  names.emplace_back(domains == 0 ? "time" : "domain");
  sample.truth = MixedGraph(std::move(names), std::move(edges));
  return sample;
}

}  // namespace causal
