#include "causal/io/csv_places.hpp"

namespace causal::io {

CsvPlaces::Record CsvPlaces::record(std::int64_t number) const {
  Record now;
  bool quoted = false, blank = true;
  std::int64_t seen = 0;
  std::size_t line = 1;
  for (std::size_t k = 0; k <= text_.size(); ++k) {
    const bool end = k == text_.size() || (!quoted && text_[k] == '\n');
    if (!end) {
      if (text_[k] == '"') quoted = !quoted;
      if (text_[k] == '\n') ++line;
      blank = blank && (text_[k] == ' ' || text_[k] == '\t' || text_[k] == '\r');
      continue;
    }
    now.end = k;
    if (!blank && seen++ == number) return now;
    if (k == text_.size()) break;
    now = {k + 1, k + 1, ++line};
    blank = true;
  }
  return {text_.size(), text_.size(), line};
}

std::size_t CsvPlaces::field_column(const Record& record, std::size_t field) const {
  bool quoted = false;
  for (std::size_t k = record.begin; k < record.end && field > 0; ++k) {
    if (text_[k] == '"') quoted = !quoted;
    if (!quoted && text_[k] == delimiter_ && --field == 0) return k - record.begin + 2;
  }
  return 1;
}

}  // namespace causal::io
