#include "exit_codes.hpp"

#include <new>

namespace causal::cli {

ExitCode exit_code_for(const std::exception& error) {
  if (dynamic_cast<const ClosedPipe*>(&error) != nullptr) return ExitCode::ClosedPipe;
  if (dynamic_cast<const BudgetError*>(&error) != nullptr) return ExitCode::Budget;
  if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr) return ExitCode::Budget;
  if (dynamic_cast<const InvalidArgument*>(&error) != nullptr) return ExitCode::Usage;
  if (dynamic_cast<const IoError*>(&error) != nullptr) return ExitCode::Io;
  if (dynamic_cast<const Error*>(&error) != nullptr) return ExitCode::BadInput;
  return ExitCode::Bug;
}

ExitCode exit_code_for(Status status) {
  switch (status) {
    case Status::Ok:
    case Status::MaxIterations:
      return ExitCode::Ok;
    case Status::TimeLimit:
    case Status::BudgetExceeded:
      return ExitCode::Budget;
    case Status::Cancelled:
      return ExitCode::Interrupted;
    case Status::Degenerate:
      return ExitCode::Numerical;
  }
  return ExitCode::Bug;
}

}  // namespace causal::cli
