#pragma once
// Alarms and the mechanisms they are about, in the saved state of policies.

#include <cstdint>
#include <istream>
#include <ostream>
#include <vector>

#include "../structure/state_io.hpp"
#include "causal/bandits/policy/policy.hpp"

namespace causal::bandits {

inline void write_column(std::ostream& out, const ArmColumn& column) {
  write_value(out, column.bit);
  write_value(out, column.node);
}

/// A mechanism of a system of n nodes. Errors: DataError for one that is none.
[[nodiscard]] inline ArmColumn read_column(std::istream& in, int n) {
  ArmColumn column;
  read_value(in, column.bit);
  read_value(in, column.node);
  if (column.bit < 0 || column.bit > 1 || column.node < 0 || column.node >= n) {
    throw DataError("a saved state is of another policy");
  }
  return column;
}

inline void write_alarms(std::ostream& out, const std::vector<ChangeAlarm>& alarms) {
  write_value(out, static_cast<std::uint64_t>(alarms.size()));
  for (const ChangeAlarm& alarm : alarms) {
    write_value(out, alarm.round);
    write_column(out, alarm.column);
  }
}

inline void read_alarms(std::istream& in, int n, std::vector<ChangeAlarm>& alarms) {
  std::uint64_t count = 0;
  read_value(in, count);
  alarms.clear();
  for (std::uint64_t k = 0; k < count; ++k) {
    ChangeAlarm alarm;
    read_value(in, alarm.round);
    alarm.column = read_column(in, n);
    alarms.push_back(alarm);
  }
}

}  // namespace causal::bandits
