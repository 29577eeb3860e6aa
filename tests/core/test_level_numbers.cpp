// labels: unit
// Cells as numbers, whatever type a column was read as.
#include <cmath>

#include "causal/data/level_numbers.hpp"
#include "causal/io/csv.hpp"
//
#include <doctest/doctest.h>

using namespace causal;

TEST_CASE("a level is a number when the whole text is a finite one") {
  CHECK(level_number("1990") == 1990);
  CHECK(level_number("-2.5e-3") == -2.5e-3);
  for (const char* text : {"", "1990s", " 1", "one", "nan", "inf", "1e999"}) {
    CAPTURE(text);
    CHECK_FALSE(level_number(text).has_value());
  }
}

TEST_CASE("cells are numbers, levels' numbers, or codes with the text that is none; missing stays missing") {
  const Dataset table =
      io::parse_csv("x,year,word\n0.5,1990,no\n1.5,2010,yes\n2.5,,no\n", {.types = {{"year", VariableType::Discrete}}})
          .data;
  CHECK(numeric_cells(table, 0).values == Eigen::Vector3d(0.5, 1.5, 2.5));
  const NumericCells years = numeric_cells(table, 1);
  CHECK(years.values.head(2) == Eigen::Vector2d(1990, 2010));
  CHECK(std::isnan(years.values(2)));
  CHECK_FALSE(years.text_level.has_value());
  const NumericCells words = numeric_cells(table, 2);
  CHECK(words.text_level == "no");
  CHECK(words.values == Eigen::Vector3d(0, 1, 0));
}
