#include "causal/run/status.hpp"

namespace causal {

std::string_view to_string(Status status) {
  switch (status) {
    case Status::Ok:
      return "ok";
    case Status::MaxIterations:
      return "max_iterations";
    case Status::TimeLimit:
      return "time_limit";
    case Status::BudgetExceeded:
      return "budget_exceeded";
    case Status::Cancelled:
      return "cancelled";
    case Status::Degenerate:
      return "degenerate";
  }
  return "?";
}

}  // namespace causal
