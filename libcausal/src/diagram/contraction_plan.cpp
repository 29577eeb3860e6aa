#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "contraction_program.hpp"

namespace causal {

namespace detail {

namespace {

// What a program would become with one more index fixed.
struct Candidate {
  VariableId index = -1;
  std::vector<VariableId> order = {};
  ContractionProgram program = {};
};

Candidate with_slice(const TensorNetwork& network, IndexRoles roles, const std::vector<VariableId>& order,
                     VariableId index) {
  roles.fixed[at(index)] = 0;
  Candidate candidate{index, order, {}};
  candidate.order.erase(std::find(candidate.order.begin(), candidate.order.end(), index));
  candidate.program = compile(network, roles, candidate.order);
  return candidate;
}

// The summed index of the largest table whose fixing lowers the peak most; index -1 when none lowers it.
Candidate best_slice(const TensorNetwork& network, const PlannedProgram& planned) {
  Candidate best;
  const ContractionStep& largest = planned.program.steps[planned.program.largest_step];
  for (const VariableId index : largest.scope) {
    if (!planned.roles.is_summed(index)) continue;
    Candidate other = with_slice(network, planned.roles, planned.plan.order, index);
    const double to_beat = best.index < 0 ? planned.program.peak_bytes : best.program.peak_bytes;
    if (other.program.peak_bytes < to_beat) best = std::move(other);
  }
  return best;
}

void describe(const TensorNetwork& network, PlannedProgram& planned) {
  ContractionPlan& plan = planned.plan;
  plan.width = planned.program.width;
  plan.max_table_bytes = planned.program.max_table_bytes;
  plan.peak_bytes = planned.program.peak_bytes;
  plan.operations = planned.program.operations;
  for (const VariableId v : plan.slices) plan.operations *= network.cardinalities[at(v)];
}

// The plan with as many slices as it takes to be allowed; nothing when that takes too many or too long.
std::optional<PlannedProgram> sliced(const TensorNetwork& network, const ContractionOptions& options,
                                     PlannedProgram planned) {
  double slices = 1;
  while (planned.plan.peak_bytes > allowed_bytes(options)) {
    Candidate next = best_slice(network, planned);
    if (next.index < 0) return std::nullopt;
    slices *= network.cardinalities[at(next.index)];
    if (slices > options.max_slices) return std::nullopt;
    planned.roles.fixed[at(next.index)] = 0;
    planned.plan.slices.push_back(next.index);
    planned.plan.order = std::move(next.order);
    planned.program = std::move(next.program);
    describe(network, planned);
    if (planned.plan.operations > options.max_operations) return std::nullopt;
  }
  return planned;
}

}  // namespace

double allowed_bytes(const ContractionOptions& options) {
  return static_cast<double>(std::min(options.max_bytes, options.run.memory_limit_bytes));
}

bool is_allowed(const ContractionPlan& plan, const ContractionOptions& options) {
  return plan.peak_bytes <= allowed_bytes(options) && plan.operations <= options.max_operations;
}

PlannedProgram plan_program(const TensorNetwork& network, const Evidence& evidence, const ContractionOptions& options,
                            const StopSignal& stop) {
  validate(options, "contract");
  PlannedProgram planned;
  planned.roles = index_roles(network, evidence);
  planned.plan.order = best_order(InteractionGraph(network, planned.roles), planned.roles, options, stop).order;
  planned.program = compile(network, planned.roles, planned.plan.order);
  describe(network, planned);
  if (std::optional<PlannedProgram> smaller = sliced(network, options, planned)) planned = std::move(*smaller);
  return planned;
}

}  // namespace detail

ContractionPlan plan(const TensorNetwork& network, const Evidence& evidence, const ContractionOptions& options) {
  detail::PlannedProgram planned = detail::plan_program(network, evidence, options, StopSignal(options.run));
  planned.plan.width_lower_bound =
      detail::minor_min_width(detail::InteractionGraph(network, detail::index_roles(network, evidence)));
  return std::move(planned.plan);
}

std::string ContractionPlan::brief() const {
  constexpr std::array<const char*, 4> kUnits{"B", "KiB", "MiB", "GiB"};
  double size = max_table_bytes;
  std::size_t unit = 0;
  for (; size >= 1024 && unit + 1 < kUnits.size(); ++unit) size /= 1024;
  const std::string bound = width_lower_bound > 0 ? fmt::format(" (at least {})", width_lower_bound) : "";
  const std::string sliced = slices.empty() ? "" : fmt::format(", {} indices looped over", slices.size());
  return fmt::format("width {}{}, largest table {:.4g} {}, {:.3g} multiplications{}", width, bound, size, kUnits[unit],
                     operations, sliced);
}

}  // namespace causal
