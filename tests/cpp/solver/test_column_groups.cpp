#include "lutetia/solver/column_groups.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

namespace lutetia {

TEST_CASE("groups divide the chunks evenly, in order and without a gap") {
  for (int limit = 1; limit <= ColumnGroups::widest; ++limit)
    for (int chunks = 1; chunks <= 13; ++chunks) {
      CAPTURE(limit);
      CAPTURE(chunks);
      const ColumnGroups columns(9, chunks, limit);
      CHECK(columns.chunks() == chunks);
      int next = 0, least = limit, most = 0;
      for (const ColumnGroups::Group& group : columns.groups()) {
        CHECK(group.first == next);
        next += group.width;
        least = std::min(least, group.width);
        most = std::max(most, group.width);
      }
      CHECK(next == chunks);
      CHECK(most <= limit);
      CHECK(most - least <= 1);
      CHECK(static_cast<int>(columns.groups().size()) == (chunks + limit - 1) / limit);
    }
}

TEST_CASE("every row of every chunk has a place of its own within its group") {
  const int size = 9;
  const ColumnGroups columns(size, 7, 5);  // groups of three and four
  CHECK(columns.rows() == 16);             // eight numbers are a line of the cache
  std::set<std::size_t> places;
  for (const ColumnGroups::Group& group : columns.groups())
    for (int c = group.first; c < group.first + group.width; ++c)
      for (int row = 0; row < size; ++row) {
        const std::size_t place = columns.place(c, row);
        CHECK(place >= columns.begin(group));
        CHECK(place < columns.begin(group) + columns.rows() * group.width);
        CHECK(columns.place(group.first, row) + c - group.first == place);  // side by side
        places.insert(place);
      }
  CHECK(places.size() == std::size_t{7} * size);
  CHECK(*places.rbegin() < columns.size());
}

}  // namespace lutetia
