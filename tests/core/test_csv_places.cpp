// labels: unit
#include "causal/io/csv_places.hpp"

#include <cstdint>
#include <string_view>

#include <doctest/doctest.h>

using causal::io::CsvPlaces;

TEST_CASE("records and fields are found among blank lines, quotes and line ends inside them") {
  constexpr std::string_view text = "a,b,c\n\n1,\"x,\ny\",3\r\n  \n4,5,6";
  const CsvPlaces places(text, ',');
  const auto begins_with = [&](std::int64_t number, std::string_view part) {
    return text.substr(places.record(number).begin).starts_with(part);
  };
  CHECK(begins_with(0, "a,b,c"));
  CHECK(places.record(0).line == 1);
  CHECK(places.record(0).end == 5);
  CHECK(begins_with(1, "1,"));
  CHECK(places.record(1).line == 3);
  CHECK(begins_with(2, "4,5,6"));
  CHECK(places.record(2).line == 6);
  CHECK(places.record(2).end == text.size());
  CHECK(places.record(3).begin == text.size());
  CHECK(places.field_column(places.record(0), 0) == 1);
  CHECK(places.field_column(places.record(0), 2) == 5);
  CHECK(places.field_column(places.record(1), 2) == 10);  // counted over the line end inside the quotes
  CHECK(places.field_column(places.record(0), 7) == 1);
  CHECK(CsvPlaces("", ',').record(0).end == 0);
}
