#include "causal/diagram/contraction.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "causal/run/parallel.hpp"
#include "contraction_executor.hpp"

namespace causal {

namespace detail {

namespace {

// The numbers themselves, the largest within a factor of two of 1 when they come from logarithms.
void leave_log_domain(Table& table) {
  const double largest = largest_cell(table.cells.data(), table.cells.size(), Domain::Log);
  if (largest == -std::numeric_limits<double>::infinity()) {
    std::fill(table.cells.begin(), table.cells.end(), 0.0);
    return;
  }
  const double power = std::floor(largest / std::log(2.0));
  for (double& cell : table.cells) cell = std::exp(cell - power * std::log(2.0));
  table.exponent += static_cast<std::int64_t>(power);
}

void add(Table& total, const Table& part) {
  if (total.cells.empty()) {
    total = part;
    return;
  }
  const std::int64_t exponent = std::max(total.exponent, part.exponent);
  const auto shift = [exponent](std::int64_t from) {
    return static_cast<int>(std::max<std::int64_t>(from - exponent, -4000));
  };
  for (std::size_t i = 0; i < total.cells.size(); ++i) {
    total.cells[i] =
        std::ldexp(total.cells[i], shift(total.exponent)) + std::ldexp(part.cells[i], shift(part.exponent));
  }
  total.exponent = exponent;
}

// Values of the slices in mixed radix, the last one fastest.
std::vector<int> with_slice_values(const TensorNetwork& network, const ContractionPlan& plan, std::vector<int> fixed,
                                   std::int64_t slice) {
  for (std::size_t i = plan.slices.size(); i-- > 0;) {
    const int c = network.cardinalities[at(plan.slices[i])];
    fixed[at(plan.slices[i])] = static_cast<int>(slice % c);
    slice /= c;
  }
  return fixed;
}

// Slices run side by side, as many as the memory limit allows, and are added in their order.
Status sum_slices(const TensorNetwork& network, const PlannedProgram& planned, const Tensors& tensors,
                  const ContractionOptions& options, const StopSignal& stop, Table& total) {
  total = {};
  std::int64_t slices = 1;
  for (const VariableId v : planned.plan.slices) slices *= network.cardinalities[at(v)];
  const double fit = std::max(1.0, std::floor(allowed_bytes(options) / std::max(8.0, planned.plan.peak_bytes)));
  const auto threads = static_cast<std::int64_t>(std::min<double>(resolve_threads(options.run.threads), fit));
  const std::int64_t wave = std::min(slices, threads);
  const int inner_threads = wave == 1 ? options.run.threads : 1;
  for (std::int64_t first = 0; first < slices; first += wave) {
    const std::int64_t count = std::min(wave, slices - first);
    std::vector<Table> parts(at(count));
    std::vector<Status> statuses(at(count), Status::Ok);
    parallel_for(count, static_cast<int>(wave), [&](std::int64_t i) {
      const std::vector<int> fixed = with_slice_values(network, planned.plan, planned.roles.fixed, first + i);
      statuses[at(i)] = execute(network, planned.program, tensors, fixed, inner_threads, stop, parts[at(i)]);
    });
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (statuses[i] != Status::Ok) return statuses[i];
      if (tensors.domain == Domain::Log) leave_log_domain(parts[i]);
      add(total, parts[i]);
    }
  }
  return Status::Ok;
}

// Moves the exponent into the cells when the largest one is then far from the ends of the range.
void settle_exponent(Table& table) {
  const double largest = largest_cell(table.cells.data(), table.cells.size(), Domain::Linear);
  if (largest == 0) table.exponent = 0;
  if (table.exponent == 0) return;
  constexpr std::int64_t kFar = 963;  // 2^963 is 1e290
  if (std::abs(table.exponent + std::ilogb(largest)) > kFar) return;
  for (double& cell : table.cells) cell = std::ldexp(cell, static_cast<int>(table.exponent));
  table.exponent = 0;
}

// The result over the list of open indices: repeats on the diagonal, fixed ones at their value.
Factor over_open(const TensorNetwork& network, const IndexRoles& roles, std::vector<double> cells) {
  std::vector<VariableId> names;
  std::vector<int> cardinalities;
  std::vector<std::uint8_t> seen(network.cardinalities.size(), 0);
  bool plain = true;
  for (std::size_t k = 0; k < network.open.size(); ++k) {
    const VariableId v = network.open[k];
    plain = plain && seen[at(v)] == 0 && roles.fixed[at(v)] < 0;
    names.push_back(seen[at(v)] == 0 ? v : static_cast<VariableId>(network.cardinalities.size() + k));
    seen[at(v)] = 1;
    cardinalities.push_back(network.cardinalities[at(v)]);
  }
  if (plain) return {std::move(names), std::move(cardinalities), std::move(cells)};
  Factor result = Factor::constant(std::move(names), std::move(cardinalities), 0.0);
  // Count through the free indices; `values` holds one value per index of the network.
  std::vector<int> values = roles.fixed;
  std::vector<VariableId> free;
  for (const VariableId v : network.open) {
    if (values[at(v)] >= 0) continue;
    values[at(v)] = 0;
    free.push_back(v);
  }
  std::vector<int> assignment(network.open.size());
  for (const double cell : cells) {
    for (std::size_t k = 0; k < assignment.size(); ++k) assignment[k] = values[at(network.open[k])];
    result.at(assignment) = cell;
    for (std::size_t i = free.size(); i-- > 0;) {
      if (++values[at(free[i])] < network.cardinalities[at(free[i])]) break;
      values[at(free[i])] = 0;
    }
  }
  return result;
}

}  // namespace

}  // namespace detail

Contraction contract(const TensorNetwork& network, const Evidence& evidence, const ContractionOptions& options) {
  using namespace detail;
  const StopSignal stop(options.run);
  PlannedProgram planned = plan_program(network, evidence, options, stop);
  Contraction result;
  result.plan = planned.plan;
  if (!is_allowed(planned.plan, options)) {
    result.status = Status::BudgetExceeded;
    result.plan.width_lower_bound = minor_min_width(InteractionGraph(network, index_roles(network, evidence)));
    return result;
  }
  Table total;
  result.status = sum_slices(network, planned, with_bounds(network), options, stop, total);
  if (result.status == Status::Degenerate) {
    result.status = sum_slices(network, planned, with_logs(network), options, stop, total);
  }
  if (result.status != Status::Ok) return result;
  settle_exponent(total);
  result.exponent = total.exponent;
  for (const VariableId v : planned.plan.slices) planned.roles.fixed[at(v)] = -1;
  result.value = over_open(network, planned.roles, std::move(total.cells));
  return result;
}

}  // namespace causal
